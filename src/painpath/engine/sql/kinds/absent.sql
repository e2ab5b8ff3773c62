-- Is there no such fact? Not met only if no later "no" is possible, met by a "no" only if no later
-- "yes" is. An event in a window (no needle within 3 months) is cured by time.
WITH asked AS (
    SELECT
        s.complaint,
        q.question,
        q.reach,
        q.absent,
        q.active,
        q.has_window,
        q.within_months,
        q.within_days,
        w.opens,
        CASE WHEN q.active THEN s.sure_yes_active ELSE s.sure_yes END AS sure_yes,
        CASE WHEN q.active THEN s.any_yes_active ELSE s.any_yes END AS any_yes,
        CASE WHEN q.active THEN s.sure_no_active ELSE s.sure_no END AS sure_no,
        CASE WHEN q.active THEN s.any_no_active ELSE s.any_no END AS any_no,
        d.anchor_lo AS from_lo,
        CASE WHEN q.anchor = -1 THEN DATE '0001-01-01' ELSE d.anchor_hi END AS from_hi
    FROM seen AS s
    JOIN k_ask AS q ON q.problem = s.problem AND q.selection = s.selection AND q.kind = 'absent'
    JOIN spell AS w ON w.asked_on = s.asked_on AND w.span = q.span
    LEFT JOIN dated AS d ON d.complaint = s.complaint AND d.selection = q.anchor
),

fitting AS (
    SELECT
        complaint,
        question,
        reach,
        absent,
        active,
        has_window,
        within_months,
        within_days,
        CASE WHEN sure_yes >= opens AND sure_yes >= from_hi THEN sure_yes END AS sure_yes,
        CASE WHEN any_yes >= opens AND any_yes >= COALESCE(from_lo, opens) THEN any_yes END AS any_yes,
        CASE WHEN sure_no >= opens AND sure_no >= from_hi THEN sure_no END AS sure_no,
        CASE WHEN any_no >= opens AND any_no >= COALESCE(from_lo, opens) THEN any_no END AS any_no
    FROM asked
),

judged AS (
    SELECT
        f.*,
        CASE
            WHEN any_yes IS NULL AND sure_no IS NULL THEN absent
            WHEN sure_no IS NOT NULL AND COALESCE(sure_no > any_yes, TRUE) THEN 2
            WHEN sure_yes IS NOT NULL AND COALESCE(sure_yes >= any_no, TRUE) THEN 0
            ELSE 1
        END AS verdict
    FROM fitting AS f
)

SELECT
    j.complaint,
    j.question,
    j.verdict,
    CASE
        WHEN j.verdict = 0 AND j.any_yes IS NOT NULL AND j.has_window AND NOT j.active
            THEN add_months(j.any_yes, j.within_months) + j.within_days + 1
    END AS due,
    CASE
        WHEN j.any_yes IS NULL AND j.sure_no IS NULL THEN 'none'
        WHEN j.verdict = 2 THEN 'negative'
        WHEN j.verdict = 0 THEN 'found'
        ELSE 'possible'
    END AS reason,
    CASE WHEN j.any_yes IS NULL OR j.verdict = 2 THEN w.sure_no ELSE w.fitting_yes END AS evidence
FROM judged AS j
LEFT JOIN witness AS w ON w.complaint = j.complaint AND w.reach = j.reach
