-- The latest "yes" and the latest "no" of each selection: certain (its place is sure; the day it
-- happened at the earliest) and possible (the day at the latest). Windows and "since" only ask
-- whether a day is late enough, so the latest day answers for all. `active`: of what still holds.
-- Orders are wishes: they make a row, so that the answer can say that something was found, no more.
SELECT
    complaint,
    problem,
    selection,
    MIN(asked_on) AS asked_on,
    MAX(CASE WHEN definite AND NOT negative AND NOT is_order THEN start_lo END) AS sure_yes,
    MAX(CASE WHEN NOT negative AND NOT is_order THEN start_hi END) AS any_yes,
    MAX(CASE WHEN definite AND negative AND NOT is_order THEN start_lo END) AS sure_no,
    MAX(CASE WHEN negative AND NOT is_order THEN start_hi END) AS any_no,
    MAX(
        CASE
            WHEN definite AND NOT negative AND NOT is_order AND (open OR end_lo >= asked_on) THEN start_lo
        END
    ) AS sure_yes_active,
    MAX(
        CASE WHEN NOT negative AND NOT is_order AND (open OR end_hi >= asked_on) THEN start_hi END
    ) AS any_yes_active,
    MAX(
        CASE
            WHEN definite AND negative AND NOT is_order AND (open OR end_lo >= asked_on) THEN start_lo
        END
    ) AS sure_no_active,
    MAX(
        CASE WHEN negative AND NOT is_order AND (open OR end_hi >= asked_on) THEN start_hi END
    ) AS any_no_active
FROM matched
WHERE (uses & 1) <> 0
GROUP BY complaint, problem, selection
