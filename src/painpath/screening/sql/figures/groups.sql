-- What is counted for each clinic, clinician, payer or state.
WITH listed AS (
    SELECT
        patient,
        BOOL_OR(question = 'never-referred') AS never_referred,
        BOOL_OR(question = 'repeated-without-relief') AS repeated,
        BOOL_OR(question = 'one-missing') AS waiting,
        BOOL_OR(question = 'booked-on-drug') AS unsafe
    FROM worklist
    JOIN lists USING (worklist)
    GROUP BY patient
)

SELECT
    p.{{group}} AS name,
    COUNT(*) AS patients,
    COUNT(*) FILTER (WHERE p.problems > 0) AS with_problem,
    COUNT(*) FILTER (WHERE l.never_referred) AS never_referred,
    COUNT(*) FILTER (WHERE l.repeated) AS repeated,
    COUNT(*) FILTER (WHERE l.waiting) AS waiting,
    COUNT(*) FILTER (WHERE l.unsafe) AS unsafe
FROM patients AS p
LEFT JOIN listed AS l ON l.patient = p.patient
WHERE p.{{group}} IS NOT NULL
GROUP BY p.{{group}}
ORDER BY with_problem DESC, name
