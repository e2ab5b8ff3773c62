-- Facts that satisfy a term of a problem's recognition, on the day asked about.
-- A condition must still hold; a procedure, finding or image only has to have happened. A negative
-- finding (value 0) never recognises anything. Orders are wishes, not facts.
SELECT
    f.patient,
    t.way,
    t.term,
    t.negative,
    t.gives_since,
    t.problem,
    f.fact,
    f.side,
    f.region,
    f.level,
    f.start_lo,
    f.start_hi,
    f.dated
FROM fact AS f
JOIN k_problem_term AS t ON t.concept = f.concept
WHERE NOT f.is_order
    AND (f.value IS NULL OR f.value <> 0 OR NOT t.yes_no)
    AND (NOT t.must_hold OR f.open OR f.end_hi >= f.asked_on)
    AND (t.region = 0 OR f.region = 0 OR (f.region & t.region) <> 0)
