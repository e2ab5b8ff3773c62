-- The deciding criteria of each rule asked, with their verdicts (NULL: not applicable).
-- `later` is the verdict once every cure by time has come; silence answers as the criterion states.
WITH answered AS (
    SELECT
        s.complaint,
        n.node,
        n.parent,
        n.depth,
        n.slot,
        n.exclusion,
        NULLIF(
            CASE
                WHEN n.family <> 0 AND s.region <> 0 AND (s.region & n.family) = 0 THEN -1
                ELSE COALESCE(a.verdict, n.absent)
            END,
            -1
        ) AS verdict,
        a.due
    FROM asked AS s
    JOIN k_leaf AS n ON n.rule = s.rule
    LEFT JOIN answer AS a ON a.complaint = s.complaint AND a.question = n.question
)

SELECT
    complaint,
    node,
    parent,
    depth,
    slot,
    CAST(verdict AS INTEGER) AS now,
    CAST(CASE WHEN verdict = 0 AND due IS NOT NULL THEN 2 ELSE verdict END AS INTEGER) AS later,
    CASE WHEN verdict = 0 THEN due END AS due,
    COALESCE(exclusion AND verdict = 0, FALSE) AS stops
FROM answered
