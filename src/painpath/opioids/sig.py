"""Directions in words to doses and timings: `1-2 tabs q4h prn, max 8/day`.

Careful rather than clever: every number in the text must find its meaning, and a schedule that
changes is not read at all. What the words are stands in `base/directions.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

import msgspec

from painpath.opioids.loading import OpioidKnowledge
from painpath.opioids.numbers import exact
from painpath.opioids.schema import UnitKind

OCCASION = "dose"
"""Unit id of a cap on the number of times ("up to 4 times a day")."""

_NUMBER = r"\d+(?:\.\d+)?"


class Content(msgspec.Struct, frozen=True):
    """`(5 mg total)` beside a counted dose: what one counted unit holds."""

    amount: Fraction
    unit: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One dose and how often; `None` is not stated."""

    low: Fraction | None = None
    high: Fraction | None = None
    unit: str | None = None
    content: Content | None = None
    times: Fraction | None = None
    """Times a day, at most."""
    timing: str = ""
    shortest: bool = False
    """`times` is the shorter end of an interval."""
    most: bool = False
    """`times` is the upper end of a number of times."""


class Cap(msgspec.Struct, frozen=True):
    """A daily maximum; `unit` is `None` when the text counts without saying what."""

    amount: Fraction
    unit: str | None


class Sig(msgspec.Struct, frozen=True, kw_only=True):
    """What one text says. With a `problem` there are no parts, but its caps still hold."""

    parts: tuple[Part, ...] = ()
    join: Literal["sum", "max"] = "sum"
    caps: tuple[Cap, ...] = ()
    as_needed: bool = False
    problem: str | None = None


class _UnreadError(Exception):
    """The text cannot be read safely; the argument says why."""


