-- Red flags by patients.
SELECT id, COUNT(DISTINCT patient) AS patients
FROM safety
WHERE kind = 'red-flag'
GROUP BY id
ORDER BY patients DESC, id
