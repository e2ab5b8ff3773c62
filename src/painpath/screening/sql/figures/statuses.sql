-- Where the next steps of all problems stand.
SELECT COALESCE(o.status, 'none') AS status, COUNT(*) AS problems
FROM problems AS p
LEFT JOIN options AS o
    ON o.patient = p.patient AND o.number = p.number AND o.option = p.next_step
GROUP BY ALL
ORDER BY problems DESC, status
