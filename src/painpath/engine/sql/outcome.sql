-- The root of each rule's tree. A rule without a deciding criterion that applies has none.
SELECT
    v.complaint,
    r.rule,
    v.now,
    v.later,
    v.due,
    v.stops
FROM value AS v
JOIN k_rule AS r ON r.root = v.node
WHERE v.depth = 0
