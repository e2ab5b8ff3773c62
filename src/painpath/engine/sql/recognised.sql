-- A way to recognise a problem is complete on a side when each of its terms has a fact there.
-- Side 1 left, 2 right, 0 not recorded. A fact without side supports either side, but does not
-- make one: at least one term must name the side.
WITH placed AS (
    SELECT h.*, s.side AS on_side
    FROM hit AS h
    JOIN k_side AS s
        ON (h.side & s.side) <> 0 OR (h.side = 0 AND s.side = 0)
),

sides AS (
    SELECT DISTINCT p.patient, p.way, p.problem, CASE WHEN k.sided THEN p.on_side ELSE 0 END AS side
    FROM placed AS p
    JOIN k_problem AS k ON k.problem = p.problem
    WHERE NOT p.negative
),

supported AS (
    SELECT
        s.patient,
        s.way,
        s.problem,
        s.side,
        h.term,
        h.negative,
        h.gives_since,
        h.fact,
        h.side AS fact_side,
        h.region,
        h.level,
        h.start_lo,
        h.start_hi,
        h.dated
    FROM sides AS s
    JOIN k_problem AS k ON k.problem = s.problem
    JOIN hit AS h
        ON h.patient = s.patient
        AND h.way = s.way
        AND (NOT k.sided OR h.side = 0 OR (h.side & s.side) <> 0 OR (s.side = 0 AND h.negative))
),

complete AS (
    SELECT
        u.patient,
        u.way,
        u.problem,
        u.side,
        MIN(u.start_lo) FILTER (WHERE u.gives_since AND u.dated) AS since_lo,
        MIN(u.start_hi) FILTER (WHERE u.gives_since AND u.dated) AS since_hi,
        BIT_OR(u.region) FILTER (WHERE NOT u.negative AND u.term = 0) AS region,
        BIT_OR(u.level) FILTER (WHERE NOT u.negative AND u.term = 0) AS level,
        ARRAY_AGG(DISTINCT u.fact) FILTER (WHERE NOT u.negative) AS evidence
    FROM supported AS u
    JOIN k_way AS w ON w.way = u.way
    GROUP BY u.patient, u.way, u.problem, u.side, w.terms
    HAVING COUNT(DISTINCT u.term) FILTER (WHERE NOT u.negative) = w.terms
        AND COUNT(*) FILTER (WHERE u.negative) = 0
)

SELECT
    c.patient,
    c.problem,
    c.side,
    k.sided,
    k.weak,
    CASE WHEN k.region <> 0 THEN k.region ELSE COALESCE(BIT_OR(c.region), 0) END AS region,
    COALESCE(BIT_OR(c.level), 0) AS level,
    MIN(c.since_lo) AS since_lo,
    MIN(c.since_hi) AS since_hi,
    FLATTEN(ARRAY_AGG(c.evidence)) AS evidence
FROM complete AS c
JOIN k_problem AS k ON k.problem = c.problem
GROUP BY c.patient, c.problem, c.side, k.sided, k.weak, k.region
