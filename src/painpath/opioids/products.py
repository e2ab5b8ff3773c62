"""Which opioid a prescription is for, in which form and strength: by RxNorm code, else by name.

What is not stated stays `None`; nothing is taken from a partner drug of a combination.
"""

from __future__ import annotations

from fractions import Fraction

import msgspec

from painpath.opioids.loading import OpioidKnowledge, ProductEntry
from painpath.opioids.names import Name, NameReader
from painpath.opioids.numbers import exact, nearly, shown
from painpath.opioids.schema import Drug, Form, StrengthUnit
from painpath.records.facts import Prescription

_RXNORM = ("rxnorm", "2.16.840.1.113883.6.88")


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One opioid as ordered."""

    drug: Drug
    form: Form | None = None
    strength: Fraction | None = None
    """mg per tablet, film or spray; mg per millilitre; or mcg per hour of a patch."""
    unit: StrengthUnit | None = None
    combined: bool = False
    """Contains a partner drug; the strength is the opioid's alone."""
    why: str | None = None
    """Why this cannot be computed at all: codes and name contradict each other."""
    flags: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str | None, Fraction | None]:
        """Same ingredient, form and strength: the same product."""
        return self.drug.id, self.form.id if self.form else None, self.strength


class ProductReader:
    """Identifies products with one `OpioidKnowledge`."""

    def __init__(self, knowledge: OpioidKnowledge) -> None:
        self._knowledge = knowledge
        self.names = NameReader(knowledge)

    def identify(self, prescription: Prescription) -> Product | None:
        """The opioid that this prescription is for, or `None` if it is for none."""
        codes = [code for system, code, _ in prescription.codes if system.lower().endswith(_RXNORM)]
        entries = [self._knowledge.products[c] for c in codes if c in self._knowledge.products]
        drugs = {entry.drug for entry in entries}
        drugs |= {self._knowledge.ingredients[c] for c in codes if c in self._knowledge.ingredients}
        name = self._name(prescription)
        named = {drug.id for drug in name.drugs} if name else set()
        if not drugs and not named:
            return None
        candidates = drugs or named
        if len(candidates) > 1 or (drugs and named and drugs != named):
            every = sorted(drugs | named)
            listed = ", ".join(self._knowledge.drugs[drug].name.lower() for drug in every)
            return Product(
                drug=self._knowledge.drugs[every[0]],
                why=f"code and name give different opioids: {listed}",
            )
        return self._compose(next(iter(candidates)), entries, name, prescription)

    def _name(self, prescription: Prescription) -> Name | None:
        """What the text says, else the first display that names an opioid."""
        texts = [prescription.text, *(display for _, _, display in prescription.codes)]
        return next((name for text in texts if text and (name := self.names.read(text))), None)

    def _compose(
        self, drug: str, entries: list[ProductEntry], name: Name | None, order: Prescription
    ) -> Product:
        flags: list[str] = []
        title = self._knowledge.drugs[drug].name
        distinct = list(dict.fromkeys((e.form, e.strength, e.unit) for e in entries))
        if len(distinct) > 1:
            # A list of equivalent codes is no order for all of them: the name decides.
            entries = [e for e in entries if name and name.strength == exact(e.strength)]
            if not entries:
                flags.append("codes of several strengths stand on the order")
        elif entries and name is None and order.text:
            flags.append(f"the code is {title.lower()}, the text does not name it")
        form, strength, unit, combined = None, None, None, False
        cite: tuple[str, ...] = ()
        if entries:
            entry = entries[0]
            form = self._knowledge.forms[entry.form]
            strength, unit, combined = exact(entry.strength), entry.unit, entry.combined
            cite = entry.cite
            if name and name.strength is not None and name.unit == unit:
                flags += _difference(strength, name.strength, unit)
        elif name is not None:
            form, strength, unit, combined = name.form, name.strength, name.unit, name.combined
        return Product(
            drug=self._knowledge.drugs[drug],
            form=form,
            strength=strength,
            unit=unit,
            combined=combined,
            flags=tuple(flags),
            cite=cite,
        )


def _difference(code: Fraction, name: Fraction, unit: StrengthUnit) -> list[str]:
    """A note if code and name differ by more than rounding."""
    if nearly(code, name):
        return []
    return [
        f"the code is {shown(code)} {unit}, the name says {shown(name)} {unit}; the code counts"
    ]
