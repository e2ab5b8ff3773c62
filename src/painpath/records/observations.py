"""Observation and its components: scores, laboratory values, findings, documents on file."""

from __future__ import annotations

import re
from math import inf, isfinite

from painpath.knowledge.vocabulary import RELIEF_DURATION, RELIEF_PERCENT, Match, Matches
from painpath.records import dates, places, scores, values
from painpath.records.answers import Source, by_itself
from painpath.records.chart import Chart, Fact, Origin, Outcome
from painpath.records.datatypes import ABSENT, Reference
from painpath.records.dates import Span
from painpath.records.meanings import NO_WAY, NOT_MEANT, Meaning, Way, label, short, texts_of
from painpath.records.places import NOWHERE, Place, refine
from painpath.records.resources import Component, Observation
from painpath.records.status import refusal

# These say nothing without a value; a finding or document is said by being there.
_MEASURED = frozenset({"observation", "laboratory"})
# Questions whose answer is not a finding in this patient.
_NOT_OWN = re.compile(
    r"\b(?:family|relatives?|mother|father|parents?|siblings?|sister|brother|screening|risk"
    r"|education|concern|fear|partner)\b",
    re.IGNORECASE,
)
_NOBODY: tuple[int | None, ...] = (None,)
_SOUND = frozenset({None, "final", "amended", "corrected", "preliminary"})


def read(observation: Observation, ref: str, chart: Chart) -> Outcome:
    """Facts of one Observation."""
    return _plainly(observation, ref, chart) or _carefully(observation, ref, chart)


# -- the short way --


def _plainly(observation: Observation, ref: str, chart: Chart) -> Outcome | None:
    """The commonest Observation, one number of one concept on one day, in a third of the time.

    Returns:
        `None` if it is not as plain as that; then nothing has been written.
    """
    quantity = observation.valueQuantity
    if (
        quantity is None
        or observation.effectiveDateTime is None
        or observation.status not in _SOUND
        or observation.component
        or observation.partOf
        or observation.focus
        or observation.hasMember
        or observation.bodySite is not None
        or observation.answer is not ABSENT
    ):
        return None
    meaning = chart.meanings.waiting(bytes(observation.code_), "observation")
    units = quantity.code, quantity.unit
    way = meaning.ways.get(units)
    if way is None:
        way = meaning.ways[units] = _way(meaning, units, chart)
    number = quantity.value
    if way is NO_WAY or number is None or quantity.comparator is not None:
        return None
    if not (isfinite(number) and way.least <= number <= way.most):
        return None
    if way.whole and not number.is_integer():
        return None
    day = dates.span(observation.effectiveDateTime)
    recorded = None
    if observation.issued is not None:
        issued = dates.span(observation.issued)
        if issued is None:
            return None
        recorded = issued[0]
    if day is None:
        return None
    if way is NOT_MEANT:
        return "ignored"
    region, side, level = way.place
    chart.facts.append(
        Fact(
            way.concept,
            "observation",
            day,
            day,
            False,
            recorded,
            way.line.of(number),
            region,
            side,
            level,
            None,
            way.line.origin,
            ref,
            short(f"{way.before}{number:g}{way.line.shown}"),
        )
    )
    return "used"


def _way(meaning: Meaning, units: tuple[str | None, str | None], chart: Chart) -> Way:
    """How a number in this unit becomes a fact, if its code means one thing."""
    if len(meaning.matches) != 1 or meaning.raw is not None:
        return NO_WAY
    match = meaning.matches[0]
    about = chart.vocabulary.about[match.concept]
    least, most, whole = -inf, inf, False
    if meaning.item is not None:
        alone = by_itself(meaning.item, about.id, chart.vocabulary)
        if alone is None:
            return NO_WAY
        least, most, whole = alone
    if about.id in (RELIEF_PERCENT, RELIEF_DURATION):
        return NO_WAY
    line = values.line(*units, about, meaning.codes.get(match.concept))
    if line is None:
        unmeant = about.category in _MEASURED and not meaning.codes
        return NOT_MEANT if unmeant else NO_WAY
    if meaning.item is not None and line.of(1.0) != 1.0:
        return NO_WAY
    if about.scale_from:
        least, most = max(least, 0.0), min(most, values.highest(about) / line.of(1.0))
    place = chart.placed(match, meaning.place)
    return Way(match.concept, place, line, f"{meaning.label}: ", least, most, whole)


