-- Criteria of the policies that decide which are unknown for most of those whom they concern, and
-- why. What has no answer has what silence means. Of a large population a sample is looked at, the same
-- however the files are laid out.
WITH chosen AS (
    SELECT patient FROM patients ORDER BY MD5(patient) LIMIT 50000
),

deciding AS (
    SELECT o.patient, o.number, p.problem, o.option, o.policy
    FROM options AS o
    JOIN problems AS p ON p.patient = o.patient AND p.number = o.number
    JOIN chosen AS s ON s.patient = o.patient
    WHERE o.is_next AND o.policy IS NOT NULL
),

concerned AS (
    SELECT
        d.patient,
        CASE WHEN c.wide THEN 0 ELSE d.number END AS number,
        c.criterion,
        c.text,
        c.question,
        c.absent,
        c.ask
    FROM deciding AS d
    JOIN criteria AS c
        ON c.problem = d.problem AND c.option = d.option AND c.policy = d.policy
),

answered AS (
    SELECT
        c.criterion,
        c.text,
        c.ask,
        COALESCE(v.verdict, c.absent) AS verdict,
        CASE WHEN v.verdict IS NULL THEN 'nothing in the record' ELSE v.reason END AS reason
    FROM concerned AS c
    LEFT JOIN verdicts AS v
        ON v.patient = c.patient AND v.number = c.number AND v.question = c.question
)

SELECT
    criterion,
    MIN(text) AS text,
    ARG_MIN(ask, ROW(text, ask)) AS ask,
    COUNT(*) AS asked,
    COUNT(*) FILTER (WHERE verdict = 'unknown') AS unknown,
    MODE(reason ORDER BY reason) FILTER (WHERE verdict = 'unknown') AS reason
FROM answered
GROUP BY criterion
HAVING 2 * COUNT(*) FILTER (WHERE verdict = 'unknown') > COUNT(*)
ORDER BY unknown DESC, criterion
LIMIT 30
