-- Patients, those of them with a pain problem, and their problems.
SELECT COUNT(*), COUNT(*) FILTER (WHERE problems > 0), CAST(COALESCE(SUM(problems), 0) AS BIGINT)
FROM patients
