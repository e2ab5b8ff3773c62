-- Is there such a fact? A later "no" (a finding recorded as false) outweighs an earlier "yes"; on the
-- same day the "yes" stands. Met only if no "no" can be later, not met only if no "yes" can be.
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
        WHEN s.yes = 0 AND s.no = 0 THEN q.absent
        WHEN s.yes = 2 AND COALESCE(s.sure_yes >= s.any_no, TRUE) THEN 2
        WHEN s.no = 2 AND COALESCE(s.sure_no > s.any_yes, TRUE) THEN 0
        ELSE 1
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    CASE
        WHEN s.yes = 0 AND s.no = 0 THEN 'outside'
        WHEN s.yes = 2 AND COALESCE(s.sure_yes >= s.any_no, TRUE) THEN 'found'
        WHEN s.no = 2 AND COALESCE(s.sure_no > s.any_yes, TRUE) THEN 'negative'
        ELSE 'possible'
    END AS reason,
    COALESCE(s.fitting, s.seen) AS evidence
FROM summed AS s
JOIN k_question AS q ON q.question = s.question
