-- Which rules are put to which complaint: those for its problem, in force on the day, for the state.
SELECT c.complaint, r.rule, c.region
FROM complaint AS c
JOIN k_rule_problem AS rp ON rp.problem = c.problem
JOIN k_rule AS r ON r.rule = rp.rule
JOIN k_rule_state AS rs ON rs.rule = r.rule AND (rs.state = '*' OR rs.state = c.state)
WHERE (r.starts IS NULL OR r.starts <= c.asked_on)
    AND (r.ends IS NULL OR r.ends >= c.asked_on)
