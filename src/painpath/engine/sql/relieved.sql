-- Each day on which a procedure asked about was done, with the relief recorded after it.
-- What the patient stated outranks what was computed from pain scores.
WITH done AS (
    SELECT
        t.complaint,
        t.problem,
        t.reach,
        t.asked_on,
        t.start_lo,
        t.fact,
        MAX(t.start_hi) AS start_hi,
        MAX(t.fit) AS fit,
        -- Every level where none is recorded.
        MAX(CASE WHEN f.level = 0 THEN -1 ELSE f.level END) AS level
    FROM tested AS t
    JOIN fact AS f ON f.fact = t.fact
    WHERE t.kind IN ('relief', 'blocks') AND t.fit > 0 AND NOT t.negative
    GROUP BY t.complaint, t.problem, t.reach, t.asked_on, t.start_lo, t.fact
),

reported AS (
    SELECT
        d.complaint,
        d.reach,
        d.start_lo,
        MAX(CASE WHEN r.is_duration OR r.value IS NULL OR r.is_computed THEN 0 ELSE 1 END) AS stated
    FROM done AS d
    JOIN relief_report AS r ON r.about = d.fact AND r.start_lo <= d.asked_on
    GROUP BY d.complaint, d.reach, d.start_lo
),

report AS MATERIALIZED (
    SELECT
        d.*,
        q.question,
        r.fact AS report,
        r.start_lo AS reported,
        CASE WHEN r.is_duration THEN r.end_lo END AS lasted_until,
        CASE
            WHEN r.is_duration OR r.value IS NULL THEN NULL
            WHEN q.comparison = '>=' THEN r.value >= q.threshold
            ELSE r.value > q.threshold
        END AS passes
    FROM done AS d
    JOIN k_ask AS q ON q.problem = d.problem AND q.reach = d.reach
    LEFT JOIN reported AS s
        ON s.complaint = d.complaint AND s.reach = d.reach AND s.start_lo = d.start_lo
    LEFT JOIN relief_report AS r
        ON r.about = d.fact AND r.start_lo <= d.asked_on
        AND (r.is_duration OR NOT r.is_computed OR s.stated = 0)
),

judged AS (
    SELECT
        complaint,
        question,
        asked_on,
        start_lo,
        MAX(start_hi) AS start_hi,
        MAX(fit) AS fit,
        BIT_OR(level) AS level,
        COUNT(passes) AS reports,
        MAX(CASE WHEN passes THEN 1 ELSE 0 END) AS passed,
        MIN(CASE WHEN passes THEN reported END) AS first_pass,
        MAX(CASE WHEN passes THEN reported END) AS last_pass,
        MAX(lasted_until) AS lasted_until,
        ARRAY_AGG(fact) AS procedures,
        ARRAY_AGG(report) FILTER (WHERE report IS NOT NULL) AS reported_in
    FROM report
    GROUP BY complaint, question, asked_on, start_lo
),

failed AS (
    SELECT
        r.complaint,
        r.question,
        r.start_lo,
        MIN(CASE WHEN r.reported > j.first_pass THEN r.reported END) AS first_fail,
        MAX(CASE WHEN r.reported < j.first_pass THEN r.reported END) AS late_since
    FROM report AS r
    JOIN judged AS j
        ON j.complaint = r.complaint AND j.question = r.question AND j.start_lo = r.start_lo
    WHERE NOT r.passes
    GROUP BY r.complaint, r.question, r.start_lo
)

SELECT
    j.complaint,
    j.question,
    j.asked_on,
    j.start_lo,
    j.start_hi,
    j.fit,
    j.level,
    j.reports,
    j.passed,
    f.first_fail,
    f.late_since,
    j.last_pass,
    j.lasted_until,
    LIST_DISTINCT(j.procedures) AS procedures,
    LIST_DISTINCT(j.reported_in) AS reported_in
FROM judged AS j
LEFT JOIN failed AS f
    ON f.complaint = j.complaint AND f.question = j.question AND f.start_lo = j.start_lo
