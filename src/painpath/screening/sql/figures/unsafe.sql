-- Safety rules that stop or hold a procedure, in patients who have an open next step.
WITH waiting AS (
    SELECT DISTINCT patient FROM options WHERE is_next AND status IN ('eligible', 'wait', 'needs-more')
)

SELECT s.id, s.level, COUNT(DISTINCT s.patient) AS patients
FROM safety AS s
JOIN waiting AS w ON w.patient = s.patient
WHERE s.kind = 'safety' AND s.level IN ('stop', 'hold', 'caution')
GROUP BY s.id, s.level
ORDER BY patients DESC, s.id
