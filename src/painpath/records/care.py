"""CarePlan activities: physical therapy, home exercise and the like, with their intervals.

Care done is also recorded as Procedure (`procedures`) and ServiceRequest (`requests`).
"""

from __future__ import annotations

from painpath.knowledge.vocabulary import Matches
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import CodeableConcept
from painpath.records.dates import Span
from painpath.records.meanings import label, short
from painpath.records.reasons import other_reason
from painpath.records.resources import ActivityDetail, CarePlan
from painpath.records.status import refusal

_NOT_DONE = frozenset(
    {"not-started", "scheduled", "cancelled", "stopped", "on-hold", "entered-in-error"}
)
_ENDED = frozenset({"completed", "stopped", "cancelled"})


def read(plan: CarePlan, ref: str, chart: Chart) -> Outcome:
    """Facts of one CarePlan."""
    parts: list[tuple[CodeableConcept, Matches, ActivityDetail | None]] = [
        (code, found, None) for code in plan.category if (found := _care(code, chart))
    ]
    for activity in plan.activity:
        detail = activity.detail
        if detail is None:
            continue
        what = detail.code or detail.productCodeableConcept
        if what is None and detail.description:
            what = CodeableConcept(text=detail.description)
        if what is not None and (found := _care(what, chart)):
            parts.append((what, found, detail))
    if not parts:
        return "ignored"
    why = refusal("CarePlan", plan.status)
    if why is None:
        other = other_reason((), plan.addresses, plan, chart)
        why = f"care for another disease: {short(other)}" if other is not None else None
    if why is not None:
        return chart.skip(ref, why)
    period = chart.period(plan.period, ref, "period")
    recorded = chart.recorded(plan.created, ref, "created")
    count = 0
    for code, found, detail in parts:
        count += _write(code, found, detail, plan, ref, period, recorded, chart)
    return "used" if count else "skipped"


def _care(code: CodeableConcept, chart: Chart) -> Matches:
    return chart.find(code, "procedure")


def _write(
    code: CodeableConcept,
    found: Matches,
    detail: ActivityDetail | None,
    plan: CarePlan,
    ref: str,
    period: tuple[Span | None, Span | None],
    recorded: int | None,
    chart: Chart,
) -> int:
    start, end = period
    status = detail.status if detail is not None else None
    if detail is not None and detail.doNotPerform:
        chart.note(ref, "an activity is not to be performed")
        return 0
    if status == "entered-in-error":
        chart.note(ref, "an activity's status is entered-in-error")
        return 0
    if detail is not None:
        other = other_reason(detail.reasonCode, detail.reasonReference, plan, chart)
        if other is not None:
            chart.note(ref, f"an activity is care for another disease: {short(other)}")
            return 0
        if detail.scheduledPeriod is not None:
            own = chart.period(detail.scheduledPeriod, ref, "activity.detail.scheduledPeriod")
            start, end = own[0] or start, own[1] or end
        elif detail.scheduledTiming is not None and detail.scheduledTiming.repeat is not None:
            bounds = detail.scheduledTiming.repeat.boundsPeriod
            own = chart.period(bounds, ref, "activity.detail.scheduledTiming")
            start, end = own[0] or start, own[1] or end
    only_planned = status in _NOT_DONE
    ended = status in _ENDED or plan.status in ("completed", "ended")
    for match in found:
        chart.add(
            match,
            "order" if only_planned else "care",
            ref,
            label(code),
            start=start,
            end=end,
            open=end is None and not ended and not only_planned,
            recorded=recorded,
        )
    return len(found)
