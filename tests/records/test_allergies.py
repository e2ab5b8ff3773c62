"""Allergies: by label or by the drug's code, and how bad the reaction was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.builders import allergy
from tests.records.small import ICD, RXNORM, SNOMED, coded
from tests.records.test_contract import rows

LABEL = coded(ICD, "Z91.041")
IOHEXOL = coded(RXNORM, "5956")
ANAPHYLAXIS = coded(SNOMED, "39579001")


def _kinds(code: dict[str, Any], *reactions: dict[str, Any]) -> set[str]:
    return set(rows(allergy(code, id="a1", reaction=list(reactions))))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (LABEL, "contrast-allergy"),
        (IOHEXOL, "contrast-allergy"),
        (coded(RXNORM, "84990"), "gadolinium-allergy"),
        (coded(RXNORM, "1815"), "anaesthetic-allergy"),
        ({"text": "Omnipaque"}, "contrast-allergy"),
    ],
)
def test_the_drug_alone_says_which_allergy(code: dict[str, Any], kind: str) -> None:
    assert _kinds(code) == {kind}


@pytest.mark.parametrize("code", [LABEL, IOHEXOL, {"text": "iodinated contrast"}])
@pytest.mark.parametrize(
    "reaction",
    [
        {"severity": "severe"},
        {"severity": "mild", "manifestation": [ANAPHYLAXIS]},
        {"manifestation": [{"text": "Anaphylactic shock"}]},
    ],
)
def test_a_severe_reaction_to_contrast_is_known_as_one(
    code: dict[str, Any], reaction: dict[str, Any]
) -> None:
    assert _kinds(code, reaction) == {"contrast-allergy-severe"}
    assert _kinds(code, {"severity": "mild"}, reaction) == {"contrast-allergy-severe"}


@pytest.mark.parametrize(
    "reaction", [{}, {"severity": "moderate"}, {"manifestation": [{"text": "hives"}]}]
)
def test_any_other_reaction_leaves_the_label(reaction: dict[str, Any]) -> None:
    assert _kinds(LABEL, reaction) == {"contrast-allergy"}


def test_severity_says_nothing_more_of_other_allergies() -> None:
    assert _kinds(coded(RXNORM, "6387"), {"severity": "severe"}) == {"anaesthetic-allergy"}
