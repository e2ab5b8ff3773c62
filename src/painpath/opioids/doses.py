"""From dosage lines to the most a patient may take in a day, in mg, or mcg/h of a patch.

Structured elements first, the text for what they leave out; daily maxima of either win. What is not
stated is missing: never zero, never once a day.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import msgspec

from painpath.opioids.amounts import MASS, RATE, Amounts, MissingError
from painpath.opioids.loading import OpioidKnowledge
from painpath.opioids.numbers import exact, shown
from painpath.opioids.products import Product
from painpath.opioids.sig import OCCASION, Cap, Part, Sig, SigReader
from painpath.records.facts import DoseInstruction, Prescription

_HOURS_PER_DAY = 24


class Daily(msgspec.Struct, frozen=True, kw_only=True):
    """A daily dose: `amount` mg, or mcg per hour of patches worn."""

    amount: Fraction
    unit: str
    working: str
    changes: Fraction | None = None
    """How often a day a patch is changed, where the directions say so."""
    flags: tuple[str, ...] = ()


class NoDose(msgspec.Struct, frozen=True, kw_only=True):
    """The daily dose is not stated, and why."""

    why: str
    flags: tuple[str, ...] = ()


class DoseReader:
    """Computes daily doses with the units and directions of one `OpioidKnowledge`."""

    def __init__(self, knowledge: OpioidKnowledge) -> None:
        self._amounts = Amounts(knowledge)
        self._hours = {u: exact(h) for u, h in knowledge.directions.period_hours.items()}
        for unit, number in knowledge.directions.period_per_hour.items():
            self._hours[unit] = Fraction(1, number)
        self._knowledge = knowledge

    @cached_property
    def sigs(self) -> SigReader:
        """Reads directions in words; made when the first text is met."""
        return SigReader(self._knowledge)

    # --- what the directions allow ----------------------------------------------------------------

    def directed(
        self,
        product: Product,
        dosages: Sequence[DoseInstruction],
        on: datetime.date | None = None,
    ) -> Daily | NoDose:
        """The most that the dosage lines allow in a day (this day); several lines are added."""
        if not dosages:
            return NoDose(why="no directions on the order")
        if on is not None:
            # Of lines that follow one another only those of the day.
            dosages = [line for line in dosages if _holds(line, on)] or dosages
        lines = [self._line(product, dosage) for dosage in dosages]
        flags = [flag for line in lines for flag in line.flags]
        total: list[Daily] = []
        for line in lines:
            if isinstance(line, NoDose):
                return NoDose(why=line.why, flags=tuple(dict.fromkeys(flags)))
            total.append(line)
        if len(total) == 1:
            return total[0]
        if len({line.unit for line in total}) > 1:
            return NoDose(why="dosage lines of different kinds", flags=tuple(flags))
        flags.append(
            f"{len(total)} dosage lines added up; if they follow one another the dose is lower"
        )
        return Daily(
            amount=sum((line.amount for line in total), Fraction(0)),
            unit=total[0].unit,
            working=f"({' + '.join(line.working for line in total)})",
            flags=tuple(dict.fromkeys(flags)),
        )

    def _line(self, product: Product, dosage: DoseInstruction) -> Daily | NoDose:
        sig = self.sigs.read(dosage.text) if dosage.text else Sig()
        flags: list[str] = []
        try:
            structured = self._structured(product, dosage, sig)
            caps = [*self._structured_cap(dosage, flags), *sig.caps]
            parts, join = self._filled(structured, sig)
            as_needed = dosage.as_needed or sig.as_needed
            daily = self._most(product, parts, join, caps, as_needed, flags)
        except MissingError as missing:
            why = str(missing)
            if sig.problem is not None:
                why = f"{why}; {sig.problem}"
            return NoDose(why=why, flags=tuple(dict.fromkeys(flags)))
        complete = structured.low is not None and structured.times is not None
        if sig.problem is not None:
            basis = "structured dosage" if complete else "daily maximum"
            flags.append(f"in the text {sig.problem}; the {basis} counts")
        elif complete:
            flags += self._disagreement(product, sig, caps, daily)
        return msgspec.structs.replace(daily, flags=tuple(dict.fromkeys(flags)))

    def _structured(self, product: Product, dosage: DoseInstruction, sig: Sig) -> Part:
        """What the structured elements say, as far as they say it in a known unit."""
        times, shortest, most = self.times_per_day(dosage)
        part = Part(times=times, shortest=shortest, most=most)
        if times is None and dosage.timing:
            coded = self.sigs.read(dosage.timing).parts
            if len(coded) == 1:
                part = msgspec.structs.replace(coded[0], low=None, high=None, unit=None)
        low = dosage.dose_low if dosage.dose_low is not None else dosage.dose_high
        high = dosage.dose_high if dosage.dose_high is not None else dosage.dose_low
        if low is None or high is None:
            return part
        if high <= 0:
            raise MissingError(f"the dose is {shown(exact(high))}")
        text = sig.parts[0] if len(sig.parts) == 1 else Part()
        unit = self._amounts.unit(dosage.dose_unit)
        if unit is None:
            if text.low is not None:
                # The text names the dose with its unit.
                return part
            if dosage.dose_unit:
                raise MissingError(f'the unit "{dosage.dose_unit}" is not known')
            self._refuse_bare(product, exact(high))
        return msgspec.structs.replace(
            part, low=exact(low), high=exact(high), unit=unit, content=text.content
        )

    def _refuse_bare(self, product: Product, dose: Fraction) -> None:
        """A number without a unit counts tablets, unless it could as well be the content."""
        form = product.form
        if form is None or form.kind == "liquid":
            raise MissingError("the dose has no unit")
        if product.strength is not None and product.strength != 1 and dose >= product.strength:
            units = self._amounts.plural(form.unit)
            raise MissingError(f"the dose has no unit: {shown(dose)} may be {units} or a content")

    def times_per_day(self, dosage: DoseInstruction) -> tuple[Fraction | None, bool, bool]:
        """Times a day at most; whether by the shorter interval; whether by the upper frequency.

        `None` if the order does not say how often, or in no unit of time, or says more than every
        second.
        """
        counted = max(dosage.times_of_day, dosage.when_count)
        frequency = dosage.frequency_max or dosage.frequency
        if frequency is None and dosage.period is not None and dosage.period_unit:
            # FHIR: where no frequency is stated, it happens once a period.
            frequency = 1.0
        known = [n for n in (frequency, dosage.period) if n is not None and n > 0]
        if frequency is None or dosage.period is None or not dosage.period_unit:
            if frequency is None and dosage.period is None and counted:
                return Fraction(counted), False, False
            return None, False, False
        periods = [p for p in (dosage.period, dosage.period_max) if p is not None and p > 0]
        hours = self._hours.get(dosage.period_unit)
        if hours is None or len(known) < 2:
            return None, False, False
        period = exact(min(periods)) * hours
        times = exact(frequency) * _HOURS_PER_DAY / period
        if times > _HOURS_PER_DAY * 3600:
            return None, False, False
        if period == _HOURS_PER_DAY:
            # "once a day at 10:00 and 22:00" is twice.
            times = max(times, Fraction(counted))
        most = dosage.frequency_max is not None and dosage.frequency_max != dosage.frequency
        return times, len(set(periods)) > 1, most

    def _structured_cap(self, dosage: DoseInstruction, flags: list[str]) -> list[Cap]:
        if dosage.max_per_day is None or dosage.max_per_day <= 0:
            return []
        unit = self._amounts.unit(dosage.max_per_day_unit)
        if unit is None and dosage.max_per_day_unit:
            written = dosage.max_per_day_unit
            flags.append(f'the daily maximum in "{written}" was not applied: unit not known')
            return []
        return [Cap(exact(dosage.max_per_day), unit)]

    @staticmethod
    def _filled(structured: Part, sig: Sig) -> tuple[tuple[Part, ...], str]:
        """The structured dose and timing, each from the text where it is missing."""
        if structured.low is not None and structured.times is not None:
            return (structured,), "sum"
        if structured.low is None and structured.times is None and sig.parts:
            return sig.parts, sig.join
        if len(sig.parts) != 1:
            return (structured,), "sum"
        text = sig.parts[0]
        if structured.low is None:
            return (
                msgspec.structs.replace(
                    structured, low=text.low, high=text.high, unit=text.unit, content=text.content
                ),
            ), "sum"
        return (
            msgspec.structs.replace(
                structured,
                times=text.times,
                timing=text.timing,
                shortest=text.shortest,
                most=text.most,
            ),
        ), "sum"

    # --- arithmetic -------------------------------------------------------------------------------

    def _most(
        self,
        product: Product,
        parts: Sequence[Part],
        join: str,
        caps: Sequence[Cap],
        as_needed: bool,
        flags: list[str],
    ) -> Daily:
        worn = product.form is not None and product.form.kind == "patch"
        unit = RATE if worn else MASS
        often = [cap.amount for cap in caps if cap.unit == OCCASION]
        limits = [
            limit
            for cap in caps
            if cap.unit != OCCASION and (limit := self._limit(product, cap, parts, flags))
        ]
        amounts: list[Fraction] = []
        workings: list[str] = []
        for part in parts:
            if part.high is None:
                if limits:
                    break
                raise MissingError("no dose on the order")
            amount = self._amounts.amount(product, part, part.high, flags)
            dose = self._amounts.dose_text(product, part, amount)
            if worn:
                amounts.append(amount)
                workings.append(dose)
                continue
            stated = [] if part.times is None else [part.times]
            times = min([*stated, *often], default=None)
            if times is None:
                if limits:
                    break
                if as_needed:
                    raise MissingError(
                        "no timing on the order: as needed, without an interval or a daily maximum"
                    )
                raise MissingError("no timing on the order")
            amounts.append(amount * times)
            workings.append(f"{dose} x {shown(times)}/day{_reasons(part, times)}")
        lowest = min(limits, key=lambda limit: limit[0], default=None)
        if len(amounts) < len(parts):
            assert lowest is not None
            return Daily(amount=lowest[0], unit=unit, working=f"at most {lowest[1]}/day")
        total = max(amounts) if join == "max" else sum(amounts, Fraction(0))
        working = " + ".join(workings)
        if join == "max":
            working = workings[amounts.index(total)]
        elif len(workings) > 1:
            working = f"({working})"
        if lowest is not None and lowest[0] < total:
            total = lowest[0]
            working = f"{working}, at most {lowest[1]}/day,"
        changes = parts[0].times if worn and len(parts) == 1 else None
        return Daily(amount=total, unit=unit, working=working, changes=changes)

    def _limit(
        self, product: Product, cap: Cap, parts: Sequence[Part], flags: list[str]
    ) -> tuple[Fraction, str] | None:
        """A daily maximum as a daily dose; one that cannot be converted is named, not applied."""
        unit = cap.unit
        if unit is None:
            units = {part.unit for part in parts}
            unit = units.pop() if len(units) == 1 else None
            if unit is not None and self._amounts.kind(unit) == "mass":
                flags.append(f"the daily maximum of {shown(cap.amount)} has no unit: not applied")
                return None
        part = Part(low=cap.amount, high=cap.amount, unit=unit)
        contents = [p.content for p in parts if p.content is not None and p.unit == unit]
        if contents:
            part = msgspec.structs.replace(part, content=contents[0])
        try:
            amount = self._amounts.amount(product, part, cap.amount, [])
        except MissingError as missing:
            flags.append(f"the daily maximum was not applied: {missing}")
            return None
        return amount, self._amounts.count_text(product, part)

    def _disagreement(
        self, product: Product, sig: Sig, caps: Sequence[Cap], daily: Daily
    ) -> list[str]:
        """A note if the text, read alone, gives another daily dose than the structure."""
        if not sig.parts:
            return []
        try:
            other = self._most(product, sig.parts, sig.join, caps, sig.as_needed, [])
        except MissingError:
            return []
        if other.amount == daily.amount:
            return []
        return [
            f"the text reads as {shown(other.amount)} {daily.unit} a day, the structured dosage "
            f"as {shown(daily.amount)}; the structured one counts"
        ]

    # --- what was dispensed -----------------------------------------------------------------------

    def dispensed(
        self, product: Product, order: Prescription, changes: Fraction | None = None
    ) -> Daily | None:
        """Quantity over days' supply, where both are stated.

        Args:
            product: What was dispensed.
            order: With the quantity and the days' supply.
            changes: How often a day a patch is changed; default: as long as a patch lasts.
        """
        form = product.form
        if order.quantity is None or order.days_supply is None or product.strength is None:
            return None
        if order.quantity <= 0 or order.days_supply <= 0:
            return None
        unit = self._amounts.unit(order.quantity_unit)
        if unit is None or self._amounts.kind(unit) in ("rate", "occasion"):
            if form is None or form.kind == "liquid":
                return None
            unit = form.unit
        per_day = exact(order.quantity) / exact(order.days_supply)
        try:
            amount = self._amounts.amount(product, Part(unit=unit), per_day, [])
        except MissingError:
            return None
        number, days = shown(exact(order.quantity)), shown(exact(order.days_supply))
        working = f"{number} {self._amounts.plural(unit)} / {days} days"
        if form is None or form.kind != "patch":
            return Daily(amount=amount, unit=MASS, working=f"{working} ({shown(amount)} mg/day)")
        if changes is None and form.wear_hours is not None:
            changes = _HOURS_PER_DAY / exact(form.wear_hours)
        if not changes:
            return None
        amount /= changes
        working = f"{working}, each worn {shown(_HOURS_PER_DAY / changes)} h"
        return Daily(amount=amount, unit=RATE, working=f"{working} ({shown(amount)} {RATE})")


def _holds(line: DoseInstruction, on: datetime.date) -> bool:
    if line.start is not None and on < line.start:
        return False
    return line.end is None or on <= line.end


def _reasons(part: Part, times: Fraction) -> str:
    reasons = []
    if part.shortest and times == part.times:
        reasons.append("shortest interval")
    if part.low != part.high:
        reasons.append("upper end of the dose")
    if part.most and times == part.times:
        reasons.append("upper end of how often")
    return f" ({', '.join(reasons)})" if reasons else ""
