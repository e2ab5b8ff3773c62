-- Is there such a fact? A later "no" (a finding recorded as false) outweighs an earlier "yes".
WITH summed AS (
    SELECT
        complaint,
        question,
        MAX(fit) FILTER (WHERE NOT negative) AS yes,
        MAX(fit) FILTER (WHERE negative) AS no,
        MAX(start_hi) FILTER (WHERE NOT negative AND fit > 0) AS yes_at,
        MAX(start_hi) FILTER (WHERE negative AND fit > 0) AS no_at,
        MAX(fit) AS best,
        ARRAY_AGG(fact) FILTER (WHERE fit > 0) AS fitting,
        ARRAY_AGG(fact) AS seen
    FROM tested
    WHERE kind = 'present'
    GROUP BY complaint, question
)

SELECT
    s.complaint,
    s.question,
    CASE
        WHEN COALESCE(s.yes, 0) = 0 AND COALESCE(s.no, 0) = 0 THEN q.absent
        WHEN COALESCE(s.no, 0) = 0 OR s.yes_at >= s.no_at THEN CASE WHEN s.yes = 2 THEN 2 ELSE 1 END
        WHEN s.no = 2 THEN 0
        ELSE 1
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    CASE
        WHEN COALESCE(s.yes, 0) = 0 AND COALESCE(s.no, 0) = 0 THEN 'outside'
        WHEN s.no = 2 AND COALESCE(s.yes_at < s.no_at, TRUE) THEN 'negative'
        WHEN s.best < 2 THEN 'possible'
        ELSE 'found'
    END AS reason,
    COALESCE(s.fitting, s.seen) AS evidence
FROM summed AS s
JOIN k_question AS q ON q.question = s.question
