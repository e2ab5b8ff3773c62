-- Facts that some rule looks at, begun by the day asked about and known by the day the record is
-- read, with unknown dates as the widest interval. A fact whose partial date reaches past that day began, as far as we know,
-- by then.
SELECT
    f.patient,
    f.fact,
    f.concept,
    f.region,
    f.side,
    f.level,
    f.value,
    f.open,
    f.is_order,
    f.is_status,
    f.not_tried,
    -- A finding recorded as "no", a procedure recorded as not done.
    k.yes_no AND COALESCE(f.value = 0, FALSE) AS negative,
    f.start_lo IS NOT NULL AS dated,
    COALESCE(f.start_lo, DATE '1900-01-01') AS start_lo,
    CASE
        WHEN f.start_hi IS NULL THEN p.known_by
        WHEN f.start_hi > p.known_by AND f.start_lo <= p.known_by THEN p.known_by
        ELSE f.start_hi
    END AS start_hi,
    f.end_lo,
    f.end_hi,
    k.is_local,
    k.is_wide,
    p.asked_on
FROM raw_fact AS f
JOIN k_concept AS k ON k.concept = f.concept
JOIN patient AS p ON p.patient = f.patient
WHERE (f.recorded IS NULL OR f.recorded <= p.known_by)
    AND (f.start_lo IS NULL OR (f.start_lo <= p.known_by AND f.start_lo <= p.asked_on))
