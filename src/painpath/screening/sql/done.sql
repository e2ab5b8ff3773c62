-- When each option was done for each problem: a fact of its procedure that is not certainly elsewhere
-- (other side, other region), not ordered only, and not a recorded "no".
SELECT
    c.complaint,
    d.option,
    COUNT(*) AS times,
    MAX(f.start_lo) AS last_on
FROM known AS f
JOIN k_done AS d ON d.concept = f.concept
JOIN asked AS c ON c.patient = f.patient
JOIN k_belongs AS b ON b.problem = c.problem AND b.option = d.option
WHERE NOT f.is_order
    AND NOT (d.yes_no AND f.value IS NOT DISTINCT FROM 0)
    AND (NOT c.sided OR c.side = 0 OR f.side = 0 OR (f.side & c.side) <> 0)
    AND (c.region = 0 OR f.region = 0 OR (f.region & c.region) <> 0)
GROUP BY c.complaint, d.option
