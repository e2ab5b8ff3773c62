-- Criteria of the policies that decide which are unknown for most of those whom they concern, and
-- why. What has no answer has what silence means. Of a large population a sample is looked at, the same
-- however the files are laid out.
WITH chosen AS (
    SELECT patient FROM patients ORDER BY MD5(patient) LIMIT 50000
),

-- By itself first: there are far more pairs of a problem and a criterion than steps to be asked about.
deciding AS MATERIALIZED (
    SELECT o.patient, o.number, p.problem, o.option, o.policy
    FROM options AS o
    JOIN problems AS p ON p.patient = o.patient AND p.number = o.number
    JOIN chosen AS s ON s.patient = o.patient
    WHERE o.is_next AND o.policy IS NOT NULL
),

asking AS (
    SELECT ROW_NUMBER() OVER () AS place, *
    FROM criteria
),

concerned AS (
    SELECT
        d.patient,
        CASE WHEN a.wide THEN 0 ELSE d.number END AS number,
        a.place,
        a.question,
        a.absent
    FROM deciding AS d
    JOIN asking AS a
        ON a.problem = d.problem AND a.option = d.option AND a.policy = d.policy
),

-- Counted before any text is looked at: there are many answers and few criteria.
answered AS (
    SELECT
        c.place,
        COALESCE(v.verdict, c.absent) AS verdict,
        CASE WHEN v.verdict IS NULL THEN 'nothing in the record' ELSE v.reason END AS reason,
        COUNT(*) AS times
    FROM concerned AS c
    LEFT JOIN verdicts AS v
        ON v.patient = c.patient AND v.number = c.number AND v.question = c.question
    GROUP BY ALL
),

named AS (
    SELECT a.criterion, a.text, a.ask, n.verdict, n.reason, n.times
    FROM answered AS n
    JOIN asking AS a ON a.place = n.place
),

reasons AS (
    SELECT criterion, reason, SUM(times) AS times
    FROM named
    WHERE verdict = 'unknown' AND reason IS NOT NULL
    GROUP BY criterion, reason
),

usual AS (
    SELECT criterion, FIRST(reason ORDER BY times DESC, reason) AS reason
    FROM reasons
    GROUP BY criterion
),

summed AS (
    SELECT
        criterion,
        MIN(text) AS text,
        ARG_MIN(ask, ROW(text, ask)) AS ask,
        CAST(SUM(times) AS BIGINT) AS asked,
        CAST(COALESCE(SUM(times) FILTER (WHERE verdict = 'unknown'), 0) AS BIGINT) AS unknown
    FROM named
    GROUP BY criterion
)

SELECT s.criterion, s.text, s.ask, s.asked, s.unknown, u.reason
FROM summed AS s
LEFT JOIN usual AS u ON u.criterion = s.criterion
WHERE 2 * s.unknown > s.asked
ORDER BY s.unknown DESC, s.criterion
LIMIT 30
