-- Administrative gender as recorded; "other" and "unknown" leave the question open.
SELECT
    c.complaint,
    q.question,
    CASE
        WHEN c.sex = q.pick THEN 2
        WHEN c.sex IN ('female', 'male') THEN 0
        ELSE q.absent
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    CASE WHEN c.sex IN ('female', 'male') THEN 'found' ELSE 'none' END AS reason,
    CAST(NULL AS BIGINT[]) AS evidence
FROM complaint AS c
JOIN k_ask AS q ON q.problem = c.problem AND q.kind = 'sex'
