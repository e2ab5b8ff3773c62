"""Units and contents: what one dose amounts to in mg, or in mcg per hour of a patch.

Knows units and products, nothing of how often.
"""

from __future__ import annotations

from fractions import Fraction

from painpath.opioids.loading import OpioidKnowledge
from painpath.opioids.numbers import exact, nearly, shown
from painpath.opioids.products import Product
from painpath.opioids.schema import UnitKind
from painpath.opioids.sig import Part

MASS, RATE = "mg", "mcg/h"

_MOST = 10**9
"""Beyond this (a ton, in mg) a number is a slip of a machine, not a dose."""


class MissingError(Exception):
    """A dose cannot be computed; the message says what is missing, as a clinician would."""


class Amounts:
    """Converts doses with the units of one `OpioidKnowledge`."""

    def __init__(self, knowledge: OpioidKnowledge) -> None:
        self._units = knowledge.units
        self._unit_words = knowledge.unit_words

    def amount(self, product: Product, part: Part, number: Fraction, flags: list[str]) -> Fraction:
        """One dose in mg, or mcg/h for a patch."""
        if number > _MOST or (product.strength or 0) > _MOST:
            raise MissingError("the dose is larger than any that can be meant")
        form, strength = product.form, product.strength
        kind = self.kind(part.unit) if part.unit else "count"
        size = exact(self._units[part.unit].size) if part.unit else Fraction(1)
        if form is not None and form.kind == "patch":
            return self._rate(product, part, number, kind, size)
        if kind == "occasion":
            raise MissingError("the dose is given in doses, not in a unit of the product")
        if kind == "mass":
            if product.combined:
                flags.append("dose in mg of a combination: read as the opioid's")
            return number * size
        if kind == "rate":
            raise MissingError("the dose is a rate, the product is not a patch")
        content = self._content(part)
        if strength is not None and content is not None:
            each = strength * size if kind == "volume" else strength
            if not nearly(each, content):
                flags.append(
                    f"the directions say {shown(content)} mg per {part.unit or 'unit'}, "
                    f"the product has {shown(each)} mg"
                )
        if kind == "volume":
            if product.unit == "mg/mL" and strength is not None:
                return number * size * strength
            if product.unit == "mg" and content is None:
                raise MissingError("the dose is a volume, the strength is per unit")
        elif product.unit == "mg" and strength is not None:
            return number * strength
        elif product.unit == "mg/mL":
            raise MissingError(f"the dose counts {self.plural(part.unit)}, the product is a liquid")
        if content is not None:
            return number * content
        raise MissingError("the strength of the product is not stated")

    def _rate(
        self, product: Product, part: Part, number: Fraction, kind: UnitKind, size: Fraction
    ) -> Fraction:
        """What is released in an hour by all patches worn together."""
        if kind == "rate":
            return number * size
        if kind == "count":
            if product.unit == RATE and product.strength is not None:
                return number * product.strength
            content = part.content
            if content is not None and self.kind(content.unit) == "rate":
                return number * content.amount * exact(self._units[content.unit].size)
            raise MissingError("the release rate of the patch is not stated")
        micrograms = number * size * 1000
        if kind == "mass" and micrograms == product.strength:
            # "25 mcg" of a 25 mcg/h patch is one patch.
            return micrograms
        raise MissingError("the dose is neither a number of patches nor a rate")

    def _content(self, part: Part) -> Fraction | None:
        """What one counted unit holds by the text, in mg."""
        if part.content is None or self.kind(part.content.unit) != "mass":
            return None
        return part.content.amount * exact(self._units[part.content.unit].size)

    def unit(self, written: str | None) -> str | None:
        """The id of a unit as records write it: `{tab}`, `MG`, `Tablet(s)`."""
        if not written:
            return None
        plain = written.strip().lower()
        for form in (plain, plain.strip("{}[]").rstrip(".")):
            if form in self._unit_words:
                return self._unit_words[form]
        return None

    def kind(self, unit: str) -> UnitKind:
        """Mass, volume, rate, count or occasion."""
        return self._units[unit].kind

    def plural(self, unit: str | None) -> str:
        """The unit's name for more than one."""
        if unit is None:
            return "units"
        known = self._units[unit]
        if known.plural is not None:
            return known.plural
        return f"{unit}s" if known.kind == "count" else unit

    def count_text(self, product: Product, part: Part) -> str:
        """`2 tablets`."""
        assert part.high is not None
        unit = part.unit or (product.form.unit if product.form else None)
        name = unit or "unit"
        return f"{shown(part.high)} {name if part.high <= 1 else self.plural(unit)}"

    def dose_text(self, product: Product, part: Part, amount: Fraction) -> str:
        """`2 tablets (10 mg)`; a dose in mg stands alone."""
        text = self.count_text(product, part)
        if part.unit is not None and self.kind(part.unit) in ("mass", "rate"):
            return text
        patch = product.form is not None and product.form.kind == "patch"
        return f"{text} ({shown(amount, 3)} {RATE if patch else MASS})"
