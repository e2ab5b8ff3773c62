-- One row per rule asked: the root of its tree. NULL verdict: the rule has no deciding criterion, or
-- none applies.
SELECT
    s.complaint,
    s.rule,
    v.now,
    v.later,
    v.due,
    COALESCE(v.stops, FALSE) AS stops
FROM asked AS s
JOIN k_rule AS r ON r.rule = s.rule
LEFT JOIN value AS v ON v.complaint = s.complaint AND v.node = r.root
