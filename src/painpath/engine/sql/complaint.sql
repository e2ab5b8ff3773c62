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

known AS (
    SELECT patient, problem, MAX(side) AS side
    FROM recognised
    GROUP BY patient, problem
),

kept AS MATERIALIZED (
    SELECT r.*
    FROM recognised AS r
    JOIN known AS k ON k.patient = r.patient AND k.problem = r.problem
    LEFT JOIN explained AS x
        ON x.patient = r.patient AND x.problem = r.problem
        AND x.side = r.side AND x.region = r.region
    WHERE x.patient IS NULL AND NOT (r.sided AND r.side = 0 AND k.side > 0)
),

-- Numbered apart from the rest, so that only the keys are sorted.
numbered AS (
    SELECT
        e.*,
        ROW_NUMBER() OVER (ORDER BY e.patient, e.problem, e.region, e.side) AS complaint
    FROM (
        SELECT patient, problem, region, side FROM kept
        UNION ALL
        SELECT patient, 0, 0, 0 FROM patient
    ) AS e
),

place AS (
    SELECT patient, BIT_OR(region) AS regions
    FROM kept
    GROUP BY patient
)

SELECT
    n.complaint,
    n.patient,
    n.problem,
    n.side,
    COALESCE(k.sided, FALSE) AS sided,
    COALESCE(k.weak, FALSE) AS weak,
    n.region,
    COALESCE(k.level, 0) AS level,
    k.since_lo,
    k.since_hi,
    k.since_fact,
    k.evidence,
    COALESCE(l.regions, 0) AS regions,
    p.asked_on,
    p.birth_lo,
    p.birth_hi,
    p.sex,
    p.state
FROM numbered AS n
JOIN patient AS p ON p.patient = n.patient
LEFT JOIN kept AS k
    ON k.patient = n.patient AND k.problem = n.problem AND k.region = n.region AND k.side = n.side
LEFT JOIN place AS l ON l.patient = n.patient
