-- How long the problem has lasted. The duration is added to the onset, so months are calendar months.
SELECT
    c.complaint,
    q.question,
    CASE
        WHEN c.since_hi IS NULL THEN q.absent
        WHEN q.comparison = '>=' THEN CASE
            WHEN add_months(c.since_hi, q.months) + q.days <= c.asked_on THEN 2
            WHEN add_months(c.since_lo, q.months) + q.days > c.asked_on THEN 0
            ELSE 1
        END
        WHEN q.comparison = '>' THEN CASE
            WHEN add_months(c.since_hi, q.months) + q.days < c.asked_on THEN 2
            WHEN add_months(c.since_lo, q.months) + q.days >= c.asked_on THEN 0
            ELSE 1
        END
        WHEN q.comparison = '<=' THEN CASE
            WHEN add_months(c.since_lo, q.months) + q.days >= c.asked_on THEN 2
            WHEN add_months(c.since_hi, q.months) + q.days < c.asked_on THEN 0
            ELSE 1
        END
        WHEN add_months(c.since_lo, q.months) + q.days > c.asked_on THEN 2
        WHEN add_months(c.since_hi, q.months) + q.days <= c.asked_on THEN 0
        ELSE 1
    END AS verdict,
    CASE
        WHEN q.comparison = '>=' AND add_months(c.since_lo, q.months) + q.days > c.asked_on
            THEN add_months(c.since_hi, q.months) + q.days
        WHEN q.comparison = '>' AND add_months(c.since_lo, q.months) + q.days >= c.asked_on
            THEN add_months(c.since_hi, q.months) + q.days + 1
    END AS due,
    CASE
        WHEN c.since_hi IS NULL THEN 'no-date'
        WHEN c.since_lo <> c.since_hi THEN 'partial-date'
        ELSE 'found'
    END AS reason,
    CASE WHEN c.since_fact IS NULL THEN c.evidence ELSE [c.since_fact] END AS evidence
FROM complaint AS c
JOIN k_ask AS q ON q.problem = c.problem AND q.kind = 'lasted'
