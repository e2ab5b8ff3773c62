-- The first day of each rolling window, for each day asked about: a fact counts if it began then or
-- later. Windows are calendar-exact and counted forward from the fact, start + window >= day; for
-- counts and sums (`strict`) the day start + window is free again. Counting back clips at a short
-- month's end, from where the window would fall short: then it opens a day later.
WITH day AS (
    SELECT DISTINCT asked_on FROM patient
),

reached AS (
    SELECT
        d.asked_on,
        s.span,
        s.months,
        d.asked_on + CASE WHEN s.strict THEN 1 ELSE 0 END - s.days AS until
    FROM day AS d
    CROSS JOIN k_span AS s
)

SELECT
    asked_on,
    span,
    CASE
        WHEN span = 0 THEN DATE '0001-01-01'
        WHEN add_months(add_months(until, -months), months) >= until THEN add_months(until, -months)
        ELSE add_months(until, -months) + 1
    END AS opens
FROM reached
