-- Reasons for which something was not used, without what differs from record to record.
SELECT
    regexp_replace(regexp_replace(why, '"[^"]*"', '"..."', 'g'), '\d+', 'n', 'g') AS reason,
    COUNT(*) AS times
FROM skips
GROUP BY reason
ORDER BY times DESC, reason
LIMIT 40