# -- the careful way --


def _carefully(observation: Observation, ref: str, chart: Chart) -> Outcome:
    parts: list[_Part] = []
    asked = scores.members(observation, chart) if observation.hasMember else []
    sources: list[Source] = [observation, *observation.component]
    for source in sources:
        meaning = chart.meanings.waiting(bytes(source.code_), "observation")
        if meaning.item is not None or meaning.raw is not None:
            asked.append((source, meaning))
        answers = () if source.answer is ABSENT else _answers(source, chart)
        if meaning.matches or answers:
            parts.append((source, meaning, answers))
    if not parts and not asked:
        return "ignored"
    why = refusal("Observation", observation.status)
    if why is not None:
        return chart.skip(ref, why)
    writer = _Writer(observation, ref, chart)
    for part in parts:
        writer.write(*part)
    if asked:
        when = scores.When(ref, writer.start, writer.end, writer.recorded, writer.site)
        writer.count += scores.of_observation(observation, asked, when, chart)
    if writer.count:
        return "used"
    return "skipped" if any(meaning.codes for _, meaning, _ in parts) else "ignored"


_Part = tuple[Observation | Component, Meaning, Matches]
"""An Observation or component with what its code and its coded value mean."""


def _answers(source: Observation | Component, chart: Chart) -> Matches:
    """Concepts that the coded value itself stands for ("condition: diabetes")."""
    codeable = source.valueCodeableConcept
    if codeable is None:
        return ()
    meaning = chart.meanings.of(codeable, "observation")
    if not meaning.matches or any(_NOT_OWN.search(text) for text in texts_of(source.code)):
        return ()
    if meaning.codes:
        return meaning.matches
    about = chart.vocabulary.about
    return tuple(m for m in meaning.matches if about[m.concept].category == "finding")


