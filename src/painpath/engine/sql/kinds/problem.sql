-- Is the pain problem one of those the policy names?
SELECT
    c.complaint,
    q.question,
    CASE WHEN p.problem IS NULL THEN 0 ELSE 2 END AS verdict,
    CAST(NULL AS DATE) AS due,
    'found' AS reason,
    c.evidence
FROM complaint AS c
JOIN k_ask AS q ON q.problem = c.problem AND q.kind = 'problem'
LEFT JOIN k_question_problem AS p ON p.question = q.question AND p.problem = c.problem
