-- The patient's pain problems as asked about: one row per problem and side, and one for the patient
-- as a whole (problem 0). A problem whose side is nowhere recorded is dropped where the same problem
-- is known on a side; a problem that another one explains is dropped on that side and region.
WITH explained AS (
    SELECT DISTINCT r.patient, r.problem, r.side, r.region
    FROM recognised AS other
    JOIN k_replaces AS x ON x.problem = other.problem
    JOIN recognised AS r ON r.patient = other.patient AND r.problem = x.replaced
    WHERE (NOT r.sided OR NOT other.sided OR r.side = other.side OR r.side = 0 OR other.side = 0)
        AND (r.region = 0 OR other.region = 0 OR (r.region & other.region) <> 0)
),

sided AS (
    SELECT
        r.*,
        MAX(r.side) OVER (PARTITION BY r.patient, r.problem) AS known_side
    FROM recognised AS r
),

kept AS (
    SELECT s.*
    FROM sided AS s
    LEFT JOIN explained AS x
        ON x.patient = s.patient AND x.problem = s.problem
        AND x.side = s.side AND x.region = s.region
    WHERE x.patient IS NULL AND NOT (s.sided AND s.side = 0 AND s.known_side > 0)
),

everyone AS (
    SELECT patient, problem, side, sided, weak, region, level, since_lo, since_hi, since_fact, evidence
    FROM kept
    UNION ALL
    SELECT
        patient, 0, 0, FALSE, FALSE, 0, 0, NULL, NULL, NULL, NULL
    FROM patient
)

SELECT
    ROW_NUMBER() OVER (ORDER BY e.patient, e.problem, e.region, e.side) AS complaint,
    e.*,
    BIT_OR(e.region) OVER (PARTITION BY e.patient) AS regions,
    p.asked_on,
    p.birth_lo,
    p.birth_hi,
    p.sex,
    p.state
FROM everyone AS e
JOIN patient AS p ON p.patient = e.patient
