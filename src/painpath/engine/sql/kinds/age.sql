-- Completed years on the day asked about; a birth date known by year only may leave it open.
WITH aged AS (
    SELECT
        c.complaint,
        q.question,
        q.comparison,
        q.absent,
        c.birth_lo,
        c.asked_on,
        -- N completed years are reached on the N-th birthday.
        add_months(c.birth_hi, CAST(q.threshold AS INTEGER) * 12) AS latest_birthday,
        add_months(c.birth_lo, CAST(q.threshold AS INTEGER) * 12) AS earliest_birthday,
        add_months(c.birth_hi, CAST(q.threshold + 1 AS INTEGER) * 12) AS latest_next,
        add_months(c.birth_lo, CAST(q.threshold + 1 AS INTEGER) * 12) AS earliest_next
    FROM complaint AS c
    JOIN k_ask AS q ON q.problem = c.problem AND q.kind = 'age'
)

SELECT
    complaint,
    question,
    CASE
        WHEN birth_lo IS NULL THEN absent
        WHEN comparison = '>=' THEN CASE
            WHEN latest_birthday <= asked_on THEN 2 WHEN earliest_birthday > asked_on THEN 0 ELSE 1
        END
        WHEN comparison = '>' THEN CASE
            WHEN latest_next <= asked_on THEN 2 WHEN earliest_next > asked_on THEN 0 ELSE 1
        END
        WHEN comparison = '<' THEN CASE
            WHEN earliest_birthday > asked_on THEN 2 WHEN latest_birthday <= asked_on THEN 0 ELSE 1
        END
        WHEN earliest_next > asked_on THEN 2
        WHEN latest_next <= asked_on THEN 0
        ELSE 1
    END AS verdict,
    CASE
        WHEN comparison = '>=' AND earliest_birthday > asked_on THEN latest_birthday
        WHEN comparison = '>' AND earliest_next > asked_on THEN latest_next
    END AS due,
    CASE WHEN birth_lo IS NULL THEN 'no-date' ELSE 'found' END AS reason,
    CAST(NULL AS BIGINT[]) AS evidence
FROM aged
