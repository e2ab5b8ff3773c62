-- Later rungs that are open and were never done, though what the policy that decides asks of the
-- earlier rung is met.
SELECT
    c.patient,
    c.number,
    o.option,
    o.policy,
    o.status,
    e.option AS earlier,
    e.last_on,
    LIST(DISTINCT k.question) AS questions
FROM options AS o
JOIN asked AS c ON c.complaint = o.complaint
JOIN k_confirms AS k ON k.option = o.option AND k.policy = o.policy
JOIN options AS e ON e.complaint = o.complaint AND e.option = k.earlier AND e.times > 0
JOIN answers AS a
    ON a.question = k.question AND a.verdict = 2
    AND a.complaint = CASE WHEN k.wide THEN c.head ELSE c.complaint END
JOIN rungs AS r ON r.option = o.option
WHERE o.times = 0 AND o.status IN ('eligible', 'wait', 'needs-more')
GROUP BY c.patient, c.number, o.option, o.policy, o.status, e.option, e.last_on
ORDER BY c.patient, c.number, o.option, e.option