class _Writer:
    """Writes the facts of one Observation; they share date, place and what they are about."""

    def __init__(self, observation: Observation, ref: str, chart: Chart) -> None:
        self.observation = observation
        self.ref = ref
        self.chart = chart
        self.count = 0
        # The code of a panel stands for its parts and has no value of its own.
        self._panel = bool(observation.component or observation.hasMember)
        self._points: list[Reference] = [*observation.partOf, *observation.focus]
        self.recorded = chart.recorded(observation.issued, ref, "issued")
        self.start, self.end = self._effective()
        site = observation.bodySite
        self.site = places.of_sites([site], chart.vocabulary) if site is not None else NOWHERE

    def _effective(self) -> tuple[Span | None, Span | None]:
        observation, ref, chart = self.observation, self.ref, self.chart
        text = observation.effectiveDateTime or observation.effectiveInstant
        day: Span | None = None
        if text is not None:
            day = chart.span(text, ref, "effective date")
        elif observation.effectivePeriod is not None:
            start, end = chart.period(observation.effectivePeriod, ref, "effectivePeriod")
            return start or end, end or start
        elif observation.effectiveTiming is not None and observation.effectiveTiming.event:
            day = chart.span(observation.effectiveTiming.event[0], ref, "effectiveTiming")
        if day is None and self.recorded is not None:
            day = (self.recorded, self.recorded)
        if day is None:
            chart.note(ref, "no date on which it was observed")
        return day, day

    def write(self, part: Observation | Component, meaning: Meaning, answers: Matches) -> None:
        place = refine(self.site, meaning.place)
        for match in meaning.matches:
            self._one(part, match, meaning, place)
        for match in answers:
            if all(match.concept != known.concept for known in meaning.matches):
                self._add(match, None, label(part.valueCodeableConcept), place, "stated")

    def _one(
        self, part: Observation | Component, match: Match, meaning: Meaning, place: Place
    ) -> None:
        chart = self.chart
        about = chart.vocabulary.about[match.concept]
        if about.id == RELIEF_DURATION:
            self._duration(part, match, meaning, place)
            return
        value = scores.of_item(part, meaning, chart) or values.of_observation(
            part, about, meaning.codes.get(match.concept)
        )
        measured = about.category in _MEASURED
        if measured and value.number is None and not meaning.codes:
            return  # Named in words only, and the value does not fit: something else is meant.
        if value.note is values.NOT_KNOWN:
            chart.note(self.ref, value.note)
            return
        # Why there is no value was said when the element could not be read.
        repeated = value.note is values.NO_VALUE and chart.noted(self.ref)
        if value.note is not None and (value.number is not None or measured) and not repeated:
            chart.note(self.ref, value.note)
        if value.number is None and measured:
            if value.note is None and not self._panel:
                chart.note(self.ref, "it has no value")
            return
        text = _text(meaning, value.shown)
        judged = self._about() if self._points else []
        if about.id != RELIEF_PERCENT:
            del judged[1:]
        for number in judged or _NOBODY:
            self._add(match, value.number, text, place, value.origin, number)

    def _add(
        self,
        match: Match,
        value: float | None,
        text: str,
        place: Place,
        origin: Origin,
        about: int | None = None,
        *,
        start: Span | None = None,
        end: Span | None = None,
    ) -> None:
        self.count += 1
        self.chart.add(
            match,
            "observation",
            self.ref,
            text,
            start=start or self.start,
            end=end or self.end,
            recorded=self.recorded,
            value=value,
            place=place,
            about=about,
            origin=origin,
        )

    # -- relief --

    def _about(self) -> list[int]:
        """Facts of the procedures this Observation judges."""
        chart = self.chart
        found: list[int] = []
        for reference in self._points:
            target = chart.index.find(reference, self.observation)
            if target is None:
                chart.note(self.ref, "partOf or focus points to nothing in the record")
                continue
            for number in chart.by_ref(target.ref):
                fact = chart.facts[number]
                if fact.kind == "procedure" and fact.about is None and number not in found:
                    found.append(number)
        return found

    def _duration(
        self, part: Observation | Component, match: Match, meaning: Meaning, place: Place
    ) -> None:
        """How long relief lasted: from the procedure to the same day weeks or months later."""
        quantity = part.valueQuantity
        if quantity is None or quantity.value is None or quantity.value < 0:
            self.chart.note(self.ref, "relief-duration has no value with a unit")
            return
        unit = values.spelling(quantity.code) or values.spelling(quantity.unit)
        if unit not in ("d", "wk", "mo", "a"):
            self.chart.note(self.ref, "relief-duration is not in days, weeks or months")
            return
        text = _text(meaning, f"{quantity.value:g} {quantity.unit or quantity.code}")
        for number in self._about() or _NOBODY:
            begin = self.start
            if number is not None:
                procedure = self.chart.facts[number]
                begin = procedure.end or procedure.start or begin
            if begin is None:
                self._add(match, None, text, place, "stated", about=number)
                continue
            until = (_later(begin[0], quantity.value, unit), _later(begin[1], quantity.value, unit))
            self._add(
                match,
                float(until[0] - begin[0]),
                text,
                place,
                "stated",
                about=number,
                start=begin if number is not None else None,
                end=until,
            )


def _later(day: int, number: float, unit: str) -> int:
    """Calendar-exact for whole months and years; a fraction of a month counts 30 days."""
    number = min(number, 40_000.0)
    if unit in ("mo", "a"):
        months = number * (12 if unit == "a" else 1)
        whole = int(min(months, 2000))
        return dates.add_months(day, whole) + round((months - whole) * 30)
    return day + round(number * (7 if unit == "wk" else 1))


def _text(meaning: Meaning, shown: str) -> str:
    return short(f"{meaning.label}: {shown}") if shown else meaning.label
