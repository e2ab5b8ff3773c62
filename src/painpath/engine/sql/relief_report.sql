-- Relief tied to a procedure: percent on a day, or how long it lasted (start to end).
SELECT
    f.fact,
    f.about,
    COALESCE(f.start_lo, DATE '1900-01-01') AS start_lo,
    f.end_lo,
    f.value,
    f.is_computed,
    b.is_duration
FROM raw_fact AS f
JOIN k_relief AS b ON b.concept = f.concept
JOIN patient AS p ON p.patient = f.patient
WHERE f.about IS NOT NULL
    AND (f.recorded IS NULL OR f.recorded <= p.known_by)
    AND (f.start_lo IS NULL OR f.start_lo <= p.known_by)
