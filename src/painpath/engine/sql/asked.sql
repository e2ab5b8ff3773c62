-- Which rules are put to which complaint: those for its problem, in force on the day, for the state.
-- A general rule is silent where a local one of the same payer is in force that day for the problem.
WITH put AS (
    SELECT c.complaint, c.problem, c.state, c.region, r.rule
    FROM complaint AS c
    JOIN k_rule_problem AS rp ON rp.problem = c.problem
    JOIN k_rule AS r ON r.rule = rp.rule
    JOIN k_rule_state AS rs ON rs.rule = r.rule AND (rs.state = '*' OR rs.state = c.state)
    WHERE (r.starts IS NULL OR r.starts <= c.asked_on)
        AND (r.ends IS NULL OR r.ends >= c.asked_on)
),

silenced AS (
    SELECT DISTINCT general.complaint, general.rule
    FROM put AS general
    JOIN k_rival AS v ON v.rule = general.rule AND v.state = general.state
    JOIN put AS spoken ON spoken.complaint = general.complaint AND spoken.rule = v.local_rule
)

SELECT p.complaint, p.rule, p.region
FROM put AS p
LEFT JOIN silenced AS s ON s.complaint = p.complaint AND s.rule = p.rule
WHERE s.rule IS NULL
