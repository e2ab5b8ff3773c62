-- Facts a question may look at: of the selection's concepts, begun by the day asked about, and in
-- the problem's place where the selection demands it. `definite`: the place is certain. A side or
-- region that is not recorded makes a match possible, never certain; two levels that are both
-- recorded and do not meet rule a fact out.
SELECT
    c.complaint,
    c.problem,
    c.asked_on,
    c.since_lo,
    c.since_hi,
    s.selection,
    f.fact,
    f.concept,
    f.start_lo,
    f.start_hi,
    f.end_lo,
    f.end_hi,
    f.open,
    f.is_order,
    f.is_status,
    f.value,
    (
        NOT s.same_region
        OR (
            f.region <> 0 AND c.region <> 0
            AND (f.region & ~(CASE WHEN s.family <> 0 THEN s.family ELSE c.region END)) = 0
        )
    )
    AND (NOT s.same_side OR NOT c.sided OR (f.side & c.side) <> 0) AS definite
FROM fact AS f
JOIN complaint AS c ON c.patient = f.patient
JOIN k_look AS s ON s.problem = c.problem AND s.concept = f.concept
WHERE f.start_lo <= c.asked_on
    AND (
        NOT s.same_region
        OR f.region = 0
        OR c.region = 0
        OR (f.region & (CASE WHEN s.family <> 0 THEN s.family ELSE c.region END)) <> 0
    )
    AND (s.family = 0 OR c.region = 0 OR (c.region & s.family) <> 0)
    AND (NOT s.same_side OR NOT c.sided OR f.side = 0 OR c.side = 0 OR (f.side & c.side) <> 0)
    AND (NOT s.same_level OR f.level = 0 OR c.level = 0 OR (f.level & c.level) <> 0)
