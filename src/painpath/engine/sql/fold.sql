-- One level of Kleene folding: members at $depth + 1 make the verdicts of their groups at $depth.
-- all: minimum. any: maximum. when: the body where the condition is met, nothing where it is not.
-- Not-applicable (NULL) members drop out. `at-least` groups are counted in fold_at_least.sql.
WITH gathered AS (
    SELECT
        v.complaint,
        v.parent AS node,
        MIN(g.parent) AS parent,
        MIN(g.slot) AS slot,
        g.op,
        MIN(CASE WHEN v.slot = 1 THEN v.now END) AS now_min,
        MAX(CASE WHEN v.slot = 1 THEN v.now END) AS now_max,
        MIN(CASE WHEN v.slot = 1 THEN v.later END) AS later_min,
        MAX(CASE WHEN v.slot = 1 THEN v.later END) AS later_max,
        MAX(CASE WHEN v.slot = 0 THEN v.now END) AS condition,
        MIN(CASE WHEN v.slot = 1 THEN v.due END) AS due_min,
        MIN(CASE WHEN v.slot = 1 AND v.later = 2 THEN v.due END) AS due_cured,
        MAX(CASE WHEN v.slot = 1 THEN v.due END) AS due_max,
        BOOL_OR(v.stops AND v.slot = 1) AS stops
    FROM value AS v
    JOIN k_group AS g ON g.node = v.parent
    WHERE v.depth = $depth + 1 AND g.op <> 'at-least'
    GROUP BY v.complaint, v.parent, g.op
),

judged AS (
    SELECT
        complaint,
        node,
        parent,
        slot,
        op,
        condition,
        CASE WHEN op = 'any' THEN now_max ELSE now_min END AS now,
        CASE WHEN op = 'any' THEN later_max ELSE later_min END AS later,
        -- Of alternatives the first that time cures wholly, if there is one.
        CASE
            WHEN op = 'any' AND later_max = 2 THEN due_cured
            WHEN op = 'any' THEN due_min
            ELSE due_max
        END AS due,
        stops
    FROM gathered
),

conditioned AS (
    SELECT
        complaint,
        node,
        parent,
        slot,
        CASE
            WHEN op <> 'when' OR condition = 2 THEN now
            WHEN condition = 1 AND now < 2 THEN 1
            WHEN condition = 1 THEN now
        END AS now,
        CASE
            WHEN op <> 'when' OR condition = 2 THEN later
            WHEN condition = 1 AND later < 2 THEN 1
            WHEN condition = 1 THEN later
        END AS later,
        due,
        stops AND (op <> 'when' OR COALESCE(condition = 2, FALSE)) AS stops
    FROM judged
)

SELECT
    complaint,
    node,
    parent,
    $depth AS depth,
    slot,
    now,
    later,
    CASE WHEN now < 2 AND later > now THEN due END AS due,
    stops
FROM conditioned
