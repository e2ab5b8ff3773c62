-- Each matched fact against each reach (what a question may count: window, anchor, still active):
-- fit 2 certain, 1 possible, 0 not. A course of care is judged by its end. An order alone is at most
-- a possible course, and nothing else. Of values of which only the latest counts, those that cannot
-- be it are left out.
WITH candidate AS (
    SELECT m.*, r.reach, r.kind, r.anchor, r.active, r.span
    FROM matched AS m
    JOIN evaluation AS e ON e.detail OR (m.uses & 4) <> 0
    JOIN k_reach AS r
        ON r.problem = m.problem AND r.selection = m.selection
        AND NOT r.latest_only AND (e.detail OR r.is_listed)
    UNION ALL
    SELECT m.*, r.reach, r.kind, r.anchor, r.active, r.span
    FROM matched AS m
    JOIN dated AS own ON own.complaint = m.complaint AND own.selection = m.selection
    JOIN k_reach AS r ON r.problem = m.problem AND r.selection = m.selection AND r.latest_only
    WHERE (m.uses & 8) <> 0 AND m.start_hi >= COALESCE(own.valued_lo, m.start_hi)
),

placed AS (
    SELECT
        c.*,
        w.opens,
        a.anchor_lo AS from_lo,
        CASE WHEN c.anchor = -1 THEN DATE '0001-01-01' ELSE a.anchor_hi END AS from_hi,
        CASE
            WHEN c.kind <> 'tried' THEN c.start_lo
            WHEN c.open THEN c.asked_on
            ELSE COALESCE(c.end_lo, c.start_lo)
        END AS judged_lo,
        CASE
            WHEN c.kind <> 'tried' THEN c.start_hi
            WHEN c.open THEN c.asked_on
            ELSE COALESCE(c.end_hi, c.asked_on)
        END AS judged_hi
    FROM candidate AS c
    JOIN spell AS w ON w.asked_on = c.asked_on AND w.span = c.span
    LEFT JOIN dated AS a ON a.complaint = c.complaint AND a.selection = c.anchor
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
        WHEN is_order AND kind <> 'tried' THEN 0
        WHEN not_tried AND kind = 'tried' THEN 0
        WHEN NOT (
            judged_hi >= opens
            AND (from_lo IS NULL OR start_hi >= from_lo)
            -- ended on an unknown day, but ended: it does not hold now
            AND (NOT active OR open OR COALESCE(end_hi >= asked_on, FALSE))
        ) THEN 0
        WHEN definite
            AND NOT is_order
            AND judged_lo >= opens
            AND start_lo >= from_hi
            AND (NOT active OR open OR COALESCE(end_lo >= asked_on, FALSE))
            THEN 2
        ELSE 1
    END AS fit
FROM placed
