"""What care was given for: whether its stated reasons are plainly something else than pain.

An exercise plan for prediabetes is no conservative care for a back. In doubt care counts: a reason
that nobody can read, that lies in the moving parts, or that might hurt is not plainly another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from painpath.knowledge.vocabulary import Matches
from painpath.records.chart import Chart
from painpath.records.datatypes import CodeableConcept, Reference
from painpath.records.meanings import Meaning, short, texts_of
from painpath.records.record import UnknownCode, is_icd, looks_like_pain
from painpath.records.resources import Condition, Procedure, Resource, ServiceRequest

_MAY_HURT = re.compile(
    r"hurt|ache\b|sore\b|cramp|spasm|spastic|injur|trauma|fractur|sprain|strain|tear\b|torn|ruptur"
    r"|disloc|burn|wound|arthr|bursi|tend[io]n|muscl|muscul|skelet|bone|joint|spin[ae]|disc\b|disk"
    r"|nerve|neuro|numb|weak|gait|mobility|stiff|postur|rehab|surg|operat|replacement|prosthe|amput"
    r"|gout|rheum|lupus|myalg|osteo|zoster|shingles|sickle|endometri|pancreat|angina|migrain|cyst"
    r"|cancer|neoplas|carcinom|tumou?r|metasta|lymphoma|myeloma|stroke|plegia",
    re.IGNORECASE,
)


def without_other_care(
    matches: Matches, owner: Procedure | ServiceRequest, chart: Chart
) -> tuple[Matches, str | None]:
    """What a resource means besides care for another disease; and why, if that is nothing."""
    about = chart.vocabulary.about
    if not any(about[match.concept].category == "care" for match in matches):
        return matches, None
    other = other_reason(owner.reasonCode, owner.reasonReference, owner, chart)
    if other is None:
        return matches, None
    rest = tuple(match for match in matches if about[match.concept].category != "care")
    return rest, None if rest else f"care for another disease: {short(other)}"


def other_reason(
    codes: Sequence[CodeableConcept],
    references: Sequence[Reference],
    owner: Resource,
    chart: Chart,
) -> str | None:
    """The reason by name, if every reason given is plainly something else than pain.

    Args:
        codes: `reasonCode`.
        references: `reasonReference`, or what a plan addresses.
        owner: the resource they stand in.
        chart: with the conditions read.
    """
    reasons: list[CodeableConcept | None] = [*codes]
    for reference in references:
        target = chart.index.find(reference, owner)
        if target is not None and isinstance(target.resource, Condition):
            reasons.append(target.resource.code)
        else:
            reasons.append(CodeableConcept(text=reference.display) if reference.display else None)
    if not reasons or not all(reason and _plainly_other(reason, chart) for reason in reasons):
        return None
    return next((text for reason in reasons for text in texts_of(reason)), "another disease")


def _plainly_other(reason: CodeableConcept, chart: Chart) -> bool:
    """Whether it cannot be pain; remembered with what the reason means."""
    meaning = chart.meanings.of(reason, "condition")
    known = meaning.memory.get(_plainly_other)
    if known is None:
        known = meaning.memory[_plainly_other] = _judge(reason, meaning, chart)
    return bool(known)


def _judge(reason: CodeableConcept, meaning: Meaning, chart: Chart) -> bool:
    codes: list[UnknownCode] = [
        (c.system, c.code, c.display or reason.text) for c in reason.coding if c.code
    ]
    texts = texts_of(reason)
    if not texts and not any(is_icd(system) for system, _, _ in codes):
        return False
    if any(map(looks_like_pain, codes or [(None, None, reason.text)])):
        return False
    if any(_MAY_HURT.search(text) or chart.vocabulary.regions_in(text) for text in texts):
        return False
    painful = chart.vocabulary.painful
    return not any(
        match.concept in painful or match.region or match.level for match in meaning.matches
    )
