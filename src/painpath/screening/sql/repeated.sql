-- Patients in whom a procedure was done again although no relief worth the name was recorded after
-- those before. Regions are told apart; a procedure without one counts with none.
WITH days AS (
    SELECT
        patient,
        region,
        start_lo,
        MAX(best) AS best,
        MIN(ref) AS ref,
        MIN(best_ref) AS best_ref
    FROM relieved
    WHERE start_lo > CAST($day AS DATE) - to_months($months) - to_days($days) AND start_lo <= $day
    GROUP BY patient, region, start_lo
),

ranked AS (
    SELECT *, start_lo = MAX(start_lo) OVER (PARTITION BY patient, region) AS is_last
    FROM days
)

SELECT
    patient,
    region,
    COUNT(*) AS times,
    MAX(start_lo) AS last_on,
    MAX(CASE WHEN NOT is_last THEN best END) AS best,
    LIST(ref ORDER BY start_lo) AS refs,
    LIST(best_ref ORDER BY start_lo) FILTER (WHERE best_ref IS NOT NULL AND NOT is_last) AS reliefs
FROM ranked
GROUP BY patient, region
HAVING COUNT(*) >= $least
