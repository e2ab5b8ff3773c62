"""Scores worked out from the answers in an Observation or a QuestionnaireResponse.

Answers are gathered while resources are read and become facts at the end, marked as computed: a
total that somebody stated for the same day wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from painpath.instruments.forms import Form, Forms, short_name
from painpath.instruments.scoring import Scored, converted, score_answers, usable
from painpath.knowledge.vocabulary import OWN_SYSTEM
from painpath.records import values
from painpath.records.answers import UNITLESS, Source, believed, forms_of, observed
from painpath.records.chart import Chart, Origin
from painpath.records.dates import Span
from painpath.records.meanings import Meaning, label
from painpath.records.places import NOWHERE, Place
from painpath.records.resources import Observation

_DIFFERENT = 0.51
"""A stated total may be rounded to a whole number."""

Asked = tuple[Source, Meaning]


class When(NamedTuple):
    """What the facts of one resource share."""

    ref: str
    start: Span | None
    end: Span | None
    recorded: int | None
    place: Place = NOWHERE


class Pending(NamedTuple):
    """A score that becomes a fact unless the same was stated."""

    when: When
    scored: Scored
    origin: Origin


# -- gathering --


def members(observation: Observation, chart: Chart) -> list[Asked]:
    """The Observations that a panel points to, as far as they answer an item."""
    found: list[Asked] = []
    for reference in observation.hasMember:
        target = chart.index.find(reference, observation)
        if target is not None and isinstance(target.resource, Observation):
            meaning = chart.meanings.of(target.resource.code, "observation")
            if meaning.item is not None or meaning.raw is not None:
                found.append((target.resource, meaning))
    return found


def of_item(source: Source, meaning: Meaning, chart: Chart) -> values.Value | None:
    """A coded answer to an item, as the points of its scale (PHQ-9 item 9: several days, 1)."""
    item = forms_of(chart.vocabulary).items.get(meaning.item or "")
    if item is None or item.scale is None:
        return None
    number = observed(source, item, chart)
    if number is None or usable(forms_of(chart.vocabulary), item, number) is not None:
        return None
    shown = label(source.valueCodeableConcept) or source.valueString or f"{number:g}"
    return values.Value(number, shown=shown)


def of_observation(
    observation: Observation, asked: Iterable[Asked], when: When, chart: Chart
) -> int:
    """Score the answers in an Observation, its components and its members.

    Args:
        observation: the whole.
        asked: its parts that answer an item or carry a sum of points.
        when: date, place and resource of the facts.
        chart: gets the scores.

    Returns:
        How many scores there will be, unless they were stated.
    """
    answers: dict[str, float] = {}
    count = 0
    for source, meaning in asked:
        if meaning.raw is not None:
            count += _of_sum(source, meaning.raw, when, chart)
        if meaning.item is not None:
            item = forms_of(chart.vocabulary).items[meaning.item]
            number = observed(source, item, chart)
            if number is not None and believed(item.id, number, when.ref, chart):
                answers.setdefault(item.id, number)
    if not answers:
        return count
    forms = forms_of(chart.vocabulary)
    codes = [] if observation.code is None else [c.code for c in observation.code.coding if c.code]
    named = forms.named(codes)
    for item, concept in forms.borrowing(named):
        key = chart.vocabulary.key.get(concept)
        for source in observation.component:
            meaning = chart.meanings.of(source.code, "observation")
            number = observed(source, item, chart)
            if item.id in answers or number is None or not meaning.matches:
                continue
            if meaning.matches[0].concept == key and believed(item.id, number, when.ref, chart):
                answers[item.id] = number
    return count + of_answers(answers, named, when, chart)


def of_answers(answers: Mapping[str, float], named: str | None, when: When, chart: Chart) -> int:
    """Score a set of answers.

    Args:
        answers: by item id.
        named: the instrument that was filled in, if the record names it.
        when: date, place and resource of the facts.
        chart: gets the scores, and a note where too little was answered.
    """
    forms = forms_of(chart.vocabulary)
    count = 0
    for scored in score_answers(forms, answers, named=named, sex=chart.sex):
        if scored.value is not None:
            chart.scored.append(Pending(when, scored, "computed"))
            count += 1
        elif scored.answered > 1 and _meant(scored, named):
            chart.note(when.ref, scored.why or "")
    return count


def _meant(scored: Scored, named: str | None) -> bool:
    """Whether this form was filled in, rather than another that shares some of its items."""
    return scored.instrument == named if named else 2 * scored.answered >= scored.asked


def _of_sum(source: Source, concept: str, when: When, chart: Chart) -> int:
    """A value that may be a sum of points or already its conversion.

    Sums are whole numbers and, in every table, lie below the conversions; what is neither is noted.
    """
    number = values.of_observation(source, UNITLESS, None).number
    form = next(f for f in forms_of(chart.vocabulary).forms[concept] if f.score.raw_loinc)
    table = form.score.table
    if number is None or table is None:
        return 0
    last = table.first + len(table.values) - 1
    if number > last and form.score.low <= number <= form.score.high:
        scored = Scored(concept, form.instrument.id, number, 0, 0)
        chart.scored.append(Pending(when, scored, "stated"))
        return 1
    value, error, why = converted(form.score, number)
    if value is None:
        chart.note(when.ref, f"{form.instrument.name}: {why}")
        return 0
    scored = Scored(
        concept,
        form.instrument.id,
        value,
        len(form.items),
        len(form.items),
        number,
        error,
        computed_table=table.computed,
    )
    chart.scored.append(Pending(when, scored, "computed"))
    return 1


# -- facts --


def write(chart: Chart) -> None:
    """Turn the gathered scores into facts where nobody stated the same for the same day."""
    key = chart.vocabulary.key
    for when, scored, origin in chart.scored:
        assert scored.value is not None
        concept = key.get(scored.concept)
        if concept is None or _stated(scored.value, concept, when, chart):
            continue
        match = chart.vocabulary.lookup(OWN_SYSTEM, scored.concept)[0]
        single = scored.asked == 1 and scored.total == scored.value
        chart.add(
            match,
            "observation",
            when.ref,
            _text(scored, chart),
            start=when.start,
            end=when.end,
            recorded=when.recorded,
            value=scored.value,
            place=when.place,
            origin="stated" if single else origin,
        )
    chart.scored.clear()


def _stated(value: float, concept: int, when: When, chart: Chart) -> bool:
    for number in chart.by_concept(concept):
        fact = chart.facts[number]
        same_day = when.start is not None and fact.start == when.start
        if fact.ref != when.ref and not same_day:
            continue
        if fact.value is None:
            continue
        if fact.ref == when.ref and abs(fact.value - value) > _DIFFERENT:
            given = f"the total says {fact.value:g}, its answers give {_shown(value)}"
            chart.note(when.ref, f"{given}; the total was used")
        return True
    return False


def _text(scored: Scored, chart: Chart) -> str:
    forms = forms_of(chart.vocabulary)
    form = _form(forms, scored)
    name = form.instrument.name
    if len(form.instrument.scores) > 1:
        name = short_name(chart.vocabulary.about[chart.vocabulary.key[scored.concept]].name)
    text = f"{name}: {_shown(scored.value or 0.0)}"
    if scored.asked == 1 or not scored.asked:
        return text
    if form.score.table is not None:
        text += f", from a sum of {scored.total:g}"
        return f"{text} (table computed)" if scored.computed_table else text
    if scored.prorated:
        return f"{text}, from {scored.answered} of {scored.asked} answers (prorated)"
    what = "statements" if form.score.missing == "zero" else "answers"
    return f"{text}, from {scored.asked} {what}"


def _form(forms: Forms, scored: Scored) -> Form:
    return next(
        form for form in forms.forms[scored.concept] if form.instrument.id == scored.instrument
    )


def _shown(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
