"""Answers to scores. Pure: the same answers always give the same scores, or a sentence why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from painpath.instruments import arithmetic
from painpath.instruments.forms import Form, Forms
from painpath.knowledge.instruments import Band, Instrument, Item, Score

Answers = Mapping[str, float]
"""Item id to the answer's number, not yet recoded."""


class Scored(NamedTuple):
    """A score, or why there is none."""

    concept: str
    instrument: str
    value: float | None
    answered: int
    asked: int
    total: float | None = None
    """Sum of points before it was converted."""
    error: float | None = None
    """Standard error, where the table has it."""
    prorated: bool = False
    computed_table: bool = False
    why: str | None = None


def score_answers(
    forms: Forms, answers: Answers, *, named: str | None = None, sex: str | None = None
) -> list[Scored]:
    """Every score that a set of answers gives.

    Args:
        forms: what can be scored.
        answers: by item id.
        named: the instrument that was filled in, if the record says so.
        sex: for what is scored by sex.
    """
    filled_in = forms.filled_in(answers, named)
    tried = [
        (form, score_form(forms, form, answers))
        for form in filled_in
        if form.score.sex is None or form.score.sex == sex
    ]
    valid = [set(form.items) for form, scored in tried if scored.value is not None]
    # A form that only shares its answers with one that was filled in was not filled in itself.
    found = [
        scored
        for form, scored in tried
        if scored.value is not None
        or form.instrument.id == named
        or not any(set(_given(form, answers)) <= items for items in valid)
    ]
    by_sex = {form.score.concept: form for form in filled_in if form.score.sex is not None}
    for concept in sorted(by_sex.keys() - {scored.concept for scored in found}):
        form = by_sex[concept]
        why = f"{form.instrument.name} is scored by sex; the record says neither female nor male"
        found.append(_refused(form, _given(form, answers), why))
    found.extend(_combined(forms, found))
    return found


def score_form(forms: Forms, form: Form, answers: Answers) -> Scored:
    """One score of one form."""
    score = form.score
    given = _given(form, answers)
    needed = len(form.items) if score.answered is None else score.answered
    if score.missing == "zero":
        needed = 0
    if len(given) < needed:
        why = (
            f"{form.instrument.name}: {len(given)} of {len(form.items)} items answered,"
            f" {'all' if needed == len(form.items) else f'at least {needed}'} are needed"
        )
        return _refused(form, given, why)
    points = [_points(score, item_id, answers[item_id]) for item_id in given]
    total = sum(points)
    value: float | None
    if score.rule == "mean":
        value = total / len(points)
    elif score.rule in ("percent", "percent-left"):
        limits = [_limits(forms, score, item_id) for item_id in given]
        least, most = [low for low, _ in limits], [high for _, high in limits]
        value = arithmetic.percent_of_most(points, least, most)
        value = 100 - value if score.rule == "percent-left" else value
    elif score.missing == "prorate":
        value = arithmetic.prorated(points, len(form.items))
    else:
        value = total
    error = None
    if score.table is not None:
        value, error, refused = converted(score, total)
        if refused is not None:
            return _refused(form, given, f"{form.instrument.name}: {refused}")
    assert value is not None
    return Scored(
        concept=score.concept,
        instrument=form.instrument.id,
        value=value if score.digits is None else round(value, score.digits),
        answered=len(given),
        asked=len(form.items),
        total=total,
        error=error,
        prorated=len(given) < len(form.items) and score.missing != "zero",
        computed_table=score.table is not None and score.table.computed,
    )


def converted(score: Score, total: float) -> tuple[float | None, float | None, str | None]:
    """Value and standard error of a sum by the score's table, or why there is none."""
    table = score.table
    assert table is not None
    value = arithmetic.look_up(table.first, table.values, total)
    if value is None:
        last = table.first + len(table.values) - 1
        return None, None, f"a sum of {total:g} is not among {table.first} to {last}"
    error = arithmetic.look_up(table.first, table.errors, total) if table.errors else None
    return value, error, None


def usable(forms: Forms, item: Item, answer: float) -> str | None:
    """Why a number cannot be the answer to an item; `None` if it can."""
    low, high = forms.range_of(item)
    if not low <= answer <= high:
        return f"{answer:g} is not an answer to {item.id}, which goes from {low:g} to {high:g}"
    if (item.scale is not None or item.whole) and answer != int(answer):
        return f"{answer:g} is not an answer to {item.id}, which has whole numbers only"
    return None


def band_of(score: Score, value: float) -> Band | None:
    """The named stretch in which a value lies."""
    found: Band | None = None
    for band in score.bands:
        above = band.at_least is None or value >= band.at_least
        if above and (band.more_than is None or value > band.more_than):
            found = band
    return found


def group_of(instrument: Instrument, values: Mapping[str, float]) -> str | None:
    """The class that several scores give together; `None` if one of them is not known."""
    for group in instrument.groups:
        if any(limit.score not in values for limit in group.when):
            return None
        if all(
            (limit.at_least is None or values[limit.score] >= limit.at_least)
            and (limit.at_most is None or values[limit.score] <= limit.at_most)
            for limit in group.when
        ):
            return group.name
    return None


def _given(form: Form, answers: Answers) -> list[str]:
    return [item_id for item_id in form.items if item_id in answers]


def _refused(form: Form, given: list[str], why: str) -> Scored:
    return Scored(
        form.score.concept, form.instrument.id, None, len(given), len(form.items), why=why
    )


def _points(score: Score, item_id: str, answer: float) -> float:
    recoded = score.points.get(item_id)
    return answer if recoded is None else recoded[f"{answer:g}"]


def _limits(forms: Forms, score: Score, item_id: str) -> tuple[float, float]:
    recoded = score.points.get(item_id)
    if recoded is not None:
        return min(recoded.values()), max(recoded.values())
    return forms.range_of(forms.items[item_id])


def _combined(forms: Forms, found: list[Scored]) -> list[Scored]:
    """Scores that are made of other scores of the same answers."""
    values = {scored.concept: scored.value for scored in found if scored.value is not None}
    made: list[Scored] = []
    for concept, form in forms.made_of_scores:
        parts = form.score.parts
        if any(part.score not in values for part in parts):
            continue
        shifted = [(values[part.score] - part.minus) / part.over for part in parts]
        value = sum(shifted) / len(shifted)
        made.append(Scored(concept, form.instrument.id, value, len(parts), len(parts)))
    return made
