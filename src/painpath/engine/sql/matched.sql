-- Facts a question may look at: of the selection's concepts, begun by the day asked about, and in
-- the problem's place where the selection demands it. `definite`: the place is certain. A side or
-- region that is not recorded makes a match possible, never certain; two levels that are both
-- recorded and do not meet rule a fact out.
WITH pair AS MATERIALIZED (
    SELECT
        c.complaint,
        c.problem,
        c.asked_on,
        c.since_lo,
        c.since_hi,
        c.sided,
        c.side AS my_side,
        c.region AS my_region,
        c.regions AS my_regions,
        c.level AS my_level,
        f.fact,
        f.concept,
        f.region,
        f.side,
        f.level,
        f.start_lo,
        f.start_hi,
        f.end_lo,
        f.end_hi,
        f.open,
        f.is_order,
        f.is_status,
        f.not_tried,
        f.value
    FROM fact AS f
    JOIN complaint AS c ON c.patient = f.patient
    WHERE f.start_lo <= c.asked_on
)

SELECT
    f.complaint,
    f.problem,
    f.asked_on,
    f.since_lo,
    f.since_hi,
    s.selection,
    f.fact,
    s.counts_as,
    f.start_lo,
    f.start_hi,
    f.end_lo,
    f.end_hi,
    f.open,
    f.is_order,
    f.is_status,
    f.not_tried,
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
    AND (NOT s.same_side OR NOT f.sided OR (f.side & f.my_side) <> 0) AS definite
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
