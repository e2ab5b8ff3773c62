-- Options that are eligible again after the last time helped and the relief has gone since.
SELECT
    c.patient,
    c.number,
    o.option,
    o.policy,
    o.status,
    MAX(r.start_lo) AS last_on,
    MAX(r.best) AS best,
    MIN(r.latest) AS latest,
    LIST(DISTINCT r.ref) AS refs,
    LIST(DISTINCT r.latest_ref) AS reliefs
FROM options AS o
JOIN asked AS c ON c.complaint = o.complaint
JOIN k_done AS d ON d.option = o.option
JOIN relieved AS r
    ON r.patient = c.patient AND r.concept = d.concept AND r.start_lo = o.last_on
    AND (NOT c.sided OR c.side = 0 OR r.side = 0 OR (r.side & c.side) <> 0)
    AND (c.region = 0 OR r.region = 0 OR (r.region & c.region) <> 0)
WHERE o.status = 'eligible' AND o.times > 0
GROUP BY c.patient, c.number, o.option, o.policy, o.status
HAVING MAX(r.best) >= $relief AND MIN(r.latest) < $relief
