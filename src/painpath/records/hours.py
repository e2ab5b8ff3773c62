"""Order that does not hang on where a resource stands in the file.

Facts know days only. Where several entries of one concept fall on one day, the latest of them is
the last by the hour, then by when it was issued, then by its id.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import TypeVar

from painpath.records.chart import Chart, Fact
from painpath.records.facts import Prescription, Request
from painpath.records.resources import Observation, Procedure, QuestionnaireResponse

Moment = datetime.datetime | None
_DIGITS = re.compile(r"(\d+)")


def natural(ref: str) -> tuple[str | int, ...]:
    """Sorts `Observation/9` before `Observation/10`."""
    return tuple(int(p) if n % 2 else p for n, p in enumerate(_DIGITS.split(ref)))


_Listed = TypeVar("_Listed", Prescription, Request)
_KINDS = {
    name: place
    for place, name in enumerate(
        ("MedicationRequest", "MedicationStatement", "MedicationDispense", "ServiceRequest")
    )
}


def in_order(items: Iterable[_Listed]) -> tuple[_Listed, ...]:
    """Orders before what tells of them, then by their ids."""
    return tuple(sorted(items, key=lambda i: (_place(i.ref), natural(i.ref))))


def _place(ref: str) -> int:
    return _KINDS.get(ref.split("/")[0], len(_KINDS))


def moments(chart: Chart, fact: Fact) -> tuple[Moment, Moment]:
    """When the resource of a fact says that it began and ended, to the minute."""
    target = chart.index.get(fact.ref)
    resource = target.resource if target is not None else None
    if isinstance(resource, Observation):
        text = resource.effectiveDateTime or resource.effectiveInstant
        if text is None and resource.effectivePeriod is not None:
            text = resource.effectivePeriod.start
        return _moment(text), None
    if isinstance(resource, QuestionnaireResponse):
        return _moment(resource.authored), None
    if isinstance(resource, Procedure):
        if resource.performedPeriod is not None:
            period = resource.performedPeriod
            return _moment(period.start), _moment(period.end)
        return _moment(resource.performedDateTime), None
    return None, None


def _moment(text: str | None) -> Moment:
    if text is None or len(text) < 16:
        return None
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


def order_days(chart: Chart) -> None:
    """Bring the observations of one concept on one day into the order of their hours."""
    same: dict[tuple[int, int], list[int]] = {}
    for number, fact in enumerate(chart.facts):
        if fact.kind == "observation" and fact.start is not None and fact.start[0] == fact.start[1]:
            same.setdefault((fact.concept, fact.start[0]), []).append(number)
    for numbers in same.values():
        if len(numbers) > 1:
            entries = sorted((chart.facts[n] for n in numbers), key=lambda f: _rank(chart, f))
            for number, fact in zip(numbers, entries, strict=True):
                chart.facts[number] = fact


def _rank(chart: Chart, fact: Fact) -> tuple[float, float, tuple[str | int, ...]]:
    target = chart.index.get(fact.ref)
    issued = None
    if target is not None and isinstance(target.resource, Observation):
        issued = _moment(target.resource.issued)
    return (_seconds(moments(chart, fact)[0]), _seconds(issued), natural(fact.ref))


def _seconds(moment: Moment) -> float:
    """An hour that is not recorded comes first; one without a zone is taken as it is written."""
    if moment is None:
        return float("-inf")
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)
    return (aware - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).total_seconds()
