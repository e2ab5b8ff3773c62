-- Sum of recorded values in the rolling window (steroid exposure). A fact without an amount may be
-- any amount, so it can only leave "not above" open, never prove it.
WITH summed AS (
    SELECT
        t.complaint,
        t.reach,
        q.question,
        q.comparison,
        q.threshold,
        SUM(CASE WHEN t.fit = 2 THEN COALESCE(t.value, 0) ELSE 0 END) AS at_least,
        SUM(COALESCE(t.value, 0)) AS at_most,
        MAX(CASE WHEN t.value IS NULL THEN 1 ELSE 0 END) AS open_ended
    FROM tested AS t
    JOIN k_ask AS q ON q.problem = t.problem AND q.reach = t.reach
    WHERE t.kind = 'total' AND t.fit > 0
    GROUP BY t.complaint, t.reach, q.question, q.comparison, q.threshold
)

SELECT
    s.complaint,
    s.question,
    CASE
        WHEN comparison = '<=' THEN CASE
            WHEN at_least > threshold THEN 0
            WHEN at_most <= threshold AND open_ended = 0 THEN 2
            ELSE 1
        END
        WHEN comparison = '<' THEN CASE
            WHEN at_least >= threshold THEN 0
            WHEN at_most < threshold AND open_ended = 0 THEN 2
            ELSE 1
        END
        WHEN comparison = '>=' THEN CASE
            WHEN at_least >= threshold THEN 2
            WHEN at_most < threshold AND open_ended = 0 THEN 0
            ELSE 1
        END
        WHEN at_least > threshold THEN 2
        WHEN at_most <= threshold AND open_ended = 0 THEN 0
        ELSE 1
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    CASE WHEN open_ended = 1 THEN 'no-value' ELSE 'found' END AS reason,
    w.fitting AS evidence
FROM summed AS s
LEFT JOIN witness AS w ON w.complaint = s.complaint AND w.reach = s.reach
