-- Each matched fact against each question of its selection: fit 2 certain, 1 possible, 0 not.
-- Windows are calendar-exact and counted forward from the fact: within W means start + W >= day.
-- For counts and sums (`strict_window`) the day start + W is free again. A course of care is judged
-- by its end. An order alone is at most a possible course, and nothing else.
WITH dated AS (
    SELECT
        m.*,
        q.question,
        q.kind,
        q.yes_no,
        q.anchor,
        q.active,
        q.has_window,
        CASE WHEN q.strict_window THEN 1 ELSE 0 END AS strict,
        q.within_months,
        q.within_days,
        CASE
            WHEN q.kind <> 'tried' THEN m.start_lo
            WHEN m.open THEN m.asked_on
            ELSE COALESCE(m.end_lo, m.start_lo)
        END AS judged_lo,
        CASE
            WHEN q.kind <> 'tried' THEN m.start_hi
            WHEN m.open THEN m.asked_on
            ELSE COALESCE(m.end_hi, m.asked_on)
        END AS judged_hi
    FROM matched AS m
    JOIN k_problem_question AS pq ON pq.problem = m.problem
    JOIN k_question AS q ON q.question = pq.question AND q.selection = m.selection
),

judged AS (
    SELECT
        d.*,
        CASE
            WHEN d.anchor = -2 THEN d.since_hi
            ELSE a.anchor_hi
        END AS from_hi,
        CASE
            WHEN d.anchor = -2 THEN d.since_lo
            ELSE a.anchor_lo
        END AS from_lo
    FROM dated AS d
    LEFT JOIN anchor AS a ON a.complaint = d.complaint AND a.selection = d.anchor
)

SELECT
    complaint,
    asked_on,
    question,
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
    COALESCE(yes_no AND value = 0, FALSE) AS negative,
    CASE
        WHEN is_order AND kind <> 'tried' THEN 0
        WHEN not_tried AND kind = 'tried' THEN 0
        WHEN NOT (
            (NOT has_window OR add_months(judged_hi, within_months) + within_days >= asked_on + strict)
            AND (anchor = -1 OR from_lo IS NULL OR start_hi >= from_lo)
            -- ended on an unknown day, but ended: it does not hold now
            AND (NOT active OR open OR COALESCE(end_hi >= asked_on, FALSE))
        ) THEN 0
        WHEN definite
            AND NOT is_order
            AND (NOT has_window OR add_months(judged_lo, within_months) + within_days >= asked_on + strict)
            AND (anchor = -1 OR start_lo >= from_hi)
            AND (NOT active OR open OR COALESCE(end_lo >= asked_on, FALSE))
            THEN 2
        ELSE 1
    END AS fit
FROM judged
