-- Sessions (calendar days) in the rolling window. A date known only by month or year is one more
-- possible session. The cap frees itself when the K-th most recent session leaves the window.
WITH days AS (
    SELECT
        t.*,
        DENSE_RANK() OVER (
            PARTITION BY t.complaint, t.question,
            CASE WHEN t.fit = 2 AND t.start_lo = t.start_hi THEN 1 ELSE 0 END
            ORDER BY t.start_lo DESC
        ) AS recency
    FROM tested AS t
    WHERE t.kind = 'sessions' AND t.fit > 0 AND NOT t.negative
),

counted AS (
    SELECT
        d.complaint,
        d.question,
        q.comparison,
        q.threshold,
        COUNT(DISTINCT d.start_lo) FILTER (WHERE d.fit = 2 AND d.start_lo = d.start_hi) AS exact_days,
        COUNT(*) FILTER (WHERE d.fit = 2 AND d.start_lo <> d.start_hi) AS certain_partial,
        COUNT(DISTINCT d.start_lo) FILTER (WHERE d.start_lo = d.start_hi) AS all_days,
        COUNT(*) FILTER (WHERE d.start_lo <> d.start_hi) AS all_partial,
        MAX(d.start_lo) FILTER (
            WHERE d.fit = 2 AND d.start_lo = d.start_hi AND q.has_window
            AND d.recency = CASE WHEN q.comparison = '<' THEN q.threshold ELSE q.threshold + 1 END
        ) AS frees,
        q.within_months,
        q.within_days,
        ARRAY_AGG(d.fact) AS evidence
    FROM days AS d
    JOIN k_question AS q ON q.question = d.question
    GROUP BY d.complaint, d.question, q.comparison, q.threshold, q.within_months, q.within_days
),

bounded AS (
    SELECT
        c.*,
        CASE WHEN exact_days = 0 AND certain_partial > 0 THEN 1 ELSE exact_days END AS at_least,
        all_days + all_partial AS at_most
    FROM counted AS c
)

SELECT
    complaint,
    question,
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
    evidence
FROM bounded
