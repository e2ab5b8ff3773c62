-- The latest fact of each selection that some question counts from ("since the replacement").
-- A status code says that it was done, not when: it counts only where no operation is on record, and
-- then by its first mention, which is on or after the day itself.
WITH dated AS (
    SELECT
        m.complaint,
        m.selection,
        MAX(CASE WHEN m.definite AND NOT m.is_status THEN m.start_lo END) AS certain_lo,
        MAX(CASE WHEN NOT m.is_status THEN m.start_lo END) AS done_lo,
        MAX(CASE WHEN NOT m.is_status THEN m.start_hi END) AS done_hi,
        MIN(CASE WHEN m.is_status THEN m.start_lo END) AS noted_lo,
        MIN(CASE WHEN m.is_status THEN m.start_hi END) AS noted_hi
    FROM matched AS m
    JOIN k_anchor AS a ON a.selection = m.selection
    WHERE NOT m.is_order
    GROUP BY m.complaint, m.selection
)

SELECT
    complaint,
    selection,
    COALESCE(certain_lo, done_lo, noted_lo) AS anchor_lo,
    COALESCE(done_hi, noted_hi) AS anchor_hi
FROM dated
