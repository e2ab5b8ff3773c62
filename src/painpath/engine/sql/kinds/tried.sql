-- Conservative care: how many different kinds were kept up long enough. Visits and supplies of one
-- kind at most `gap` days apart are one course. A single visit, an order, or a course without dates
-- proves no duration: possible, not certain.
WITH stretch AS MATERIALIZED (
    SELECT
        t.complaint,
        t.problem,
        t.reach,
        t.asked_on,
        t.counts_as,
        t.fact,
        t.fit,
        t.start_lo,
        t.start_hi,
        t.open,
        CASE WHEN t.open THEN t.asked_on ELSE COALESCE(t.end_lo, t.start_lo) END AS stop_lo,
        CASE WHEN t.open THEN t.asked_on ELSE COALESCE(t.end_hi, t.asked_on) END AS stop_hi
    FROM tested AS t
    WHERE t.kind = 'tried' AND t.fit > 0 AND NOT t.negative
),

-- Each kind of care taken together: one course, where there is but one stretch or no gap matters.
together AS MATERIALIZED (
    SELECT
        s.complaint,
        s.problem,
        s.reach,
        s.counts_as,
        r.gap,
        r.has_course AND COUNT(*) > 1 AS has_course,
        MIN(s.start_lo) AS began,
        MIN(s.start_hi) AS began_hi,
        MAX(s.stop_lo) AS stopped_lo,
        MAX(s.stop_hi) AS stopped_hi,
        MAX(s.fit) AS fit,
        BOOL_OR(s.open) AS is_open,
        MIN(s.asked_on) AS asked_on
    FROM stretch AS s
    JOIN k_reach AS r ON r.problem = s.problem AND r.reach = s.reach
    GROUP BY s.complaint, s.problem, s.reach, s.counts_as, r.gap, r.has_course
),

broken AS (
    SELECT
        s.*,
        CASE
            WHEN s.start_lo <= t.gap + MAX(s.stop_hi) OVER (
                PARTITION BY s.complaint, s.reach, s.counts_as
                ORDER BY s.start_lo, s.fact
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) THEN 0
            ELSE 1
        END AS opens
    FROM stretch AS s
    JOIN together AS t
        ON t.has_course AND t.complaint = s.complaint
        AND t.reach = s.reach AND t.counts_as = s.counts_as
),

numbered AS (
    SELECT
        b.*,
        SUM(b.opens) OVER (
            PARTITION BY b.complaint, b.reach, b.counts_as
            ORDER BY b.start_lo, b.fact
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS course
    FROM broken AS b
),

course AS (
    SELECT
        complaint, problem, reach, counts_as, began, began_hi,
        stopped_lo, stopped_hi, fit, is_open, asked_on
    FROM together
    WHERE NOT has_course
    UNION ALL
    SELECT
        complaint,
        problem,
        reach,
        counts_as,
        MIN(start_lo) AS began,
        MIN(start_hi) AS began_hi,
        MAX(stop_lo) AS stopped_lo,
        MAX(stop_hi) AS stopped_hi,
        MAX(fit) AS fit,
        BOOL_OR(open) AS is_open,
        MIN(asked_on) AS asked_on
    FROM numbered
    GROUP BY complaint, problem, reach, counts_as, course
),

timed AS (
    SELECT
        c.*,
        q.question,
        q.number,
        q.absent,
        q.has_duration,
        CASE WHEN q.has_duration THEN add_months(c.began_hi, q.months) + q.days END AS certain_by,
        CASE WHEN q.has_duration THEN add_months(c.began, q.months) + q.days END AS possible_by
    FROM course AS c
    JOIN k_ask AS q ON q.problem = c.problem AND q.reach = c.reach
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
    FROM timed AS c
),

kind_of_care AS (
    SELECT
        complaint,
        reach,
        question,
        counts_as,
        number,
        absent,
        MAX(enough) AS enough,
        MAX(fit) AS fit,
        MIN(CASE WHEN is_open AND enough = 0 AND fit = 2 THEN certain_by END) AS open_due
    FROM judged
    GROUP BY complaint, reach, question, counts_as, number, absent
),

summed AS (
    SELECT
        complaint,
        reach,
        question,
        number,
        absent,
        MAX(fit) AS fit,
        SUM(CASE WHEN enough = 2 THEN 1 ELSE 0 END) AS certain,
        SUM(CASE WHEN enough > 0 THEN 1 ELSE 0 END) AS possible,
        MIN(open_due) AS open_due
    FROM kind_of_care
    GROUP BY complaint, reach, question, number, absent
)

SELECT
    s.complaint,
    s.question,
    CASE
        WHEN s.certain >= s.number THEN 2
        WHEN s.possible >= s.number THEN 1
        -- Care that may not count here at all says "not long enough" only if its absence would agree.
        WHEN s.fit < 2 AND s.absent > 0 THEN 1
        ELSE 0
    END AS verdict,
    CASE WHEN s.possible < s.number AND s.number - s.certain = 1 THEN s.open_due END AS due,
    CASE
        WHEN s.certain >= s.number THEN 'found'
        WHEN s.possible >= s.number THEN 'no-duration'
        WHEN s.fit < 2 AND s.absent > 0 THEN 'possible'
        ELSE 'too-short'
    END AS reason,
    w.fitting_yes AS evidence
FROM summed AS s
LEFT JOIN witness AS w ON w.complaint = s.complaint AND w.reach = s.reach
