-- Status of an option under a policy: all of the policy's rules for it together.
-- eligible: met. wait: time cures all that is lacking. needs-more: something is unknown.
-- contraindicated: an exclusion is certainly there. NULL: the policy states a position, no criteria.
SELECT
    o.complaint,
    r.policy,
    ro.option,
    CASE
        WHEN BOOL_OR(o.stops) THEN 'contraindicated'
        WHEN MIN(o.now) = 2 THEN 'eligible'
        WHEN MIN(o.later) = 2 THEN 'wait'
        WHEN MIN(o.later) = 1 THEN 'needs-more'
        WHEN MIN(o.later) = 0 THEN 'not-met'
    END AS status,
    CASE WHEN MIN(o.later) > 0 AND NOT BOOL_OR(o.stops) THEN MAX(o.due) END AS earliest
FROM outcome AS o
JOIN k_rule AS r ON r.rule = o.rule AND r.purpose = 'criteria'
JOIN complaint AS c ON c.complaint = o.complaint
JOIN k_rule_option AS ro ON ro.rule = o.rule AND ro.problem = c.problem
GROUP BY o.complaint, r.policy, ro.option
