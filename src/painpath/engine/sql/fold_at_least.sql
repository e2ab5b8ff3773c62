-- Groups that want at least n of their members: enough met, else enough possible. Time cures the group
-- on the day on which enough members will be met.
WITH gathered AS (
    SELECT
        v.complaint,
        v.parent AS node,
        MIN(g.parent) AS parent,
        MIN(g.slot) AS slot,
        g.n,
        COUNT(v.now) AS applicable,
        CAST(SUM(CASE WHEN v.now = 2 THEN 1 ELSE 0 END) AS INTEGER) AS now_met,
        SUM(CASE WHEN v.now >= 1 THEN 1 ELSE 0 END) AS now_possible,
        SUM(CASE WHEN v.later = 2 THEN 1 ELSE 0 END) AS later_met,
        SUM(CASE WHEN v.later >= 1 THEN 1 ELSE 0 END) AS later_possible,
        LIST_SORT(ARRAY_AGG(v.due) FILTER (WHERE v.later = 2 AND v.due IS NOT NULL)) AS dues,
        MAX(v.due) AS due_max,
        BOOL_OR(v.stops) AS stops
    FROM value AS v
    JOIN k_group AS g ON g.node = v.parent
    WHERE v.depth = $depth + 1 AND g.op = 'at-least'
    GROUP BY v.complaint, v.parent, g.n
),

judged AS (
    SELECT
        complaint,
        node,
        parent,
        slot,
        CASE
            WHEN applicable = 0 THEN NULL WHEN now_met >= n THEN 2 WHEN now_possible >= n THEN 1 ELSE 0
        END AS now,
        CASE
            WHEN applicable = 0 THEN NULL
            WHEN later_met >= n THEN 2 WHEN later_possible >= n THEN 1 ELSE 0
        END AS later,
        -- With an unknown member there may be fewer days than members lacking: then the last one.
        CASE WHEN now_met < n THEN COALESCE(dues[n - now_met], due_max) END AS due,
        stops
    FROM gathered
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
FROM judged
