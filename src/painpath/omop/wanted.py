"""Which rows mean something to some concept; the others are counted and left where they are."""

from __future__ import annotations

from collections.abc import Callable

from painpath.omop.codes import Coded, Coder
from painpath.omop.concepts import is_none
from painpath.records.facts import Prescription
from painpath.records.meanings import Meanings, asked_by, meanings_of

Keeps = Callable[[Prescription], bool]
"""Whether a dose may have to be worked out of a prescription."""


class Wanted:
    """Answers for one vocabulary and the concepts of one source."""

    def __init__(self, coder: Coder, keeps: Keeps) -> None:
        self.coder = coder
        self._keeps = keeps

    def means(self, coded: Coded) -> bool:
        """Whether rows of this code can be of use."""
        vocabulary = self.coder.vocabulary
        meanings = self._meanings
        match coded.kind:
            case "observation":
                meaning = meanings.of(coded.code, "observation")
                asks = any(asked_by(coded.code, vocabulary))
                return asks or bool(meaning.matches or meaning.codes)
            case "drug":
                meaning = meanings.of(coded.code, "drug")
                return bool(meaning.matches) or self._keeps(_prescription(coded))
            case "procedure":
                meaning = meanings.of(coded.code, "procedure")
                # A code may mean something only with a claim modifier.
                return bool(meaning.matches or meaning.codes)
            case "note":
                return any(meanings.of(coded.code, kind).matches for kind in ("document", "report"))
            case "condition" | "device":
                return bool(meanings.of(coded.code, coded.kind).matches)
            case "allergy":
                return True

    def answers(self, concept: str) -> bool:
        """Whether a coded answer can be what its row is about."""
        if is_none(concept):
            return False
        value = self.coder.value(concept)
        return value is not None and bool(self._meanings.of(value, "observation").matches)

    @property
    def _meanings(self) -> Meanings:
        return meanings_of(self.coder.vocabulary)


def _prescription(coded: Coded) -> Prescription:
    """An order of nothing but the drug."""
    codes = tuple((c.system or "", c.code or "", c.display or "") for c in coded.code.coding)
    text = coded.code.text or next((c.display for c in coded.code.coding if c.display), "")
    return Prescription(
        ref="",
        kind="MedicationRequest",
        status="unknown",
        intent=None,
        text=text or "",
        codes=codes,
        start=None,
        end=None,
        open=False,
        dosages=(),
        quantity=None,
        quantity_unit=None,
        days_supply=None,
    )
