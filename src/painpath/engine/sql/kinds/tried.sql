-- Conservative care: how many different kinds were kept up long enough. Visits and supplies of one
-- kind at most `gap` days apart are one course. A single visit, an order, or a course without dates
-- proves no duration: possible, not certain.
WITH stretch AS (
    SELECT
        t.complaint,
        t.question,
        t.asked_on,
        t.counts_as,
        t.fact,
        t.fit,
        q.number,
        q.months,
        q.days,
        q.has_duration,
        q.gap,
        t.start_lo,
        t.start_hi,
        t.open,
        CASE WHEN t.open THEN t.asked_on ELSE COALESCE(t.end_lo, t.start_lo) END AS stop_lo,
        CASE WHEN t.open THEN t.asked_on ELSE COALESCE(t.end_hi, t.asked_on) END AS stop_hi
    FROM tested AS t
    JOIN k_question AS q ON q.question = t.question
    WHERE t.kind = 'tried' AND t.fit > 0 AND NOT t.negative
),

broken AS (
    SELECT
        s.*,
        CASE
            WHEN s.start_lo <= s.gap + MAX(s.stop_hi) OVER (
                PARTITION BY s.complaint, s.question, s.counts_as
                ORDER BY s.start_lo, s.fact
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) THEN 0
            ELSE 1
        END AS opens
    FROM stretch AS s
),

numbered AS (
    SELECT
        b.*,
        SUM(b.opens) OVER (
            PARTITION BY b.complaint, b.question, b.counts_as
            ORDER BY b.start_lo, b.fact
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS course
    FROM broken AS b
),

course AS (
    SELECT
        complaint,
        question,
        counts_as,
        course,
        number,
        has_duration,
        add_months(MIN(start_hi), months) + days AS certain_by,
        add_months(MIN(start_lo), months) + days AS possible_by,
        MIN(start_lo) AS began,
        MAX(stop_lo) AS stopped_lo,
        MAX(stop_hi) AS stopped_hi,
        MAX(fit) AS fit,
        BOOL_OR(open) AS is_open,
        MIN(asked_on) AS asked_on,
        ARRAY_AGG(fact) AS facts
    FROM numbered
    GROUP BY
        complaint, question, counts_as, course, number, has_duration, months, days
),

judged AS (
    SELECT
        c.*,
        CASE
            WHEN NOT c.has_duration THEN c.fit
            WHEN c.fit = 2 AND c.certain_by <= c.stopped_lo THEN 2
            WHEN c.possible_by <= c.stopped_hi THEN 1
            -- one visit on record: how long the care went on is not known
            WHEN c.began = c.stopped_hi AND c.possible_by <= c.asked_on THEN 1
            ELSE 0
        END AS enough
    FROM course AS c
),

kind_of_care AS (
    SELECT
        complaint,
        question,
        counts_as,
        number,
        MAX(enough) AS enough,
        MIN(CASE WHEN is_open AND enough = 0 AND fit = 2 THEN certain_by END) AS open_due,
        FLATTEN(ARRAY_AGG(facts)) AS facts
    FROM judged
    GROUP BY complaint, question, counts_as, number
),

summed AS (
    SELECT
        complaint,
        question,
        number,
        SUM(CASE WHEN enough = 2 THEN 1 ELSE 0 END) AS certain,
        SUM(CASE WHEN enough > 0 THEN 1 ELSE 0 END) AS possible,
        MIN(open_due) AS open_due,
        FLATTEN(ARRAY_AGG(facts)) AS evidence
    FROM kind_of_care
    GROUP BY complaint, question, number
)

SELECT
    complaint,
    question,
    CASE WHEN certain >= number THEN 2 WHEN possible >= number THEN 1 ELSE 0 END AS verdict,
    CASE WHEN possible < number AND number - certain = 1 THEN open_due END AS due,
    CASE
        WHEN certain >= number THEN 'found'
        WHEN possible >= number THEN 'no-duration'
        ELSE 'too-short'
    END AS reason,
    evidence
FROM summed
