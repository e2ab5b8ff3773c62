-- Codes that look like pain and that no concept knows.
SELECT system, code, display, number FROM codes ORDER BY number DESC, code, display LIMIT 60
