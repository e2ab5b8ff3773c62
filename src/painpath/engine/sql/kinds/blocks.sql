-- The last N diagnostic blocks in a row were positive. A negative block breaks the chain; a block
-- without recorded relief leaves it open; blocks on the same day are one. Blocks at levels that do not
-- meet prove different joints, so they are not in one row. A date known in part leaves open what hangs
-- on the order of blocks or on the days between them.
WITH ranked AS (
    SELECT
        r.*,
        q.number,
        q.spacing,
        CASE WHEN r.reports = 0 THEN 1 WHEN r.passed = 1 THEN 2 ELSE 0 END AS outcome,
        ROW_NUMBER() OVER (PARTITION BY r.complaint, r.question ORDER BY r.start_lo DESC) AS place,
        LEAD(r.start_hi) OVER (PARTITION BY r.complaint, r.question ORDER BY r.start_lo DESC)
            AS before_it,
        MAX(r.start_hi) OVER (
            PARTITION BY r.complaint, r.question
            ORDER BY r.start_lo DESC
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS earlier_hi
    FROM relieved AS r
    JOIN k_question AS q ON q.question = r.question AND q.kind = 'blocks'
),

summed AS (
    SELECT
        complaint,
        question,
        number,
        spacing,
        COUNT(*) AS n,
        MIN(CASE WHEN outcome <> 2 THEN place END) AS break_at,
        MAX(CASE WHEN place = 1 THEN outcome END) AS latest,
        -- Certainly here, and later than every other one.
        MAX(CASE WHEN place = 1 AND fit = 2 AND COALESCE(earlier_hi < start_lo, TRUE) THEN 1 ELSE 0 END)
            AS latest_sure,
        MAX(
            CASE
                WHEN place > number THEN 0
                WHEN fit < 2 OR COALESCE(earlier_hi >= start_lo, FALSE) THEN 1
                WHEN number > 1 AND start_lo <> start_hi THEN 1
                ELSE 0
            END
        ) AS unsure,
        MAX(CASE WHEN place < number AND start_lo < before_it + spacing THEN 1 ELSE 0 END) AS too_close,
        BIT_AND(CASE WHEN place <= number THEN level ELSE -1 END) AS shared_level,
        ARRAY_AGG(procedures) AS procedures,
        ARRAY_AGG(reported_in) FILTER (WHERE reported_in IS NOT NULL) AS reported_in
    FROM ranked
    GROUP BY complaint, question, number, spacing
),

broken AS (
    SELECT
        s.*,
        COALESCE(break_at - 1, n) AS run,
        (
            SELECT MAX(r.outcome)
            FROM ranked AS r
            WHERE r.complaint = s.complaint AND r.question = s.question AND r.place = s.break_at
        ) AS broken_by
    FROM summed AS s
)

SELECT
    complaint,
    question,
    CASE
        WHEN latest = 0 AND latest_sure = 1 THEN 0
        WHEN run >= number AND shared_level = 0 THEN 1
        WHEN run >= number AND unsure = 0 AND too_close = 0 THEN 2
        WHEN run >= number AND unsure = 0 THEN 0
        ELSE 1
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    CASE
        WHEN latest = 0 AND latest_sure = 1 THEN 'negative'
        WHEN unsure = 1 THEN 'possible'
        WHEN run >= number AND shared_level = 0 THEN 'levels'
        WHEN run >= number AND too_close = 1 THEN 'too-close'
        WHEN run >= number THEN 'found'
        WHEN broken_by = 1 THEN 'no-relief'
        ELSE 'fewer'
    END AS reason,
    FLATTEN(ARRAY_CONCAT(procedures, COALESCE(reported_in, []))) AS evidence
FROM broken
