-- Is the pain problem one of those the policy names?
SELECT
    c.complaint,
    q.question,
    CASE
        WHEN EXISTS (
            SELECT 1
            FROM k_question_problem AS p
            WHERE p.question = q.question AND p.problem = c.problem
        ) THEN 2
        ELSE 0
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    'found' AS reason,
    c.evidence
FROM complaint AS c
JOIN k_problem_question AS pq ON pq.problem = c.problem
JOIN k_question AS q ON q.question = pq.question AND q.kind = 'problem'
