-- One level of Kleene folding: members at $depth + 1 make the verdicts of their groups at $depth.
-- all: minimum. any: maximum. at-least n: enough met, else enough possible. when: the body where the
-- condition is met, nothing where it is not. Not-applicable (NULL) members drop out.
WITH member AS (
    SELECT
        v.*,
        g.op,
        g.n,
        COUNT(*) FILTER (WHERE v.now = 2) OVER (PARTITION BY v.complaint, v.parent) AS met,
        ROW_NUMBER() OVER (PARTITION BY v.complaint, v.parent ORDER BY v.due NULLS LAST) AS turn
    FROM value AS v
    JOIN k_group AS g ON g.node = v.parent
    WHERE v.depth = $depth + 1
),

gathered AS (
    SELECT
        complaint,
        parent AS node,
        op,
        n,
        COUNT(now) AS applicable,
        MIN(now) FILTER (WHERE slot = 1) AS now_min,
        MAX(now) FILTER (WHERE slot = 1) AS now_max,
        COUNT(*) FILTER (WHERE now = 2) AS now_met,
        COUNT(*) FILTER (WHERE now >= 1) AS now_possible,
        MIN(later) FILTER (WHERE slot = 1) AS later_min,
        MAX(later) FILTER (WHERE slot = 1) AS later_max,
        COUNT(*) FILTER (WHERE later = 2) AS later_met,
        COUNT(*) FILTER (WHERE later >= 1) AS later_possible,
        MAX(now) FILTER (WHERE slot = 0) AS condition,
        MIN(due) FILTER (WHERE slot = 1) AS due_min,
        MAX(due) FILTER (WHERE slot = 1) AS due_max,
        MAX(due) FILTER (WHERE turn <= n - met) AS due_nth,
        BOOL_OR(stops) FILTER (WHERE slot = 1) AS stops
    FROM member
    GROUP BY complaint, parent, op, n
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
        CASE op WHEN 'any' THEN due_min WHEN 'at-least' THEN due_nth ELSE due_max END AS due,
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
