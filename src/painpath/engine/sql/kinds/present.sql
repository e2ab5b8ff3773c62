-- Is there such a fact? A later "no" (a finding recorded as false) outweighs an earlier "yes"; on the
-- same day the "yes" stands. Met only if no "no" can be later, not met only if no "yes" can be.
WITH asked AS (
    SELECT
        s.complaint,
        q.question,
        q.reach,
        q.absent,
        w.opens,
        CASE WHEN q.active THEN s.sure_yes_active ELSE s.sure_yes END AS sure_yes,
        CASE WHEN q.active THEN s.any_yes_active ELSE s.any_yes END AS any_yes,
        CASE WHEN q.active THEN s.sure_no_active ELSE s.sure_no END AS sure_no,
        CASE WHEN q.active THEN s.any_no_active ELSE s.any_no END AS any_no,
        d.anchor_lo AS from_lo,
        CASE WHEN q.anchor = -1 THEN DATE '0001-01-01' ELSE d.anchor_hi END AS from_hi
    FROM seen AS s
    JOIN k_ask AS q ON q.problem = s.problem AND q.selection = s.selection AND q.kind = 'present'
    JOIN spell AS w ON w.asked_on = s.asked_on AND w.span = q.span
    LEFT JOIN dated AS d ON d.complaint = s.complaint AND d.selection = q.anchor
),

fitting AS (
    SELECT
        complaint,
        question,
        reach,
        absent,
        CASE WHEN sure_yes >= opens AND sure_yes >= from_hi THEN sure_yes END AS sure_yes,
        CASE WHEN any_yes >= opens AND any_yes >= COALESCE(from_lo, opens) THEN any_yes END AS any_yes,
        CASE WHEN sure_no >= opens AND sure_no >= from_hi THEN sure_no END AS sure_no,
        CASE WHEN any_no >= opens AND any_no >= COALESCE(from_lo, opens) THEN any_no END AS any_no
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
