-- Each problem: how often, how often something is eligible next, and how often nobody was asked.
WITH referral AS (
    SELECT DISTINCT patient, number
    FROM worklist
    JOIN lists USING (worklist)
    WHERE question = 'never-referred'
)

SELECT
    p.problem,
    COUNT(*) AS problems,
    COUNT(*) FILTER (WHERE o.status = 'eligible') AS eligible,
    COUNT(*) FILTER (WHERE w.patient IS NOT NULL) AS never_referred
FROM problems AS p
LEFT JOIN options AS o ON o.patient = p.patient AND o.number = p.number AND o.is_next
LEFT JOIN referral AS w ON w.patient = p.patient AND w.number = p.number
GROUP BY p.problem
ORDER BY problems DESC, p.problem
