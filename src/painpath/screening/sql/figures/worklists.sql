-- Rows and patients of each worklist.
SELECT worklist, COUNT(*), COUNT(DISTINCT patient)
FROM worklist
GROUP BY worklist
ORDER BY worklist
