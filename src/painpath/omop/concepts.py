"""Concepts of the OMOP vocabularies that a source uses, as the code systems of records."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from painpath.knowledge.vocabulary import OWN_SYSTEM
from painpath.records.datatypes import Coding

SYSTEMS = {
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "SNOMED": "http://snomed.info/sct",
    "LOINC": "http://loinc.org",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "CPT4": "http://www.ama-assn.org/go/cpt",
    "HCPCS": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "UCUM": "http://unitsofmeasure.org",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    # A local vocabulary for what has no standard code.
    "PainPath": OWN_SYSTEM,
}
"""Vocabularies of OMOP by the names that records use; others are kept by their own name."""


class Concept(msgspec.Struct, frozen=True):
    """A row of the `concept` table that some row of the source names."""

    id: str
    vocabulary: str
    code: str
    name: str
    class_: str = ""
    ingredients: tuple[str, ...] = ()
    """Ids of the ingredients of a drug, by `concept_ancestor`."""
    standard: tuple[str, ...] = ()
    """Ids that it maps to, by `concept_relationship`."""

    @property
    def coding(self) -> Coding:
        """As a record would have it."""
        system = SYSTEMS.get(self.vocabulary, self.vocabulary)
        return Coding(system=system, code=self.code, display=self.name or None)

    @property
    def mark(self) -> int:
        """Changes with what it says."""
        said = msgspec.msgpack.encode(self)
        return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big")


class Concepts(dict[str, Concept]):
    """Concepts by id."""

    known: bool = False
    """Whether the source has a `concept` table at all."""

    def names(self, concept: str | None) -> str:
        """Its name in lower case; empty if it has none."""
        found = self.get(concept or "")
        return "" if found is None else found.name.lower()

    def lacks(self, concept: str | None) -> bool:
        """Whether an id that means something is not among the concepts."""
        return self.known and not is_none(concept) and concept not in self

    def write(self, path: Path) -> None:
        """Keep them; the file is whole or not there."""
        beside = path.with_name(f".{path.name}.part")
        beside.write_bytes(msgspec.msgpack.encode((self.known, list(self.values()))))
        beside.replace(path)

    @classmethod
    def read(cls, path: Path) -> Concepts:
        """What `write` kept."""
        known, rows = msgspec.msgpack.decode(path.read_bytes(), type=tuple[bool, list[Concept]])
        found = cls((row.id, row) for row in rows)
        found.known = known
        return found


def is_none(concept: str | None) -> bool:
    """Whether a concept id says that there is none: empty, or 0."""
    return concept is None or concept in ("", "0")
