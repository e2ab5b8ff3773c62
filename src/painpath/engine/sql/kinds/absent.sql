-- Is there no such fact? Not met only if no later "no" is possible, met by a "no" only if no later
-- "yes" is. An event in a window (no needle within 3 months) is cured by time.
WITH summed AS (
    SELECT
        complaint,
        question,
        MAX(CASE WHEN NOT negative THEN fit ELSE 0 END) AS yes,
        MAX(CASE WHEN negative THEN fit ELSE 0 END) AS no,
        MAX(CASE WHEN NOT negative AND fit = 2 THEN start_lo END) AS sure_yes,
        MAX(CASE WHEN NOT negative AND fit > 0 THEN start_hi END) AS any_yes,
        MAX(CASE WHEN negative AND fit = 2 THEN start_lo END) AS sure_no,
        MAX(CASE WHEN negative AND fit > 0 THEN start_hi END) AS any_no,
        ARRAY_AGG(fact) FILTER (WHERE NOT negative AND fit > 0) AS fitting,
        ARRAY_AGG(fact) FILTER (WHERE negative AND fit = 2) AS against
    FROM tested
    WHERE kind = 'absent'
    GROUP BY complaint, question
),

judged AS (
    SELECT
        s.*,
        q.has_window AND NOT q.active AS passes_with_time,
        q.within_months,
        q.within_days,
        CASE
            WHEN s.yes = 0 AND s.no < 2 THEN q.absent
            WHEN s.no = 2 AND COALESCE(s.sure_no > s.any_yes, TRUE) THEN 2
            WHEN s.yes = 2 AND COALESCE(s.sure_yes >= s.any_no, TRUE) THEN 0
            ELSE 1
        END AS verdict
    FROM summed AS s
    JOIN k_question AS q ON q.question = s.question
)

SELECT
    complaint,
    question,
    verdict,
    CASE
        WHEN verdict = 0 AND yes > 0 AND passes_with_time
            THEN add_months(any_yes, within_months) + within_days + 1
    END AS due,
    CASE
        WHEN yes = 0 AND no < 2 THEN 'none'
        WHEN verdict = 2 THEN 'negative'
        WHEN verdict = 0 THEN 'found'
        ELSE 'possible'
    END AS reason,
    CASE WHEN yes = 0 OR verdict = 2 THEN against ELSE fitting END AS evidence
FROM judged
