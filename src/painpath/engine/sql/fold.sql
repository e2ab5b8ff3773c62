-- One level of Kleene folding: members at $depth + 1 make the verdicts of their groups at $depth.
-- all: minimum. any: maximum. at-least n: enough met, else enough possible. when: the body where the
-- condition is met, nothing where it is not. Not-applicable (NULL) members drop out.
WITH gathered AS (
    SELECT
        v.complaint,
        v.parent AS node,
        g.op,
        g.n,
        COUNT(v.now) AS applicable,
        MIN(CASE WHEN v.slot = 1 THEN v.now END) AS now_min,
        MAX(CASE WHEN v.slot = 1 THEN v.now END) AS now_max,
        SUM(CASE WHEN v.now = 2 THEN 1 ELSE 0 END) AS now_met,
        SUM(CASE WHEN v.now >= 1 THEN 1 ELSE 0 END) AS now_possible,
        MIN(CASE WHEN v.slot = 1 THEN v.later END) AS later_min,
        MAX(CASE WHEN v.slot = 1 THEN v.later END) AS later_max,
        SUM(CASE WHEN v.later = 2 THEN 1 ELSE 0 END) AS later_met,
        SUM(CASE WHEN v.later >= 1 THEN 1 ELSE 0 END) AS later_possible,
        MAX(CASE WHEN v.slot = 0 THEN v.now END) AS condition,
        MIN(CASE WHEN v.slot = 1 THEN v.due END) AS due_min,
        MAX(CASE WHEN v.slot = 1 THEN v.due END) AS due_max,
        LIST_SORT(ARRAY_AGG(v.due) FILTER (WHERE v.due IS NOT NULL)) AS dues,
        BOOL_OR(v.stops AND v.slot = 1) AS stops
    FROM value AS v
    JOIN k_group AS g ON g.node = v.parent
    WHERE v.depth = $depth + 1
    GROUP BY v.complaint, v.parent, g.op, g.n
),

judged AS (
    SELECT
        complaint,
        node,
        op,
        condition,
        CASE op
            WHEN 'any' THEN now_max
            WHEN 'at-least' THEN CASE
                WHEN applicable = 0 THEN NULL WHEN now_met >= n THEN 2 WHEN now_possible >= n THEN 1 ELSE 0
            END
            ELSE now_min
        END AS now,
        CASE op
            WHEN 'any' THEN later_max
            WHEN 'at-least' THEN CASE
                WHEN applicable = 0 THEN NULL
                WHEN later_met >= n THEN 2 WHEN later_possible >= n THEN 1 ELSE 0
            END
            ELSE later_min
        END AS later,
        CASE op WHEN 'any' THEN due_min WHEN 'at-least' THEN dues[CAST(n - now_met AS INTEGER)] ELSE due_max END AS due,
        COALESCE(stops, FALSE) AS stops
    FROM gathered
),

conditioned AS (
    SELECT
        complaint,
        node,
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
    d.complaint,
    d.node,
    g.parent,
    g.depth,
    g.slot,
    d.now,
    d.later,
    CASE WHEN d.now = 0 AND d.later > 0 THEN d.due END AS due,
    d.stops
FROM conditioned AS d
JOIN k_group AS g ON g.node = d.node
