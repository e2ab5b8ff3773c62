-- Each matched fact against each reach (what a question may count: window, anchor, still active):
-- fit 2 certain, 1 possible, 0 not. Windows are calendar-exact and counted forward from the fact:
-- within W means start + W >= day. For counts and sums (`strict`) the day start + W is free again. A
-- course of care is judged by its end. An order alone is at most a possible course, and nothing else.
-- Of values of which only the latest counts, those that cannot be it are left out.
WITH dated_fact AS (
    SELECT
        m.*,
        r.reach,
        r.kind,
        r.anchor,
        r.active,
        r.has_window,
        CASE WHEN r.strict THEN 1 ELSE 0 END AS strict,
        r.within_months,
        r.within_days,
        r.kind = 'tried' AS is_course,
        CASE
            WHEN r.kind <> 'tried' THEN m.start_lo
            WHEN m.open THEN m.asked_on
            ELSE COALESCE(m.end_lo, m.start_lo)
        END AS judged_lo,
        CASE
            WHEN r.kind <> 'tried' THEN m.start_hi
            WHEN m.open THEN m.asked_on
            ELSE COALESCE(m.end_hi, m.asked_on)
        END AS judged_hi,
        CASE r.anchor WHEN -1 THEN NULL WHEN -2 THEN c.since_lo ELSE a.anchor_lo END AS from_lo,
        CASE r.anchor
            WHEN -1 THEN DATE '0001-01-01' WHEN -2 THEN c.since_hi ELSE a.anchor_hi
        END AS from_hi
    FROM matched AS m
    JOIN evaluation AS e ON e.detail OR m.is_listed
    JOIN k_reach AS r
        ON r.problem = m.problem AND r.selection = m.selection AND (e.detail OR r.is_listed)
    JOIN complaint AS c ON c.complaint = m.complaint
    LEFT JOIN dated AS a ON a.complaint = m.complaint AND a.selection = r.anchor
    LEFT JOIN dated AS own ON own.complaint = m.complaint AND own.selection = m.selection
    WHERE NOT r.latest_only OR own.valued_lo IS NULL OR m.start_hi >= own.valued_lo
)

SELECT
    complaint,
    problem,
    asked_on,
    reach,
    kind,
    fact,
    counts_as,
    start_lo,
    start_hi,
    end_lo,
    end_hi,
    open,
    is_status,
    value,
    negative,
    CASE
        WHEN is_order AND NOT is_course THEN 0
        WHEN NOT (
            (NOT has_window OR add_months(judged_hi, within_months) + within_days >= asked_on + strict)
            AND (from_lo IS NULL OR start_hi >= from_lo)
            -- ended on an unknown day, but ended: it does not hold now
            AND (NOT active OR open OR COALESCE(end_hi >= asked_on, FALSE))
        ) THEN 0
        WHEN definite
            AND NOT is_order
            AND (NOT has_window OR add_months(judged_lo, within_months) + within_days >= asked_on + strict)
            AND start_lo >= from_hi
            AND (NOT active OR open OR COALESCE(end_lo >= asked_on, FALSE))
            THEN 2
        ELSE 1
    END AS fit
FROM dated_fact
