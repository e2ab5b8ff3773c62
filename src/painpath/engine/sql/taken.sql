-- Drugs that a hold table knows and that are taken, or were stopped so recently that the hold is not
-- over (`reach` days: the table's longest hold for the drug).
SELECT
    c.complaint,
    h.hold,
    f.fact,
    f.open,
    f.end_lo,
    f.end_hi
FROM complaint AS c
JOIN fact AS f ON f.patient = c.patient
JOIN k_hold AS h ON h.concept = f.concept
WHERE c.problem = 0
    AND NOT f.is_order
    AND (f.open OR f.end_hi + h.reach >= c.asked_on)
