"""What patients are asked: the checker finds what could not be asked, or never raised."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from painpath.knowledge.asking import PAIN_MAP, RELIEF
from painpath.knowledge.checks import asking as checker
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.store import compiled


def changed(section: str, **values: Any) -> Knowledge:
    """The knowledge with one thing in a section changed."""
    known = compiled().knowledge
    first, *rest = getattr(known, section)
    return msgspec.structs.replace(
        known, **{section: (msgspec.structs.replace(first, **values), *rest)}
    )


def visit(**values: str | list[str]) -> dict[str, Any]:
    first, *rest = compiled().knowledge.form_schedules[0].visits
    return {"visits": [msgspec.structs.replace(first, **values), *rest]}


def test_what_ships_can_be_asked() -> None:
    assert list(checker.check(compiled().knowledge)) == []


@pytest.mark.parametrize(
    ("section", "values", "words"),
    [
        ("form_schedules", visit(forms=["bpi"]), 'no form "bpi"'),
        ("form_schedules", visit(forms=["nothing"]), 'no form "nothing"'),
        ("form_schedules", visit(at="soon"), "not a duration"),
        ("answer_alerts", {"item": "phq-9-item-10"}, 'no item "phq-9-item-10"'),
        ("answer_alerts", {"help": ["nobody"]}, 'no help line "nobody"'),
        (
            "answer_alerts",
            {"patient": ["Notwithstanding considerations of confidentiality, communicate."]},
            "plain words",
        ),
    ],
)
def test_what_cannot_be_asked_is_an_error(section: str, values: dict[str, Any], words: str) -> None:
    found = list(checker.check(changed(section, **values)))
    assert [each.level for each in found] == ["error"] and words in found[0].what


def test_forms_of_the_patient_can_be_scheduled() -> None:
    for form in (RELIEF, PAIN_MAP, "block-diary", "peg"):
        assert list(checker.check(changed("form_schedules", **visit(forms=[form])))) == []


def test_every_alert_has_a_rule_in_safety() -> None:
    """What stops the clinic stands in the plan too."""
    known = compiled().knowledge
    asked = {
        (criterion.of, float(criterion.at_least))
        for rule in known.safety
        for criterion in rule.when
        if getattr(criterion, "at_least", None) is not None and hasattr(criterion, "of")
        if isinstance(criterion.of, str) and isinstance(criterion.at_least, int | float)
    }
    assert {(alert.item, alert.at_least) for alert in known.answer_alerts} <= asked
