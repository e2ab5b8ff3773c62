-- Is there no such fact? Not met only if no later "no" is possible, met by a "no" only if no later
-- "yes" is. An event in a window (no needle within 3 months) is cured by time.
WITH asked AS (
    SELECT
        s.complaint,
        s.asked_on,
        q.question,
        q.reach,
        q.absent,
        q.active,
        q.has_window,
        q.within_months,
        q.within_days,
        CASE WHEN q.active THEN s.sure_yes_active ELSE s.sure_yes END AS sure_yes,
        CASE WHEN q.active THEN s.any_yes_active ELSE s.any_yes END AS any_yes,
        CASE WHEN q.active THEN s.sure_no_active ELSE s.sure_no END AS sure_no,
        CASE WHEN q.active THEN s.any_no_active ELSE s.any_no END AS any_no,
        -- Counted from: nothing (-1), the onset (-2), or the latest fact of another selection.
        CASE q.anchor WHEN -1 THEN NULL WHEN -2 THEN c.since_lo ELSE d.anchor_lo END AS from_lo,
        CASE q.anchor
            WHEN -1 THEN DATE '0001-01-01' WHEN -2 THEN c.since_hi ELSE d.anchor_hi
        END AS from_hi
    FROM seen AS s
    JOIN k_ask AS q ON q.problem = s.problem AND q.selection = s.selection AND q.kind = 'absent'
    JOIN complaint AS c ON c.complaint = s.complaint
    LEFT JOIN dated AS d ON d.complaint = s.complaint AND d.selection = q.anchor
),

-- Windows are calendar-exact and counted forward from the fact: start + window >= day.
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
        CASE
            WHEN sure_yes >= from_hi
                AND (NOT has_window OR add_months(sure_yes, within_months) + within_days >= asked_on)
                THEN sure_yes
        END AS sure_yes,
        CASE
            WHEN (from_lo IS NULL OR any_yes >= from_lo)
                AND (NOT has_window OR add_months(any_yes, within_months) + within_days >= asked_on)
                THEN any_yes
        END AS any_yes,
        CASE
            WHEN sure_no >= from_hi
                AND (NOT has_window OR add_months(sure_no, within_months) + within_days >= asked_on)
                THEN sure_no
        END AS sure_no,
        CASE
            WHEN (from_lo IS NULL OR any_no >= from_lo)
                AND (NOT has_window OR add_months(any_no, within_months) + within_days >= asked_on)
                THEN any_no
        END AS any_no
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