class _Text:
    """The text with what has been understood blanked out, so that places stay the same."""

    def __init__(self, text: str) -> None:
        self.whole = text
        self.rest = text

    def take(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """All matches, which are then blank."""
        found = list(pattern.finditer(self.rest))
        for match in found:
            self.blank(match)
        return found

    def blank(self, match: re.Match[str]) -> None:
        start, end = match.span()
        self.rest = f"{self.rest[:start]}{' ' * (end - start)}{self.rest[end:]}"


class _When(msgspec.Struct, frozen=True):
    start: int
    end: int
    times: Fraction
    text: str
    kind: Literal["often", "part", "meal"]
    shortest: bool = False
    most: bool = False


class SigReader:
    """Reads directions with the words of one `OpioidKnowledge`."""

    def __init__(self, knowledge: OpioidKnowledge) -> None:
        self._words = knowledge.directions
        self._unit_words = knowledge.unit_words
        self._kinds: dict[str, UnitKind] = {u.id: u.kind for u in knowledge.units.values()}
        self._units: dict[UnitKind, list[str]] = {}
        for word, unit in knowledge.unit_words.items():
            self._units.setdefault(self._kinds[unit], []).append(word)
        d = self._words
        self._rewrite = [(self._compile(rule.find), rule.put) for rule in d.rewrite]
        self._partner_limits = self._all(d.partner_limits)
        self._ignore = self._all(d.ignore)
        self._changing = self._all(d.changing)
        self._as_needed = self._all(d.as_needed)
        self._caps = self._all(d.caps)
        self._timing = [(self._compile(timing.find), timing) for timing in d.timing]
        self._day_parts = self._all(d.day_parts)
        self._meals = self._compile(d.meals.find)
        self._doses = self._all(d.doses)
        self._bare = self._compile(d.bare_dose)
        self._numbers = re.compile(rf"\b(?:{'|'.join(sorted(d.numbers, key=len, reverse=True))})\b")

    # --- patterns ---------------------------------------------------------------------------------

    def _alternatives(self, kinds: Iterable[UnitKind]) -> str:
        words = {word for kind in kinds for word in self._units.get(kind, [])}
        ordered = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
        return rf"(?:{ordered})(?![a-z])"

    def _compile(self, pattern: str) -> re.Pattern[str]:
        """A pattern of the file with its `@names` filled in."""
        kinds: dict[str, tuple[UnitKind, ...]] = {
            "@count": ("count",),
            "@mass": ("mass",),
            "@volume": ("volume",),
            "@rate": ("rate",),
            "@occasion": ("occasion",),
            "@unit": ("rate", "mass", "volume", "count", "occasion"),
        }
        span = rf"(?<![\d./])(?P<low>{_NUMBER})(?: ?(?:-|to|or) ?(?P<high>{_NUMBER}))?"
        pattern = pattern.replace("@range", span).replace("@number", _NUMBER)
        pattern = pattern.replace("@verb", f"(?:{'|'.join(self._words.verbs)})")
        for name, of in kinds.items():
            if name in pattern:
                pattern = pattern.replace(name, self._alternatives(of))
        return re.compile(pattern)

    def _all(self, patterns: Iterable[str]) -> list[re.Pattern[str]]:
        return [self._compile(pattern) for pattern in patterns]

    def _plain(self, text: str) -> str:
        """One way of writing: lower case, digits for number words, `2 times a day` for `twice`."""
        plain = " ".join(text.lower().split())
        for _ in range(2):
            for find, put in self._rewrite:
                plain = find.sub(put, plain)
            plain = self._numbers.sub(lambda m: f"{self._words.numbers[m.group()]:g}", plain)
        return " ".join(plain.split())

    # --- reading ----------------------------------------------------------------------------------

    def read(self, text: str) -> Sig:
        """Doses, timings and caps of one text; `problem` says what could not be read."""
        plain = self._plain(text)
        work = _Text(plain)
        for pattern in self._partner_limits:
            work.take(pattern)
        stated = [self._cap(match) for pattern in self._caps for match in work.take(pattern)]
        caps = [cap for cap in stated if cap.amount]
        as_needed = any(pattern.search(plain) for pattern in self._as_needed)
        try:
            parts, join = self._parts(work)
        except _UnreadError as unread:
            return Sig(caps=tuple(caps), as_needed=as_needed, problem=str(unread))
        return Sig(parts=parts, join=join, caps=tuple(caps), as_needed=as_needed)

    def _cap(self, match: re.Match[str]) -> Cap:
        word = match["unit"]
        return Cap(exact(match["n"]), self._unit_words[word] if word else None)

    def _parts(self, work: _Text) -> tuple[tuple[Part, ...], Literal["sum", "max"]]:
        for pattern in self._changing:
            if match := pattern.search(work.rest):
                words = match.group().strip()
                raise _UnreadError(f'the directions change or leave the dose open ("{words}")')
        whens = self._whens(work)
        for pattern in self._ignore:
            work.take(pattern)
        doses = self._find_doses(work)
        if re.search(r"\d", work.rest):
            rest = " ".join(work.rest.split())
            raise _UnreadError(f'the directions are not understood ("{rest}")')
        if len(doses) <= 1:
            dose = doses[0][1] if doses else Part()
            return (self._timed(dose, whens, work.whole),), "sum"
        return self._several(work, doses, whens)

    def _whens(self, work: _Text) -> list[_When]:
        found: list[_When] = []
        for pattern, timing in self._timing:
            for match in work.take(pattern):
                low = exact(match["low"]) if "low" in pattern.groupindex else None
                high = exact(match["high"]) if low is not None and match["high"] else low
                shortest = most = False
                if timing.times is not None:
                    times = exact(timing.times)
                elif timing.once_every_hours is not None:
                    times = 24 / exact(timing.once_every_hours)
                elif timing.per_days is not None and high is not None:
                    times, most = high / exact(timing.per_days), high != low
                elif timing.every_hours is not None and low:
                    times, shortest = 24 / (low * exact(timing.every_hours)), high != low
                else:
                    raise _UnreadError(f'the directions are not understood ("{match.group()}")')
                found.append(_When(*match.span(), times, match.group(), "often", shortest, most))
        for pattern in self._day_parts:
            found.extend(
                _When(*match.span(), Fraction(1), match.group(), "part")
                for match in work.take(pattern)
            )
        for match in work.take(self._meals):
            times = exact(self._words.meals.times)
            found.append(_When(*match.span(), times, match.group(), "meal"))
        return sorted(found, key=lambda when: when.start)

    # --- doses ------------------------------------------------------------------------------------

    def _find_doses(self, work: _Text) -> list[tuple[re.Match[str], Part]]:
        found: list[tuple[re.Match[str], Part]] = []
        for pattern in self._doses:
            found += [(match, self._dose(match)) for match in work.take(pattern)]
        if not found:
            bare = work.take(self._bare)
            if len(bare) == 1:
                low = exact(bare[0]["low"])
                high = exact(bare[0]["high"]) if bare[0]["high"] else low
                found = [(bare[0], Part(low=low, high=high))]
        return sorted(found, key=lambda dose: dose[0].start())

    def _dose(self, match: re.Match[str]) -> Part:
        groups = match.groupdict()
        low = exact(match["low"])
        high = exact(match["high"]) if match["high"] else low
        content = None
        named = groups.get("each") or groups.get("mass")
        if named is not None and groups.get("mass_unit"):
            amount = exact(named)
            alone = groups.get("each") or groups.get("per_unit") or low == 1
            if alone or groups.get("total") or "total" not in groups:
                each = amount if alone else amount / low
                content = Content(each, self._unit_words[groups["mass_unit"]])
        return Part(low=low, high=high, unit=self._unit_words[match["unit"]], content=content)

    def _timed(self, dose: Part, whens: list[_When], whole: str) -> Part:
        """The dose with the one timing that the times named with it amount to."""
        often = [when for when in whens if when.kind == "often"]
        rates = {when.times for when in often}
        if len(rates) > 1:
            # "every 8 hours daily": the bare "daily" says no more than that it goes on.
            often = [when for when in often if when.times != 1] or often
            rates = {when.times for when in often}
        if len(rates) > 1:
            named = ", ".join(when.text.strip() for when in often)
            raise _UnreadError(f"the directions hold more than one timing ({named})")
        parts = [when for when in whens if when.kind == "part"]
        meals = [when for when in whens if when.kind == "meal"]
        if not often:
            return _with(dose, *_by_day_parts(parts, meals))
        first = often[0]
        times = first.times
        if parts:
            times = _joined(first, parts, meals, whole)
        return msgspec.structs.replace(
            dose, times=times, timing=first.text.strip(), shortest=first.shortest, most=first.most
        )

    def _several(
        self, work: _Text, doses: list[tuple[re.Match[str], Part]], whens: list[_When]
    ) -> tuple[tuple[Part, ...], Literal["sum", "max"]]:
        """`1 tab in the morning and 2 at bedtime`: each dose needs a timing of its own."""
        parts: list[Part] = []
        join: Literal["sum", "max"] = "sum"
        for index, (match, dose) in enumerate(doses):
            start = 0 if index == 0 else match.start()
            end = doses[index + 1][0].start() if index + 1 < len(doses) else len(work.rest) + 1
            own = [when for when in whens if start <= when.start < end]
            part = self._timed(dose, own, work.whole)
            if part.times is None:
                raise _UnreadError("the directions hold several doses and not a timing for each")
            if index:
                before = work.rest[doses[index - 1][0].end() : match.start()]
                connecting = before.replace("take", " ").split()
                if connecting[-1:] == ["or"]:
                    join = "max"
                elif not {"and", "plus", "&"} & set(connecting) and not all(
                    when.kind == "part" for when in own
                ):
                    raise _UnreadError("the directions hold several doses")
            parts.append(part)
        return tuple(parts), join


def _with(dose: Part, times: Fraction | None, timing: str) -> Part:
    return msgspec.structs.replace(dose, times=times, timing=timing)


def _by_day_parts(parts: list[_When], meals: list[_When]) -> tuple[Fraction | None, str]:
    """Times a day where only parts of the day are named; meals alone say nothing of how often."""
    if not parts:
        return None, ""
    times = sum((when.times for when in parts), Fraction(0))
    if meals:
        times += meals[0].times
    return times, ", ".join(when.text.strip() for when in [*meals[:1], *parts])


def _joined(first: _When, parts: list[_When], meals: list[_When], whole: str) -> Fraction:
    """`twice daily, morning and evening` is two; `TID and at bedtime` is four."""
    named = sum((when.times for when in parts), Fraction(0))
    total = named + (meals[0].times if meals else 0)
    if first.times in (named, total) or (first.times == 1 and len(parts) == 1):
        return first.times
    between = whole[first.end : parts[0].start].strip()
    if not meals and between in ("and", "plus", "&"):
        return first.times + named
    raise _UnreadError("the directions name parts of the day that do not fit how often")
