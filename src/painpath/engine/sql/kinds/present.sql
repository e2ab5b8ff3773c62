-- Is there such a fact? A later "no" (a finding recorded as false) outweighs an earlier "yes"; on the
-- same day the "yes" stands. Met only if no "no" can be later, not met only if no "yes" can be.
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
    JOIN k_ask AS q ON q.problem = s.problem AND q.selection = s.selection AND q.kind = 'present'
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
)

SELECT
    f.complaint,
    f.question,
    CASE
        WHEN f.any_yes IS NULL AND f.any_no IS NULL THEN f.absent
        WHEN f.sure_yes IS NOT NULL AND COALESCE(f.sure_yes >= f.any_no, TRUE) THEN 2
        WHEN f.sure_no IS NOT NULL AND COALESCE(f.sure_no > f.any_yes, TRUE) THEN 0
        ELSE 1
    END AS verdict,
    CAST(NULL AS DATE) AS due,
    CASE
        WHEN f.any_yes IS NULL AND f.any_no IS NULL THEN 'outside'
        WHEN f.sure_yes IS NOT NULL AND COALESCE(f.sure_yes >= f.any_no, TRUE) THEN 'found'
        WHEN f.sure_no IS NOT NULL AND COALESCE(f.sure_no > f.any_yes, TRUE) THEN 'negative'
        ELSE 'possible'
    END AS reason,
    COALESCE(w.fitting, w.looked_at) AS evidence
FROM fitting AS f
LEFT JOIN witness AS w ON w.complaint = f.complaint AND w.reach = f.reach
