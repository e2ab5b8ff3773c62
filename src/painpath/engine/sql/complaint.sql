-- The patient's pain problems as asked about: one row per problem and side, and one for the patient
-- as a whole (problem 0). A problem whose side is nowhere recorded is dropped where the same problem
-- is known on a side; a problem that another one explains is dropped on that side and region.
WITH kept AS (
    SELECT r.*
    FROM recognised AS r
    WHERE NOT EXISTS (
        SELECT 1
        FROM recognised AS same
        WHERE same.patient = r.patient
            AND same.problem = r.problem
            AND r.sided AND r.side = 0 AND same.side <> 0
    )
    AND NOT EXISTS (
        SELECT 1
        FROM recognised AS other
        JOIN k_replaces AS x ON x.problem = other.problem
        WHERE other.patient = r.patient
            AND x.replaced = r.problem
            AND (NOT r.sided OR NOT other.sided OR r.side = other.side OR r.side = 0 OR other.side = 0)
            AND (r.region = 0 OR other.region = 0 OR (r.region & other.region) <> 0)
    )
),

everyone AS (
    SELECT patient, problem, side, sided, weak, region, level, since_lo, since_hi, evidence
    FROM kept
    UNION ALL
    SELECT
        patient, 0, 0, FALSE, FALSE, 0, 0, NULL, NULL, NULL
    FROM patient
)

SELECT
    ROW_NUMBER() OVER (ORDER BY e.patient, e.problem, e.region, e.side) AS complaint,
    e.*,
    p.asked_on,
    p.birth_lo,
    p.birth_hi,
    p.sex,
    p.state
FROM everyone AS e
JOIN patient AS p ON p.patient = e.patient
