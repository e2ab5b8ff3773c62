"""The questions behind `verdicts`: which criteria of which policies ask them, and of whom."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from painpath.knowledge.rules import PATIENT, VERDICTS
from painpath.planning.findings import RuleIndex
from painpath.screening.known import ready

CRITERIA = pa.schema(
    [
        ("question", pa.int32()),
        ("policy", pa.string()),
        ("option", pa.string()),
        # For which problem it is asked.
        ("problem", pa.string()),
        ("criterion", pa.string()),
        ("text", pa.string()),
        # What silence of the record means.
        ("absent", pa.string()),
        # Asked of the patient as a whole: `number` is 0 in `verdicts`.
        ("wide", pa.bool_()),
        ("ask", pa.string()),
    ]
)


@cache
def criteria_table() -> pa.Table:
    """One row per question and place where it is asked."""
    rules = ready().rules
    index = RuleIndex(rules)
    words = {value: name for name, value in VERDICTS.items()}
    rows = []
    for key, rule in enumerate(rules.rules):
        if rule.purpose != "criteria":
            continue
        for leaf in index.leaves[key]:
            criterion = index.criterion(leaf)
            question = rules.questions[criterion.question]
            rows += [
                {
                    "question": criterion.question,
                    "policy": rule.owner,
                    "option": rules.option_ids[option],
                    "problem": rules.problem_ids[problem],
                    "criterion": criterion.leaf.id,
                    "text": criterion.leaf.text,
                    "absent": words[question.absent],
                    "wide": index.wide[criterion.question],
                    "ask": criterion.leaf.ask,
                }
                for option, problems in rule.options
                for problem in problems
                if problem != PATIENT
            ]
    return pa.Table.from_pylist(rows, CRITERIA)
