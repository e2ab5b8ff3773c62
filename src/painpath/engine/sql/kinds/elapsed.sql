-- Time since the latest (or first) such fact. A fact that is only possible widens the interval.
WITH bounds AS (
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
            WHEN q.pick = 'first' THEN MIN(t.start_lo) FILTER (WHERE t.fit > 0)
            ELSE COALESCE(
                MAX(t.start_lo) FILTER (WHERE t.fit = 2),
                MIN(t.start_lo) FILTER (WHERE t.fit > 0)
            )
        END AS lo,
        CASE
            WHEN q.pick = 'first' THEN COALESCE(
                MIN(t.start_hi) FILTER (WHERE t.fit = 2),
                MAX(t.start_hi) FILTER (WHERE t.fit > 0)
            )
            ELSE MAX(t.start_hi) FILTER (WHERE t.fit > 0)
        END AS hi,
        ARRAY_AGG(t.fact) FILTER (WHERE t.fit > 0) AS evidence
    FROM tested AS t
    JOIN k_question AS q ON q.question = t.question
    WHERE t.kind = 'elapsed' AND NOT t.negative
    GROUP BY
        t.complaint, t.question, t.asked_on, q.absent, q.comparison, q.months, q.days, q.pick
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
