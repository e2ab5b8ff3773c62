-- Time since the latest (or first) such fact. A fact that is only possible widens the interval.
WITH bounds AS (
    SELECT
        d.complaint,
        d.asked_on,
        d.fit AS best,
        q.question,
        q.reach,
        q.absent,
        q.comparison,
        q.months,
        q.days,
        CASE WHEN q.pick = 'first' THEN d.first_lo ELSE d.latest_lo END AS lo,
        CASE WHEN q.pick = 'first' THEN d.first_hi ELSE d.latest_hi END AS hi
    FROM dated AS d
    JOIN k_ask AS q ON q.problem = d.problem AND q.selection = d.selection AND q.kind = 'elapsed'
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
    v.complaint,
    v.question,
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
    COALESCE(w.deeds, w.fitting_yes) AS evidence
FROM answered AS v
LEFT JOIN witness AS w ON w.complaint = v.complaint AND w.reach = v.reach
