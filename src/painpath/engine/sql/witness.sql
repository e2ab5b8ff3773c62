-- The facts behind an answer, per reach: those that fit, those that speak against, all looked at.
-- Only where someone will read them (`evaluation.detail`).
SELECT
    t.complaint,
    t.reach,
    ARRAY_AGG(t.fact) FILTER (WHERE t.fit > 0) AS fitting,
    ARRAY_AGG(t.fact) FILTER (WHERE t.fit > 0 AND NOT t.negative) AS fitting_yes,
    ARRAY_AGG(t.fact) FILTER (WHERE t.fit > 0 AND NOT t.negative AND NOT t.is_status) AS deeds,
    ARRAY_AGG(t.fact) FILTER (WHERE t.fit = 2 AND t.negative) AS sure_no,
    ARRAY_AGG(t.fact) AS looked_at
FROM tested AS t
JOIN evaluation AS e ON e.detail
WHERE t.kind NOT IN ('score', 'relief', 'blocks')
GROUP BY t.complaint, t.reach
