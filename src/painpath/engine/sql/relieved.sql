-- Each day on which a procedure asked about was done, with the relief recorded after it.
-- What the patient stated outranks what was computed from pain scores.
WITH report AS (
    SELECT
        t.complaint,
        q.question,
        t.asked_on,
        t.start_lo,
        t.start_hi,
        t.fit,
        t.fact,
        r.fact AS report,
        r.start_lo AS reported,
        r.end_lo AS lasted_until,
        r.is_computed,
        r.is_duration,
        CASE
            WHEN r.is_duration OR r.value IS NULL THEN NULL
            WHEN q.comparison = '>=' THEN r.value >= q.threshold
            ELSE r.value > q.threshold
        END AS passes,
        MIN(CASE WHEN r.is_duration OR r.value IS NULL THEN NULL WHEN r.is_computed THEN 1 ELSE 0 END)
            OVER (PARTITION BY t.complaint, q.question, t.start_lo) AS only_computed
    FROM tested AS t
    JOIN k_ask AS q ON q.problem = t.problem AND q.reach = t.reach
    LEFT JOIN relief_report AS r ON r.about = t.fact AND r.start_lo <= t.asked_on
    WHERE t.kind IN ('relief', 'blocks') AND t.fit > 0 AND NOT t.negative
),

used AS (
    SELECT
        r.*,
        MIN(CASE WHEN r.passes AND (NOT r.is_computed OR r.only_computed = 1) THEN r.reported END)
            OVER (PARTITION BY r.complaint, r.question, r.start_lo) AS first_pass
    FROM report AS r
    WHERE r.report IS NULL OR r.is_duration OR NOT r.is_computed OR r.only_computed = 1
)

SELECT
    complaint,
    question,
    asked_on,
    start_lo,
    MAX(start_hi) AS start_hi,
    MAX(fit) AS fit,
    COUNT(passes) AS reports,
    MAX(CASE WHEN passes THEN 1 ELSE 0 END) AS passed,
    MIN(CASE WHEN NOT passes AND reported > first_pass THEN reported END) AS first_fail,
    MAX(CASE WHEN passes THEN reported END) AS last_pass,
    MAX(CASE WHEN is_duration THEN lasted_until END) AS lasted_until,
    ARRAY_AGG(DISTINCT fact) AS procedures,
    ARRAY_AGG(DISTINCT report) FILTER (WHERE report IS NOT NULL) AS reported_in
FROM used
GROUP BY complaint, question, asked_on, start_lo
