"""Which resources can be left out, because nothing in them is known to any concept.

Most of a record is of no interest here (weights, vaccines, bills). The answer depends only on a
few CodeableConcepts, so it is remembered by their JSON.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from painpath.knowledge.terms import Kind
from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.claims import may_be_done
from painpath.records.datatypes import ABSENT, CodeableConcept, concepts
from painpath.records.meanings import asked_by, by_words, is_known
from painpath.records.resource_types import UNREAD
from painpath.records.resources import (
    Claim,
    DiagnosticReport,
    ExplanationOfBenefit,
    Observation,
    Practitioner,
    Procedure,
    Resource,
)

Wants = Callable[[Any], bool]

_MEMORY = 200_000


class _Memory(dict[bytes, bool]):
    """Whether some concept may be meant by a CodeableConcept's bytes."""

    def __init__(self, vocabulary: Vocabulary, kind: Kind) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._kind = kind

    def __missing__(self, data: bytes) -> bool:
        if len(self) > _MEMORY:
            self.clear()
        answer = self[data] = self._ask(data)
        return answer

    def _ask(self, data: bytes) -> bool:
        try:
            codeable = concepts[data]
        except (msgspec.DecodeError, RecursionError):
            return True  # It must be mended first.
        return codeable is not None and self._means(codeable)

    def _means(self, codeable: CodeableConcept) -> bool:
        return is_known(codeable, self._vocabulary) or bool(
            by_words(codeable, self._kind, self._vocabulary)
        )


class _Observed(_Memory):
    """The same for what an Observation asks: also an item of an instrument."""

    def _means(self, codeable: CodeableConcept) -> bool:
        return any(asked_by(codeable, self._vocabulary)) or super()._means(codeable)


class _Claimed(_Memory):
    """The same for what a claim's item was for."""

    def _means(self, codeable: CodeableConcept) -> bool:
        return may_be_done(codeable, self._vocabulary)


class Memories:
    """What is known of CodeableConcepts, for one vocabulary; lives as long as that."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.procedure = _Memory(vocabulary, "procedure")
        self.claimed = _Claimed(vocabulary, "procedure")
        self.observation = _Observed(vocabulary, "observation")
        self.report = _Memory(vocabulary, "report")


_memories: WeakKeyDictionary[Vocabulary, Memories] = WeakKeyDictionary()


def _no(_: Resource) -> bool:
    return False


EVERYTHING: dict[type[Any], Wants] = dict.fromkeys(UNREAD.values(), _no)
"""What is wanted without a sieve: all that is read at all."""


class Sieve:
    """Sorts one document's resources into wanted and not."""

    def __init__(self, vocabulary: Vocabulary, unknown: Counter[bytes] | None = None) -> None:
        memories = _memories.get(vocabulary)
        if memories is None:
            memories = _memories[vocabulary] = Memories(vocabulary)
        self.procedure = memories.procedure
        self.claimed = memories.claimed
        self.observation = memories.observation
        self.report = memories.report
        self._claims: set[str] = set()
        self.unknown: Counter[bytes] = Counter() if unknown is None else unknown
        """Codes of procedures that nobody knows, as JSON. Conditions are all wanted: care may
        name them as its reason."""
        self.wants: dict[type[Any], Wants] = EVERYTHING | {
            Observation: self._wants_observation,
            Procedure: self._wants_procedure,
            DiagnosticReport: self._wants_report,
            Claim: self._wants_claim,
            ExplanationOfBenefit: self._wants_benefit,
            Practitioner: _wants_practitioner,
        }
        """By type; all resources of the other types are wanted."""

    def _wants_observation(self, observation: Observation) -> bool:
        known = self.observation
        if known[bytes(observation.code_)]:
            return True
        if observation.answer is not ABSENT and known[bytes(observation.answer)]:
            return True
        if observation.hasMember:
            return True
        for part in observation.component:
            if known[bytes(part.code_)] or known[bytes(part.answer)]:
                return True
        return False

    def _wants_procedure(self, procedure: Procedure) -> bool:
        return self.wants_procedure(bytes(procedure.code_))

    def wants_procedure(self, code: bytes) -> bool:
        """Whether a Procedure with this code is wanted; if not, the code is counted."""
        if self.procedure[code]:
            return True
        self.unknown[code] += 1
        return False

    def _wants_report(self, report: DiagnosticReport) -> bool:
        return (
            self.report[bytes(report.code_)]
            or report.conclusion is not None
            or bool(report.conclusionCode or report.codedDiagnosis)
            or bool(report.presentedForm or report.contained)
        )

    def wants_claim(self, claim: Claim) -> bool:
        """Whether one of the items may say that something was done."""
        known = self.claimed
        return any(known[bytes(item.service)] for item in claim.item)

    def _wants_claim(self, claim: Claim) -> bool:
        if claim.id is not None:
            self._claims.add(claim.id)
        return self.wants_claim(claim)

    def _wants_benefit(self, benefit: ExplanationOfBenefit) -> bool:
        claim = benefit.claim
        if claim is not None and claim.reference is not None:
            name = claim.reference.removeprefix("Claim/").removeprefix("urn:uuid:")
            if name in self._claims:
                return False  # It repeats a Claim that has been seen.
        return self.wants_claim(benefit)


def _wants_practitioner(practitioner: Practitioner) -> bool:
    return bool(practitioner.qualification)
