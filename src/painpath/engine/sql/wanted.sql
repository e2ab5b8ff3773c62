-- What the rules of the patient's own problems look at in the patient as a whole.
SELECT DISTINCT
    c.patient,
    w.selection
FROM complaint AS c
JOIN k_want AS w ON w.problem = c.problem
