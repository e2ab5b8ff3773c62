-- Safety rules that stop an option: met for the problem, or for the patient as a whole.
SELECT c.complaint, k.option, LIST(DISTINCT k.id ORDER BY k.id) AS rules
FROM outcomes AS o
JOIN k_stop AS k ON k.rule = o.rule
JOIN asked AS c
    ON (c.complaint = o.complaint OR c.head = o.complaint)
    AND (k.region IS NULL OR k.region = c.place)
WHERE o.now = 2
GROUP BY c.complaint, k.option
