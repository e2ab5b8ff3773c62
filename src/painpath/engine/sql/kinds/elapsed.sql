-- Time since the latest (or first) such fact. A fact that is only possible widens the interval. A
-- status code says that something was done, not when: it counts only where the deed is not on
-- record, and then by its first mention.
WITH counted AS (
    SELECT
        t.*,
        MAX(CASE WHEN t.is_status OR t.fit = 0 THEN 0 ELSE 1 END)
            OVER (PARTITION BY t.complaint, t.question) AS deed_on_record
    FROM tested AS t
    WHERE t.kind = 'elapsed' AND NOT t.negative
),

bounds AS (
    SELECT
        t.complaint,
        t.question,
        t.asked_on,
        q.absent,
        q.comparison,
        q.months,
        q.days,
        MAX(t.fit) AS best,
        CASE
            WHEN q.pick = 'first' OR t.deed_on_record = 0 THEN MIN(t.start_lo) FILTER (WHERE t.fit > 0)
            ELSE COALESCE(
                MAX(t.start_lo) FILTER (WHERE t.fit = 2),
                MIN(t.start_lo) FILTER (WHERE t.fit > 0)
            )
        END AS lo,
        CASE
            WHEN q.pick = 'first' OR t.deed_on_record = 0 THEN COALESCE(
                MIN(t.start_hi) FILTER (WHERE t.fit = 2),
                MAX(t.start_hi) FILTER (WHERE t.fit > 0)
            )
            ELSE MAX(t.start_hi) FILTER (WHERE t.fit > 0)
        END AS hi,
        ARRAY_AGG(t.fact) FILTER (WHERE t.fit > 0) AS evidence
    FROM counted AS t
    JOIN k_question AS q ON q.question = t.question
    WHERE t.deed_on_record = 0 OR NOT t.is_status
    GROUP BY
        t.complaint, t.question, t.asked_on, t.deed_on_record,
        q.absent, q.comparison, q.months, q.days, q.pick
),

judged AS (
    SELECT
        b.*,
        add_months(b.lo, b.months) + b.days AS lo_reached,
        add_months(b.hi, b.months) + b.days AS hi_reached
    FROM bounds AS b
),

answered AS (
    SELECT
        j.*,
        CASE
            WHEN best = 0 THEN absent
            WHEN comparison = '>=' THEN CASE
                WHEN hi_reached <= asked_on THEN 2 WHEN lo_reached > asked_on THEN 0 ELSE 1
            END
            WHEN comparison = '>' THEN CASE
                WHEN hi_reached < asked_on THEN 2 WHEN lo_reached >= asked_on THEN 0 ELSE 1
            END
            WHEN comparison = '<=' THEN CASE
                WHEN lo_reached >= asked_on THEN 2 WHEN hi_reached < asked_on THEN 0 ELSE 1
            END
            WHEN lo_reached > asked_on THEN 2
            WHEN hi_reached <= asked_on THEN 0
            ELSE 1
        END AS certain_verdict
    FROM judged AS j
)

SELECT
    complaint,
    question,
    -- Facts that may not belong here at all settle the answer only if their absence would agree.
    CASE WHEN best = 1 AND certain_verdict <> absent THEN 1 ELSE certain_verdict END AS verdict,
    CASE
        WHEN best < 2 OR certain_verdict <> 0 THEN NULL
        WHEN comparison = '>=' THEN hi_reached
        WHEN comparison = '>' THEN hi_reached + 1
    END AS due,
    CASE
        WHEN best = 0 THEN 'outside'
        WHEN best = 1 THEN 'possible'
        WHEN lo <> hi THEN 'partial-date'
        ELSE 'found'
    END AS reason,
    evidence
FROM answered
