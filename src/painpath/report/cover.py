"""Who says what of an option, in few words: own payer, other payers, guidelines, evidence.

Three axes that are never added up. Those who say no are named first; many who agree are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from painpath.planning.payer import CLINICAL
from painpath.planning.plan import OptionResult, PolicyChoice, PositionResult
from painpath.report.words import MARKS, STATUS_MARKS, day_words

_POSITIONS = {
    "criteria": "covered if criteria met",
    "covered": "covered",
    "not-covered": "not covered",
    "investigational": "held investigational",
    "silent": "no policy names it",
    "recommends": "recommends it",
    "advises-against": "advises against it",
}
_STATUSES = {
    "eligible": "criteria met",
    "needs-more": "needs more",
    "not-met": "criteria not met",
    "contraindicated": "contraindicated",
}
_ADVERSE = ("not-covered", "investigational", "advises-against", "not-met", "contraindicated")
_STANCES = ("for", "mixed", "neutral", "against")
_MOST_NAMES = 2
_SILENT = 2


def position_words(position: PositionResult) -> str:
    """`criteria met`, `from 21 Dec 2026`, `held investigational`."""
    if position.position == "criteria" and position.status:
        if position.status == "wait":
            return f"from {day_words(position.earliest_date)}"
        return _STATUSES[position.status]
    return _POSITIONS[position.position]


def position_mark(position: PositionResult) -> str:
    """The mark of a status; of a stated position, whether it says yes or no."""
    if position.position == "criteria":
        return STATUS_MARKS[position.status or "needs-more"]
    if position.position == "silent":
        return MARKS["not-applicable"]
    return MARKS["not-met" if position.position in _ADVERSE else "met"]


def short_names(option: OptionResult) -> dict[str, str]:
    """Policy -> `Aetna CPB 0016`: what it is about is known where it stands."""
    return shortened({p.policy: p.name for p in option.coverage})


def shortened(names: Mapping[str, str]) -> dict[str, str]:
    """Names up to the first comma; where two would be the same, up to the second."""
    times = Counter(_parts(name, 1) for name in names.values())
    return {
        key: _parts(name, 1 if times[_parts(name, 1)] == 1 else 2) for key, name in names.items()
    }


def _parts(name: str, most: int) -> str:
    return ", ".join(name.split(", ")[:most]).replace("(version ", "(")


def own_words(option: OptionResult, policy: PolicyChoice) -> str | None:
    """`Medicare LCD family: criteria met`: the payer itself, also where silent."""
    own = [p for p in option.coverage if p.payer == policy.id and p.axis == "coverage"]
    told = " · ".join(f"{_parts(p.name, 1)}: {position_words(p)}" for p in own)
    if told or policy.id == CLINICAL or not option.coverage:
        return told or None
    return f"{policy.name}: no policy of it on file for this"


def other_words(option: OptionResult, payer: str) -> str | None:
    """`held investigational: Anthem SURG.00142 · criteria met: 5 others`."""
    others = [p for p in option.coverage if p.payer != payer and p.axis == "coverage"]
    return _grouped(others, short_names(option))


def guideline_words(option: OptionResult) -> str | None:
    """`advises against it: BMJ 2025 · recommends it: NICE TA159`."""
    guidelines = [p for p in option.coverage if p.axis == "guideline"]
    return _grouped(guidelines, short_names(option))


def evidence_words(option: OptionResult) -> str | None:
    """`6 for, 1 mixed, 2 against`."""
    stances = Counter(row.stance for row in option.evidence)
    return ", ".join(f"{stances[s]} {s}" for s in _STANCES if stances[s]) or None


def _grouped(positions: Sequence[PositionResult], names: dict[str, str]) -> str | None:
    groups: dict[str, list[PositionResult]] = {}
    for position in sorted(positions, key=_order):
        groups.setdefault(position_words(position), []).append(position)
    told = [f"{words}: {_named(group, names)}" for words, group in groups.items()]
    return " · ".join(told) or None


def _order(position: PositionResult) -> int:
    """Who says no stands first, who says nothing last."""
    if position.position == "silent":
        return _SILENT
    return 0 if (position.status or position.position) in _ADVERSE else 1


def _named(group: Sequence[PositionResult], names: dict[str, str]) -> str:
    """Names of those who do not simply agree, as far as they fit; the number of the others."""
    listed = list(dict.fromkeys(names[p.policy] for p in group))
    if _order(group[0]) == _SILENT or (group[0].axis == "coverage" and _agrees(group[0])):
        return str(len(listed))
    shown = listed if len(listed) <= _MOST_NAMES + 1 else listed[:_MOST_NAMES]
    more = f" +{len(listed) - len(shown)}" if len(listed) > len(shown) else ""
    return ", ".join(shown) + more


def _agrees(position: PositionResult) -> bool:
    return (position.status or position.position) in ("eligible", "covered")
