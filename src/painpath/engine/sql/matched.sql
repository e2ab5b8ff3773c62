-- Facts a question may look at: of the selection's concepts, begun by the day asked about, and in
-- the problem's place where the selection demands it. `definite`: the place is certain. A side,
-- region or level that is not recorded makes a match possible, never certain; two that are both
-- recorded and do not meet rule a fact out. A problem whose own level is not recorded may be at any:
-- there a level is not asked for. What concerns the patient as a whole is matched once,
-- under the patient's own complaint (problem 0).
WITH pair AS MATERIALIZED (
    SELECT
        c.complaint,
        c.problem,
        c.sided,
        c.side AS my_side,
        c.region AS my_region,
        c.regions AS my_regions,
        c.level AS my_level,
        f.*
    FROM fact AS f
    JOIN complaint AS c ON c.patient = f.patient
    WHERE c.problem <> 0 AND f.is_local
),

whole AS (
    SELECT complaint, patient FROM complaint WHERE problem = 0
)

SELECT
    f.complaint,
    f.problem,
    f.asked_on,
    s.selection,
    s.uses,
    s.counts_as,
    f.fact,
    f.start_lo,
    f.start_hi,
    f.end_lo,
    f.end_hi,
    f.open,
    f.is_order,
    f.is_status,
    f.not_tried,
    f.negative,
    f.value,
    (
        NOT s.same_region
        OR (
            f.region <> 0 AND f.my_region <> 0
            AND (f.region & (CASE WHEN s.family <> 0 THEN s.family ELSE f.my_region END)) <> 0
            -- A code that covers neck and mid-back means the neck where nothing else hurts.
            AND (
                f.region & ~(CASE WHEN s.family <> 0 THEN s.family ELSE f.my_region END) & f.my_regions
            ) = 0
        )
    )
    AND (NOT s.same_side OR NOT f.sided OR (f.side & f.my_side) <> 0)
    AND (NOT s.same_level OR f.my_level = 0 OR (f.level & f.my_level) <> 0) AS definite
FROM pair AS f
JOIN k_look AS s ON s.problem = f.problem AND s.concept = f.concept
WHERE (
        NOT s.same_region
        OR f.region = 0
        OR f.my_region = 0
        OR (f.region & (CASE WHEN s.family <> 0 THEN s.family ELSE f.my_region END)) <> 0
    )
    AND (s.family = 0 OR f.my_region = 0 OR (f.my_region & s.family) <> 0)
    AND (NOT s.same_side OR NOT f.sided OR f.side = 0 OR f.my_side = 0 OR (f.side & f.my_side) <> 0)
    AND (NOT s.same_level OR f.level = 0 OR f.my_level = 0 OR (f.level & f.my_level) <> 0)
-- What every patient is asked.
UNION ALL
SELECT
    c.complaint, 0 AS problem, f.asked_on, s.selection, s.uses, s.counts_as, f.fact,
    f.start_lo, f.start_hi, f.end_lo, f.end_hi,
    f.open, f.is_order, f.is_status, f.not_tried, f.negative, f.value, TRUE AS definite
FROM fact AS f
JOIN k_look AS s ON s.problem = 0 AND s.concept = f.concept AND s.always
JOIN whole AS c ON c.patient = f.patient
WHERE f.is_wide
-- What only the rules of the patient's problems ask.
UNION ALL
SELECT
    c.complaint, 0 AS problem, f.asked_on, s.selection, s.uses, s.counts_as, f.fact,
    f.start_lo, f.start_hi, f.end_lo, f.end_hi,
    f.open, f.is_order, f.is_status, f.not_tried, f.negative, f.value, TRUE AS definite
FROM fact AS f
JOIN k_look AS s ON s.problem = 0 AND s.concept = f.concept AND NOT s.always
JOIN wanted AS w ON w.patient = f.patient AND w.selection = s.selection
JOIN whole AS c ON c.patient = f.patient
WHERE f.is_wide
