-- Procedures of some concepts with the relief recorded after each: best and latest percentage. What
-- one resource says of a procedure counts for every fact that the resource made.
WITH sessions AS (
    SELECT f.patient, f.fact, f.concept, f.ref, f.region, f.side, f.start_lo
    FROM facts AS f
    JOIN wanted AS w ON w.concept = f.concept
    WHERE NOT f.is_order AND f.start_lo IS NOT NULL AND f.value IS DISTINCT FROM 0
),

reports AS (
    SELECT r.patient, a.ref AS about, r.value, r.start_lo, r.ref
    FROM facts AS r
    JOIN k_relief AS k ON k.concept = r.concept
    JOIN facts AS a ON a.fact = r.about
    WHERE r.value IS NOT NULL AND r.start_lo IS NOT NULL
)

SELECT
    s.patient,
    s.concept,
    s.ref,
    s.region,
    s.side,
    s.start_lo,
    MAX(r.value) AS best,
    ARG_MAX(r.value, r.start_lo) AS latest,
    ARG_MAX(r.ref, r.value) AS best_ref,
    ARG_MAX(r.ref, r.start_lo) AS latest_ref
FROM sessions AS s
LEFT JOIN reports AS r ON r.patient = s.patient AND r.about = s.ref
GROUP BY s.patient, s.concept, s.ref, s.region, s.side, s.start_lo
