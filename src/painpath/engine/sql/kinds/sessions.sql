-- Sessions (calendar days) in the rolling window. A date known only by month or year is one more
-- possible session. The cap frees itself when the K-th most recent session leaves the window.
WITH days AS (
    SELECT
        t.complaint,
        t.problem,
        t.reach,
        t.start_lo AS day,
        t.start_lo = t.start_hi AS is_exact,
        MAX(t.fit) AS fit
    FROM tested AS t
    WHERE t.kind = 'sessions' AND t.fit > 0 AND NOT t.negative
    GROUP BY
        t.complaint,
        t.problem,
        t.reach,
        t.start_lo,
        t.start_lo = t.start_hi,
        CASE WHEN t.start_lo = t.start_hi THEN -1 ELSE t.fact END
),

ranked AS (
    SELECT
        d.*,
        ROW_NUMBER() OVER (
            PARTITION BY d.complaint, d.reach, d.is_exact AND d.fit = 2
            ORDER BY d.day DESC
        ) AS recency
    FROM days AS d
),

counted AS (
    SELECT
        r.complaint,
        r.reach,
        q.question,
        q.comparison,
        q.threshold,
        q.within_months,
        q.within_days,
        SUM(CASE WHEN r.fit = 2 AND r.is_exact THEN 1 ELSE 0 END) AS exact_days,
        MAX(CASE WHEN r.fit = 2 AND NOT r.is_exact THEN 1 ELSE 0 END) AS certain_partial,
        COUNT(*) AS at_most,
        MAX(
            CASE
                WHEN r.fit = 2 AND r.is_exact AND q.has_window
                AND r.recency = CASE WHEN q.comparison = '<' THEN q.threshold ELSE q.threshold + 1 END
                THEN r.day
            END
        ) AS frees
    FROM ranked AS r
    JOIN k_ask AS q ON q.problem = r.problem AND q.reach = r.reach
    GROUP BY
        r.complaint, r.reach, q.question, q.comparison, q.threshold, q.within_months, q.within_days
),

bounded AS (
    SELECT
        c.*,
        CASE WHEN exact_days = 0 THEN certain_partial ELSE exact_days END AS at_least
    FROM counted AS c
)

SELECT
    b.complaint,
    b.question,
    CASE
        WHEN comparison = '<'
            THEN CASE WHEN at_most < threshold THEN 2 WHEN at_least >= threshold THEN 0 ELSE 1 END
        WHEN comparison = '<='
            THEN CASE WHEN at_most <= threshold THEN 2 WHEN at_least > threshold THEN 0 ELSE 1 END
        WHEN comparison = '>='
            THEN CASE WHEN at_least >= threshold THEN 2 WHEN at_most < threshold THEN 0 ELSE 1 END
        WHEN at_least > threshold THEN 2
        WHEN at_most <= threshold THEN 0
        ELSE 1
    END AS verdict,
    CASE
        WHEN comparison IN ('<', '<=')
            AND at_least >= CASE WHEN comparison = '<' THEN threshold ELSE threshold + 1 END
            THEN add_months(frees, within_months) + within_days
    END AS due,
    CASE WHEN at_least = at_most THEN 'found' ELSE 'possible' END AS reason,
    w.fitting_yes AS evidence
FROM bounded AS b
LEFT JOIN witness AS w ON w.complaint = b.complaint AND w.reach = b.reach
