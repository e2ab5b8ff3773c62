-- Red flags by the problems that they concern: those of the patient as a whole concern all.
SELECT DISTINCT c.complaint, k.id
FROM outcomes AS o
JOIN k_flag AS k ON k.rule = o.rule
JOIN everyone AS e ON e.complaint = o.complaint
JOIN everyone AS c
    ON c.patient = e.patient
    AND (c.complaint = e.complaint OR k.everywhere OR (c.problem = e.problem AND c.problem <> 0))
WHERE o.now = 2
