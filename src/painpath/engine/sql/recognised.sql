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

term_met AS MATERIALIZED (
    SELECT
        s.patient,
        s.way,
        s.problem,
        s.side,
        h.term,
        h.negative,
        MIN(CASE WHEN h.gives_since AND h.dated THEN h.start_lo END) AS since_lo,
        ARG_MIN(h.fact, ROW(h.start_lo, h.fact)) FILTER (WHERE h.gives_since AND h.dated) AS since_fact,
        MIN(CASE WHEN h.gives_since AND h.dated THEN h.start_hi END) AS since_hi,
        BIT_OR(h.region) AS region,
        -- Where the term lies: anywhere (-1) if one of its facts names no region.
        CASE WHEN MIN(h.region) = 0 THEN CAST(-1 AS BIGINT) ELSE BIT_OR(h.region) END AS place,
        BIT_OR(h.level) AS level,
        ARRAY_AGG(h.fact) AS facts
    FROM sides AS s
    JOIN k_problem AS k ON k.problem = s.problem
    JOIN hit AS h
        ON h.patient = s.patient
        AND h.way = s.way
        AND (NOT k.sided OR h.side = 0 OR (h.side & s.side) <> 0 OR (s.side = 0 AND h.negative))
    GROUP BY s.patient, s.way, s.problem, s.side, h.term, h.negative
),

complete AS MATERIALIZED (
    SELECT
        t.patient,
        t.way,
        t.problem,
        t.side,
        MIN(t.since_lo) AS since_lo,
        MIN(t.since_hi) AS since_hi,
        MAX(CASE WHEN t.term = 0 AND NOT t.negative THEN t.region ELSE 0 END) AS first_region,
        BIT_AND(CASE WHEN t.negative THEN CAST(-1 AS BIGINT) ELSE t.place END) AS meet,
        MAX(CASE WHEN t.term = 0 AND NOT t.negative THEN t.level ELSE 0 END) AS level
    FROM term_met AS t
    JOIN k_way AS w ON w.way = t.way
    GROUP BY t.patient, t.way, t.problem, t.side, w.terms
    HAVING SUM(CASE WHEN t.negative THEN 0 ELSE 1 END) = w.terms
        AND MAX(CASE WHEN t.negative THEN 1 ELSE 0 END) = 0
        -- Terms that name their region must meet in one (-1: no region named).
        AND BIT_AND(CASE WHEN t.negative THEN CAST(-1 AS BIGINT) ELSE t.place END) <> 0
),

-- The facts behind the complete ways only: most ways are not, and lists are costly.
supported AS (
    SELECT
        c.patient,
        c.problem,
        c.side,
        ARG_MIN(t.since_fact, ROW(t.since_lo, t.since_fact)) FILTER (WHERE t.since_fact IS NOT NULL) AS since_fact,
        FLATTEN(ARRAY_AGG(t.facts)) AS evidence
    FROM complete AS c
    JOIN term_met AS t
        ON t.patient = c.patient AND t.way = c.way AND t.problem = c.problem AND t.side = c.side
    GROUP BY c.patient, c.problem, c.side
),

placed_at AS (
    SELECT
        patient,
        problem,
        side,
        COALESCE(BIT_OR(CASE WHEN meet = -1 THEN first_region ELSE meet END), 0) AS region,
        COALESCE(BIT_OR(level), 0) AS level,
        MIN(since_lo) AS since_lo,
        MIN(since_hi) AS since_hi
    FROM complete
    GROUP BY patient, problem, side
)

SELECT
    c.patient,
    c.problem,
    c.side,
    k.sided,
    k.weak,
    CASE WHEN k.region <> 0 THEN k.region ELSE c.region END AS region,
    c.level,
    c.since_lo,
    c.since_hi,
    s.since_fact,
    s.evidence
FROM placed_at AS c
JOIN supported AS s ON s.patient = c.patient AND s.problem = c.problem AND s.side = c.side
JOIN k_problem AS k ON k.problem = c.problem
