-- A measured value against a threshold.
-- latest: the last entry on the last full date, together with every value that may be later (a partial
-- date, a place not recorded): all of them must agree. highest <= N asks it of all values,
-- highest >= N of one; lowest the other way round.
WITH valued AS (
    SELECT
        t.complaint,
        t.problem,
        t.reach,
        t.fact,
        t.fit,
        t.value,
        t.start_lo,
        t.start_hi,
        t.fit = 2 AND t.start_lo = t.start_hi AS is_certain,
        -- Orders entries by day, then by entry.
        CAST(DATE_DIFF('day', DATE '1900-01-01', t.start_lo) AS BIGINT) * 100000000000 + t.fact AS entry
    FROM tested AS t
    WHERE t.kind = 'score'
),

summed AS (
    SELECT
        complaint,
        problem,
        reach,
        SUM(CASE WHEN fit > 0 AND value IS NOT NULL THEN 1 ELSE 0 END) AS n,
        SUM(CASE WHEN fit = 2 AND value IS NOT NULL THEN 1 ELSE 0 END) AS certain,
        MAX(CASE WHEN fit = 2 AND value IS NOT NULL THEN start_lo END) AS latest_lo,
        ARG_MAX(value, entry) FILTER (WHERE is_certain AND value IS NOT NULL) AS last_value,
        ARG_MAX(fact, entry) FILTER (WHERE is_certain AND value IS NOT NULL) AS last_fact,
        ARG_MAX(start_lo, entry) FILTER (WHERE is_certain AND value IS NOT NULL) AS last_day,
        ARG_MAX(fact, entry) AS seen,
        MAX(CASE WHEN fit = 2 THEN value END) AS highest_certain,
        MAX(CASE WHEN fit > 0 THEN value END) AS highest,
        MIN(CASE WHEN fit = 2 THEN value END) AS lowest_certain,
        MIN(CASE WHEN fit > 0 THEN value END) AS lowest,
        ARG_MAX(fact, ROW(value, entry)) FILTER (WHERE fit > 0 AND value IS NOT NULL) AS highest_fact,
        ARG_MIN(fact, ROW(value, entry)) FILTER (WHERE fit > 0 AND value IS NOT NULL) AS lowest_fact
    FROM valued
    GROUP BY complaint, problem, reach
),

-- Values that may be later than the last certain one.
rival AS (
    SELECT
        v.complaint,
        v.reach,
        MIN(v.value) AS lowest,
        MAX(v.value) AS highest,
        ARRAY_AGG(v.fact) AS facts
    FROM valued AS v
    JOIN summed AS s ON s.complaint = v.complaint AND s.reach = v.reach
    WHERE NOT v.is_certain AND v.fit > 0 AND v.value IS NOT NULL
        AND (s.latest_lo IS NULL OR v.start_hi >= s.latest_lo)
    GROUP BY v.complaint, v.reach
),

chosen AS (
    SELECT
        s.complaint,
        q.question,
        s.n,
        s.certain,
        s.seen,
        q.pick,
        q.absent,
        q.comparison,
        q.threshold,
        (q.pick = 'highest' AND q.comparison IN ('>=', '>'))
        OR (q.pick = 'lowest' AND q.comparison IN ('<=', '<')) AS one_is_enough,
        CASE q.pick
            WHEN 'highest' THEN s.highest_certain
            WHEN 'lowest' THEN s.lowest_certain
            ELSE LEAST(CASE WHEN s.last_day >= s.latest_lo THEN s.last_value END, r.lowest)
        END AS one,
        CASE q.pick
            WHEN 'highest' THEN s.highest
            WHEN 'lowest' THEN s.lowest
            ELSE GREATEST(CASE WHEN s.last_day >= s.latest_lo THEN s.last_value END, r.highest)
        END AS other,
        CASE
            WHEN q.pick = 'highest' THEN [s.highest_fact]
            WHEN q.pick = 'lowest' THEN [s.lowest_fact]
            WHEN NOT COALESCE(s.last_day >= s.latest_lo, FALSE) THEN r.facts
            ELSE ARRAY_CONCAT([s.last_fact], COALESCE(r.facts, []))
        END AS counting
    FROM summed AS s
    JOIN k_ask AS q ON q.problem = s.problem AND q.reach = s.reach
    LEFT JOIN rival AS r ON r.complaint = s.complaint AND r.reach = s.reach
),

judged AS (
    SELECT
        c.*,
        CASE comparison
            WHEN '>=' THEN one >= threshold
            WHEN '>' THEN one > threshold
            WHEN '<=' THEN one <= threshold
            ELSE one < threshold
        END AS one_passes,
        CASE comparison
            WHEN '>=' THEN other >= threshold
            WHEN '>' THEN other > threshold
            WHEN '<=' THEN other <= threshold
            ELSE other < threshold
        END AS other_passes
    FROM chosen AS c
)

SELECT
    complaint,
    question,
    CASE
        WHEN n = 0 THEN absent
        WHEN certain = 0 THEN 1
        -- latest: `one` and `other` are the extremes of what may be the latest value
        WHEN pick = 'latest' THEN CASE
            WHEN one_passes AND other_passes THEN 2 WHEN one_passes OR other_passes THEN 1 ELSE 0
        END
        -- extremes: `one` among the certain values, `other` among all
        WHEN one_is_enough THEN CASE WHEN one_passes THEN 2 WHEN other_passes THEN 1 ELSE 0 END
        WHEN NOT one_passes THEN 0
        WHEN other_passes THEN 2
        ELSE 1
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    CASE WHEN n = 0 THEN 'outside' WHEN certain = 0 THEN 'possible' ELSE 'found' END AS reason,
    CASE WHEN n = 0 THEN [seen] ELSE counting END AS evidence
FROM judged
