"""Which resources can be left undecoded, because nothing in them is known to any concept.

Most of a record is of no interest here (weights, vaccines, bills). The answer depends only on a
few CodeableConcepts, so it is remembered by their bytes. In doubt a resource is wanted.
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
from painpath.records.datatypes import CodeableConcept
from painpath.records.meanings import by_words, is_known

Wants = Callable[[Any], bool]

_DECODER = msgspec.json.Decoder(CodeableConcept)
_MEMORY = 200_000
_REPORTED = ("conclusion", "conclusionCode", "presentedForm", "contained")


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
            codeable = _DECODER.decode(data)
        except (msgspec.DecodeError, RecursionError):
            return True
        return is_known(codeable, self._vocabulary) or bool(
            by_words(codeable, self._kind, self._vocabulary)
        )


class _Claimed(_Memory):
    """The same for what a claim's item was for."""

    def _ask(self, data: bytes) -> bool:
        try:
            codeable = _DECODER.decode(data)
        except (msgspec.DecodeError, RecursionError):
            return True
        return may_be_done(codeable, self._vocabulary)


class Memories:
    """What is known of CodeableConcepts, for one vocabulary; lives as long as that."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.condition = _Memory(vocabulary, "condition")
        self.procedure = _Memory(vocabulary, "procedure")
        self.claimed = _Claimed(vocabulary, "procedure")
        self.observation = _Memory(vocabulary, "observation")
        self.report = _Memory(vocabulary, "report")


_memories: WeakKeyDictionary[Vocabulary, Memories] = WeakKeyDictionary()


class Sieve:
    """Sorts one document's resources, given as simdjson objects, into wanted and not."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        memories = _memories.get(vocabulary)
        if memories is None:
            memories = _memories[vocabulary] = Memories(vocabulary)
        self._condition = memories.condition
        self._procedure = memories.procedure
        self._claimed = memories.claimed
        self._observation = memories.observation
        self._report = memories.report
        self._claims: set[str] = set()
        self.unknown: Counter[bytes] = Counter()
        """Codes of conditions and procedures that nobody knows, as JSON."""
        self.wants: dict[str, Wants] = {
            "Observation": self._wants_observation,
            "Procedure": self._wants_procedure,
            "Condition": self._wants_condition,
            "DiagnosticReport": self._wants_report,
            "Claim": self._wants_claim,
            "ExplanationOfBenefit": self._wants_benefit,
            "Practitioner": _wants_practitioner,
        }

    def _wants_observation(self, resource: Any) -> bool:
        known = self._observation
        if known[resource["code"].mini]:
            return True
        keys = list(resource)
        if "valueCodeableConcept" in keys and known[resource["valueCodeableConcept"].mini]:
            return True
        if "hasMember" in keys:
            return True
        if "component" in keys:
            for component in resource["component"]:
                if known[component["code"].mini] or "valueCodeableConcept" in list(component):
                    return True
        return False

    def _wants_procedure(self, resource: Any) -> bool:
        code = resource["code"].mini
        if self._procedure[code]:
            return True
        self.unknown[code] += 1
        return False

    def _wants_condition(self, resource: Any) -> bool:
        code = resource["code"].mini
        if self._condition[code]:
            return True
        self.unknown[code] += 1
        return False

    def _wants_report(self, resource: Any) -> bool:
        if self._report[resource["code"].mini]:
            return True
        keys = list(resource)
        return any(key in keys for key in _REPORTED)

    def _wants_claim(self, resource: Any) -> bool:
        self._claims.add(resource["id"])
        known = self._claimed
        return any(known[item["productOrService"].mini] for item in resource["item"])

    def _wants_benefit(self, resource: Any) -> bool:
        try:
            claim: str = resource["claim"]["reference"]
        except KeyError:
            claim = ""
        if claim.removeprefix("Claim/").removeprefix("urn:uuid:") in self._claims:
            return False  # It repeats a Claim that has been seen.
        known = self._claimed
        return any(known[item["productOrService"].mini] for item in resource["item"])


def _wants_practitioner(resource: Any) -> bool:
    return "qualification" in list(resource)
