"""What a plan says, held against what a vignette expects: one sentence for each difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from painpath.planning.plan import OptionResult, Plan, ProblemResult, RequestResult
from tests.vignettes.form import Expectation


def differences(expected: Expectation, plan: Plan) -> Iterator[str]:
    """Every way in which the plan is not as expected."""
    if expected.payer is not None and plan.policy.id != expected.payer:
        yield f"payer: expected {expected.payer}, found {plan.policy.id} ({plan.policy.why})"
    if expected.problems is not None:
        found_ids = sorted(row.id for row in plan.problems)
        yield from _same("problems", sorted(expected.problems), found_ids)
    if expected.red_flags is not None:
        flag_ids = sorted(flag.id for flag in plan.red_flags)
        yield from _same("red flags", sorted(expected.red_flags), flag_ids)
    if expected.steps is not None:
        steps = sorted(row.next_step for row in plan.problems if row.next_step is not None)
        yield from _same("next steps", sorted(expected.steps), steps)
    if expected.mme is not None:
        yield from _same("MME per day", expected.mme, plan.opioids.mme_per_day)
    before = {item.id: item.level for item in plan.safety}
    for name, level in expected.before_needle.items():
        yield from _same(f"before any needle, {name}", level, before.get(name))
    asks = [row.ask for row in plan.missing]
    if expected.missing is not None and not any(_says(ask, expected.missing) for ask in asks):
        yield f"missing: {expected.missing!r} is in none of {asks}"
    if expected.red_flag is not None:
        flags = [flag.id for flag in plan.red_flags]
        yield from _there(f"red flag {expected.red_flag}", expected.red_flag, flags, expected.found)
    if expected.alongside is not None:
        states = {item.id: item.state for item in plan.alongside}
        what = f"alongside {expected.alongside}"
        yield from _there(what, expected.alongside, list(states), expected.found)
        if expected.alongside in states:
            yield from _same(what, expected.state, states[expected.alongside])
    if expected.booked is not None:
        rows = [row for row in plan.requests if expected.booked in (row.code, row.option)]
        if len(rows) == 1:
            yield from (f"booked {expected.booked}: {t}" for t in _judged(expected, rows[0]))
        else:
            found = [f"{row.code} ({row.option})" for row in plan.requests]
            yield f"booked {expected.booked}: not one of {found}"
    elif expected.problem is not None:
        yield from _problem(expected, plan)
    elif expected == Expectation():
        yield "this expectation names nothing: give a problem, option, booking or red flag"


def _problem(expected: Expectation, plan: Plan) -> Iterator[str]:
    rows = [
        row
        for row in plan.problems
        if row.id == expected.problem
        and expected.side in (None, row.side)
        and expected.region in (None, row.region)
    ]
    place = " ".join(w for w in (expected.region, expected.side, expected.problem) if w)
    if not rows:
        if expected.found or expected.option is not None:
            found = [f"{row.id} ({row.region}, {row.side})" for row in plan.problems]
            yield f"{place}: not among the problems {found}"
        return
    if len(rows) > 1:
        yield f"{place}: found more than once; say which side or region"
        return
    row = rows[0]
    if expected.option is None:
        if not expected.found:
            yield f"{place}: must not be a problem of this patient"
        yield from _same(f"{place} since", expected.since, row.since)
    yield from _same(f"{place} next step", expected.next_step, row.next_step)
    if expected.option is not None:
        yield from (f"{place}, {expected.option}: {text}" for text in _option(expected, row, plan))


def _option(expected: Expectation, problem: ProblemResult, plan: Plan) -> Iterator[str]:
    options = {option.id: option for option in problem.options}
    found = options.get(expected.option or "")
    if found is None:
        if expected.found:
            yield f"not among the options {sorted(options)}"
        return
    if not expected.found:
        yield f"must not be offered; it is {found.status}"
        return
    yield from _same("alternative", expected.alternative, found.alternative)
    rows = {row.policy: row.status or row.position for row in found.coverage}
    rows |= {found.policy: found.status} if found.policy else {}
    for policy, answer in expected.coverage.items():
        if rows.get(policy) != answer:
            yield f"coverage: {policy} expected {answer}, found {rows.get(policy)} among {rows}"
    yield from _judged(expected, found)
    merged = {item.id: item.level for item in plan.safety}
    for name in expected.no_safety:
        if name in merged:
            yield f"safety {name}: must not show before a needle; it is {merged[name]}"


def _judged(expected: Expectation, found: OptionResult | RequestResult) -> Iterator[str]:
    """An option, or a booked procedure."""
    criteria = {row.id: row for row in found.criteria}
    if expected.status is not None and expected.status != found.status:
        open_ones = [
            f"{row.id} {row.verdict}" + (f" until {row.due}" if row.due else "")
            for row in criteria.values()
            if row.decides and row.verdict not in ("met", "not-applicable")
        ]
        yield (
            f"status: expected {expected.status}, found {found.status} by {found.policy}"
            f" ({found.why or 'no reason'}); open: {', '.join(open_ones) or 'nothing'}"
        )
    yield from _same("policy", expected.policy, found.policy)
    yield from _same("earliest", expected.earliest, found.earliest_date)
    if expected.why is not None and not _says(found.why or "", expected.why):
        yield f"why: {expected.why!r} is not in {found.why!r}"
    for name, verdict in expected.criteria.items():
        row = criteria.get(name)
        if row is None:
            yield f"{name}: not a criterion of {found.policy}; those are {sorted(criteria)}"
        elif row.verdict != verdict:
            evidence = "; ".join(f"{fact.ref} {fact.text}" for fact in row.evidence)
            reason = row.why or evidence or "nothing found"
            yield f"{name}: expected {verdict}, found {row.verdict} ({reason})"
    safety = {item.id: item.level for item in found.safety}
    for name, level in expected.safety.items():
        if safety.get(name) != level:
            yield f"safety {name}: expected {level}, found {safety.get(name)} among {safety}"
    days = {item.id: item.hold_days for item in found.safety}
    for name, held in expected.holds.items():
        if days.get(name) != held:
            yield f"safety {name}: expected {held:g} days, found {days.get(name)} among {days}"
    for name in (*expected.no_safety, *expected.without):
        if name in safety:
            yield f"safety {name}: must not show; it is {safety[name]}"
    if isinstance(found, RequestResult):
        yield from _same("better", expected.better, found.better)
        wanted, answer = expected.prior_authorisation, found.prior_authorisation
        if isinstance(wanted, str) and not _says(str(answer), wanted):
            yield f"prior authorisation: {wanted!r} is not in {answer!r}"
        elif wanted is None and answer is not None:
            yield f"prior authorisation: expected none, found {answer!r}"


def _there(what: str, name: str, known: list[str], expected: bool) -> Iterator[str]:
    if (name in known) != expected:
        yield f"{what}: expected {'there' if expected else 'absent'}, found {sorted(known)}"


def _same(what: str, wanted: Any, value: Any) -> Iterator[str]:
    """Nothing is compared where nothing is asked for."""
    if wanted is UNSET or (wanted is None and isinstance(value, bool)):
        return
    if wanted != value:
        yield f"{what}: expected {wanted!r}, found {value!r}"


def _says(text: str, words: str) -> bool:
    return words.lower() in text.lower()
