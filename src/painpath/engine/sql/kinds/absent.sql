-- Is there no such fact? An event in a window (no needle within 3 months) is cured by time.
WITH summed AS (
    SELECT
        complaint,
        question,
        MAX(fit) FILTER (WHERE NOT negative) AS yes,
        MAX(start_hi) FILTER (WHERE NOT negative AND fit > 0) AS yes_at,
        MAX(start_hi) FILTER (WHERE negative AND fit = 2) AS no_at,
        ARRAY_AGG(fact) FILTER (WHERE NOT negative AND fit > 0) AS fitting,
        ARRAY_AGG(fact) FILTER (WHERE negative AND fit = 2) AS against
    FROM tested
    WHERE kind = 'absent'
    GROUP BY complaint, question
)

SELECT
    s.complaint,
    s.question,
    CASE
        WHEN COALESCE(s.yes, 0) = 0 THEN CASE WHEN s.no_at IS NOT NULL THEN 2 ELSE q.absent END
        WHEN s.no_at > s.yes_at THEN 2
        WHEN s.yes = 2 THEN 0
        ELSE 1
    END AS verdict,
    CASE
        WHEN s.yes = 2 AND q.has_window AND NOT q.active AND NOT COALESCE(s.no_at > s.yes_at, FALSE)
            THEN add_months(s.yes_at, q.within_months) + q.within_days + 1
    END AS due,
    CASE
        WHEN COALESCE(s.yes, 0) = 0 THEN 'none'
        WHEN s.no_at > s.yes_at THEN 'negative'
        WHEN s.yes = 2 THEN 'found'
        ELSE 'possible'
    END AS reason,
    CASE WHEN COALESCE(s.yes, 0) = 0 OR s.no_at > s.yes_at THEN s.against ELSE s.fitting END AS evidence
FROM summed AS s
JOIN k_question AS q ON q.question = s.question
