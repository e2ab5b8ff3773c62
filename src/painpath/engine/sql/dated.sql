-- When the facts of a selection happened: the bounds that "time since", "since the operation" and
-- "the latest value" are counted from. A status code says that something was done, not when: it
-- counts only where the deed itself is not on record, and then by its first mention, which is on or
-- after the day itself. Selection -2 is the onset of the problem.
WITH done AS (
    SELECT
        complaint,
        problem,
        selection,
        MIN(asked_on) AS asked_on,
        MAX(CASE WHEN is_order OR negative THEN 0 WHEN definite THEN 2 ELSE 1 END) AS fit,
        MAX(CASE WHEN is_order OR negative OR is_status THEN 0 WHEN definite THEN 2 ELSE 1 END)
            AS deed_fit,
        MAX(CASE WHEN is_order OR negative OR is_status OR NOT definite THEN NULL ELSE start_lo END)
            AS certain_lo,
        MIN(CASE WHEN is_order OR negative OR is_status THEN NULL ELSE start_lo END) AS first_lo,
        MIN(CASE WHEN is_order OR negative OR is_status OR NOT definite THEN NULL ELSE start_hi END)
            AS first_certain_hi,
        MAX(CASE WHEN is_order OR negative OR is_status THEN NULL ELSE start_lo END) AS last_lo,
        MAX(CASE WHEN is_order OR negative OR is_status THEN NULL ELSE start_hi END) AS last_hi,
        MIN(CASE WHEN is_status AND NOT is_order AND NOT negative THEN start_lo END) AS noted_lo,
        MIN(CASE WHEN is_status AND NOT is_order AND NOT negative THEN start_hi END) AS noted_hi,
        MIN(CASE WHEN is_status AND NOT is_order AND NOT negative AND definite THEN start_hi END)
            AS noted_certain_hi,
        MAX(CASE WHEN is_status AND NOT is_order AND NOT negative THEN start_hi END) AS noted_last_hi,
        MAX(CASE WHEN definite AND NOT is_order AND value IS NOT NULL THEN start_lo END) AS valued_lo
    FROM matched
    WHERE (uses & 2) <> 0
    GROUP BY complaint, problem, selection
)

SELECT
    complaint,
    problem,
    selection,
    asked_on,
    valued_lo,
    COALESCE(certain_lo, last_lo, noted_lo) AS anchor_lo,
    COALESCE(last_hi, noted_hi) AS anchor_hi,
    CASE WHEN deed_fit > 0 THEN deed_fit ELSE fit END AS fit,
    CASE WHEN deed_fit > 0 THEN first_lo ELSE noted_lo END AS first_lo,
    CASE
        WHEN deed_fit > 0 THEN COALESCE(first_certain_hi, last_hi)
        ELSE COALESCE(noted_certain_hi, noted_last_hi)
    END AS first_hi,
    CASE WHEN deed_fit > 0 THEN COALESCE(certain_lo, first_lo) ELSE noted_lo END AS latest_lo,
    CASE WHEN deed_fit > 0 THEN last_hi ELSE COALESCE(noted_certain_hi, noted_last_hi) END AS latest_hi
FROM done
UNION ALL
SELECT
    complaint, problem, -2, asked_on, NULL, since_lo, since_hi, 0, NULL, NULL, NULL, NULL
FROM complaint
