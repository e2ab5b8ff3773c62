-- The latest fact of each selection that some question counts from ("since the replacement").
SELECT
    m.complaint,
    m.selection,
    COALESCE(
        MAX(m.start_lo) FILTER (WHERE m.definite),
        MAX(m.start_lo)
    ) AS anchor_lo,
    MAX(m.start_hi) AS anchor_hi
FROM matched AS m
JOIN k_anchor AS a ON a.selection = m.selection
WHERE NOT m.is_order
GROUP BY m.complaint, m.selection
