-- Each option that fits a problem and where it stands: the policy that decides for the patient's
-- payer, its status, and what bars the option whatever the payer says: the clinical criteria, a
-- safety rule that stops it, a red flag.
WITH spoken AS (
    SELECT s.complaint, s.option, s.policy, s.status, s.earliest, r.place
    FROM statuses AS s
    JOIN asked AS c ON c.complaint = s.complaint
    JOIN k_order AS r ON r.payer = c.payer AND r.policy = s.policy
    WHERE s.status IS NOT NULL
),

decided AS (
    SELECT
        complaint,
        option,
        ARG_MIN(policy, place) AS policy,
        ARG_MIN(status, place) AS status,
        ARG_MIN(COALESCE(earliest, DATE '9999-12-31'), place) AS earliest
    FROM spoken
    GROUP BY complaint, option
),

clinical AS (
    SELECT s.complaint, s.option, MIN(s.policy) AS policy, ARG_MIN(s.status, s.policy) AS status
    FROM statuses AS s
    JOIN k_clinical AS k ON k.policy = s.policy
    WHERE s.status IS NOT NULL
    GROUP BY s.complaint, s.option
)

SELECT
    c.complaint,
    b.option,
    d.policy,
    CASE
        WHEN stops.rules IS NOT NULL OR c.red_flag OR held.is_stopped
            OR (l.status = 'contraindicated' AND l.policy IS DISTINCT FROM d.policy)
            THEN 'contraindicated'
        WHEN held.needs_more AND d.status IN ('eligible', 'wait') THEN 'needs-more'
        ELSE COALESCE(d.status, 'needs-more')
    END AS status,
    CASE WHEN held.needs_more THEN NULL WHEN d.earliest < DATE '9999-12-31' THEN d.earliest END AS due,
    stops.rules AS stopped_by,
    COALESCE(held.needs_more, FALSE) AS is_held,
    COALESCE(e.times, 0) AS times,
    e.last_on
FROM asked AS c
JOIN k_belongs AS b ON b.problem = c.problem
LEFT JOIN decided AS d ON d.complaint = c.complaint AND d.option = b.option
LEFT JOIN clinical AS l ON l.complaint = c.complaint AND l.option = b.option
LEFT JOIN stops ON stops.complaint = c.complaint AND stops.option = b.option
LEFT JOIN held ON held.complaint = c.complaint AND held.option = b.option
LEFT JOIN done AS e ON e.complaint = c.complaint AND e.option = b.option
