-- Where problems stand with the first rung of each ladder, and those who had it with the next one.
SELECT
    l.place,
    CASE WHEN a.times > 0 THEN 'done' ELSE a.status END AS first,
    CASE WHEN a.times = 0 AND b.times = 0 THEN '-' WHEN b.times > 0 THEN 'done' ELSE b.status END
        AS later,
    COUNT(*) AS problems
FROM ladders AS l
JOIN options AS a ON a.option = l.first
JOIN options AS b ON b.patient = a.patient AND b.number = a.number AND b.option = l.later
GROUP BY ALL
ORDER BY ALL
