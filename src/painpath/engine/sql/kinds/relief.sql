-- Relief after an earlier procedure, and how long it lasted: from the procedure to the first record
-- below the threshold, or as stated. Relief that came late, after a record below it, runs from that
-- record. Relief that holds but has not been looked at since is unknown;
-- relief that holds and could not have lasted long enough yet waits for the day. Where a date known in
-- part leaves open which procedure was the last (or first), all that may have been it must agree.
WITH ranked AS (
    SELECT
        r.*,
        q.absent,
        q.has_duration,
        q.pick,
        add_months(GREATEST(r.start_lo, COALESCE(r.late_since, r.start_lo)), q.months) + q.days AS goal_lo,
        add_months(GREATEST(r.start_hi, COALESCE(r.late_since, r.start_hi)), q.months) + q.days AS goal_hi,
        add_months(r.start_lo, q.months) + q.days AS stated_lo,
        add_months(r.start_hi, q.months) + q.days AS stated_hi,
        MAX(r.start_lo) OVER (PARTITION BY r.complaint, r.question) AS newest_lo,
        MIN(r.start_hi) OVER (PARTITION BY r.complaint, r.question) AS oldest_hi
    FROM relieved AS r
    JOIN k_question AS q ON q.question = r.question AND q.kind = 'relief'
),

judged AS (
    SELECT
        r.*,
        CASE
            WHEN reports = 0 THEN 1
            WHEN passed = 0 THEN 0
            WHEN NOT has_duration THEN 2
            WHEN lasted_until IS NOT NULL
                THEN CASE WHEN lasted_until >= stated_hi THEN 2 WHEN lasted_until < stated_lo THEN 0 ELSE 1 END
            WHEN first_fail IS NOT NULL
                THEN CASE WHEN first_fail >= goal_hi THEN 2 WHEN first_fail < goal_lo THEN 0 ELSE 1 END
            WHEN last_pass >= goal_hi THEN 2
            WHEN asked_on < goal_lo THEN 0
            ELSE 1
        END AS holds,
        CASE
            WHEN reports = 0 THEN 'no-relief'
            WHEN passed = 0 THEN 'found'
            WHEN NOT has_duration OR lasted_until IS NOT NULL OR first_fail IS NOT NULL THEN 'found'
            WHEN last_pass >= goal_hi THEN 'found'
            WHEN asked_on < goal_lo THEN 'not-yet'
            ELSE 'not-followed'
        END AS state
    FROM ranked AS r
    WHERE CASE
        WHEN pick = 'any' THEN TRUE
        WHEN pick = 'first' THEN start_lo <= oldest_hi
        ELSE start_hi >= newest_lo
    END
),

certain AS (
    SELECT
        j.*,
        CASE WHEN fit < 2 THEN 1 ELSE holds END AS verdict,
        CASE WHEN pick = 'any' THEN 1 ELSE COUNT(*) OVER (PARTITION BY complaint, question) END
            AS rivals
    FROM judged AS j
),

best AS (
    SELECT
        c.*,
        rivals > 1 AND (
            MIN(verdict) OVER (PARTITION BY complaint, question) < verdict
            -- On one day they would be one procedure, and a failure of either ends the relief.
            OR (has_duration AND verdict = 2)
        ) AS is_open,
        ROW_NUMBER() OVER (
            PARTITION BY complaint, question ORDER BY verdict DESC, start_lo DESC
        ) AS choice
    FROM certain AS c
)

SELECT
    complaint,
    question,
    CASE WHEN is_open THEN 1 ELSE verdict END AS verdict,
    CASE WHEN verdict = 0 AND state = 'not-yet' AND rivals = 1 THEN goal_hi END AS due,
    CASE WHEN fit < 2 OR is_open THEN 'possible' ELSE state END AS reason,
    COALESCE(ARRAY_CONCAT(procedures, reported_in), procedures) AS evidence
FROM best
WHERE choice = 1
