-- A measured value against a threshold. `latest`: every value that may be the latest (partial dates
-- overlap) must agree. Of two values at the same full date the later entry counts.
WITH valued AS (
    SELECT
        t.*,
        q.pick,
        q.absent,
        CASE q.comparison
            WHEN '>=' THEN t.value >= q.threshold
            WHEN '>' THEN t.value > q.threshold
            WHEN '<=' THEN t.value <= q.threshold
            ELSE t.value < q.threshold
        END AS passes,
        -- highest <= N asks it of all values, highest >= N of one; lowest the other way round.
        (q.pick = 'highest' AND q.comparison IN ('>=', '>'))
        OR (q.pick = 'lowest' AND q.comparison IN ('<=', '<')) AS one_is_enough,
        MAX(CASE WHEN t.fit = 2 AND t.value IS NOT NULL THEN t.start_lo END)
            OVER (PARTITION BY t.complaint, t.question) AS latest_lo,
        MAX(CASE WHEN t.fit > 0 AND t.value IS NOT NULL AND t.start_lo = t.start_hi THEN t.fact END)
            OVER (PARTITION BY t.complaint, t.question, t.start_lo, t.fit) AS last_entry
    FROM tested AS t
    JOIN k_question AS q ON q.question = t.question
    WHERE t.kind = 'score'
),

counted AS (
    SELECT
        complaint,
        question,
        pick,
        absent,
        one_is_enough,
        fit > 0 AND value IS NOT NULL
        AND (
            pick <> 'latest'
            OR (
                (latest_lo IS NULL OR start_hi >= latest_lo)
                AND (start_lo <> start_hi OR fact = last_entry)
            )
        ) AS counts,
        fit,
        passes,
        fact
    FROM valued
),

summed AS (
    SELECT
        complaint,
        question,
        pick,
        absent,
        one_is_enough,
        COUNT(*) FILTER (WHERE counts) AS n,
        COUNT(*) FILTER (WHERE counts AND fit = 2) AS certain,
        COUNT(*) FILTER (WHERE counts AND passes) AS passing,
        COUNT(*) FILTER (WHERE counts AND passes AND fit = 2) AS certainly_passing,
        COUNT(*) FILTER (WHERE counts AND NOT passes AND fit = 2) AS certainly_failing,
        ARRAY_AGG(fact) FILTER (WHERE counts) AS counting,
        ARRAY_AGG(fact) AS seen
    FROM counted
    GROUP BY complaint, question, pick, absent, one_is_enough
)

SELECT
    complaint,
    question,
    CASE
        WHEN n = 0 THEN absent
        WHEN certain = 0 THEN 1
        WHEN pick = 'latest' THEN CASE WHEN passing = n THEN 2 WHEN passing = 0 THEN 0 ELSE 1 END
        WHEN one_is_enough
            THEN CASE WHEN certainly_passing > 0 THEN 2 WHEN passing > 0 THEN 1 ELSE 0 END
        WHEN certainly_failing > 0 THEN 0
        WHEN passing = n THEN 2
        ELSE 1
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    CASE WHEN n = 0 THEN 'outside' WHEN certain = 0 THEN 'possible' ELSE 'found' END AS reason,
    COALESCE(counting, seen) AS evidence
FROM summed
