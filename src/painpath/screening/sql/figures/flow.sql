-- Where problems stand with the first rung of a ladder, and those who had it with the next one.
SELECT
    CASE WHEN a.times > 0 THEN 'done' ELSE a.status END AS first,
    CASE WHEN a.times = 0 AND b.times = 0 THEN '-' WHEN b.times > 0 THEN 'done' ELSE b.status END
        AS later,
    COUNT(*) AS problems
FROM options AS a
JOIN options AS b ON b.patient = a.patient AND b.number = a.number AND b.option = $later
WHERE a.option = $first
GROUP BY ALL
ORDER BY ALL
