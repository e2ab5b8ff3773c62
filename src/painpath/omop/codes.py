"""What a row is about: its source code first, the standard concept's code otherwise.

The same codes, in the same systems, as a FHIR record would give them; their meaning is looked up
by the record reader.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import msgspec
from msgspec import Raw

from painpath.knowledge.vocabulary import Vocabulary
from painpath.omop.concepts import SYSTEMS, Concepts, is_none
from painpath.records.datatypes import CodeableConcept, Coding
from painpath.records.meanings import asked_by, is_known

Kind = Literal["condition", "procedure", "drug", "observation", "device", "note", "allergy"]

_KINDS: dict[str, Kind] = {
    "condition_occurrence": "condition",
    "procedure_occurrence": "procedure",
    "drug_exposure": "drug",
    "measurement": "observation",
    "observation": "observation",
    "device_exposure": "device",
    "note": "note",
}
_SHAPES: dict[str, re.Pattern[str]] = {
    "ICD10CM": re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.IGNORECASE),
    "SNOMED": re.compile(r"\d{6,18}"),
    "CPT4": re.compile(r"(?:\d{4}[\dTFU]|[A-V]\d{4})(?:[-: ,]+[0-9A-Z]{2})*", re.IGNORECASE),
    "LOINC": re.compile(r"\d{1,7}-\d"),
    "RxNorm": re.compile(r"\d{2,8}"),
}
_MAY_BE: dict[str, tuple[str, ...]] = {
    "condition_occurrence": ("ICD10CM", "SNOMED"),
    "procedure_occurrence": ("CPT4", "SNOMED", "ICD10CM"),
    "drug_exposure": ("RxNorm", "CPT4"),
    "measurement": ("LOINC", "CPT4", "SNOMED", "ICD10CM"),
    "observation": ("LOINC", "CPT4", "ICD10CM", "SNOMED"),
    "device_exposure": ("CPT4", "SNOMED"),
    "note": (),
}
"""Vocabularies that a source value without a source concept may be of, the likeliest first."""
_PREFIX = re.compile(r"([A-Za-z][\w-]*)\s*[:|]\s*(\S+)")
_ALLERGY = re.compile(
    r"(?:drug |food |medication )?(?:allerg|hypersensitiv|intolerance|adverse reaction)",
    re.IGNORECASE,
)
_REPORT = re.compile(r"radiolog|imaging", re.IGNORECASE)
_BILLED = frozenset(SYSTEMS[name] for name in ("CPT4", "HCPCS"))
_DIAGNOSES = frozenset(SYSTEMS[name] for name in ("ICD10CM", "ICD10"))


class Triple(NamedTuple):
    """Standard concept, source concept and source value of a row."""

    concept: str | None
    source_concept: str | None
    source_value: str | None


class Coded(NamedTuple):
    """What a row is about."""

    kind: Kind
    code: CodeableConcept
    raw: Raw
    """The same as JSON, made once for all rows that share it."""
    missing: tuple[str, ...]
    """Concept ids that the `concept` table lacks."""
    has_code: bool


class Coder:
    """Codes of rows; each triple is worked out once."""

    def __init__(self, vocabulary: Vocabulary, concepts: Concepts) -> None:
        self.vocabulary = vocabulary
        self.concepts = concepts
        self._known: dict[tuple[str, Triple], Coded] = {}
        self._raws: dict[tuple[bytes, tuple[str, ...]], Raw] = {}
        self._values: dict[str, CodeableConcept | None] = {}
        self._raw_values: dict[str, Raw] = {}

    def of(self, table: str, triple: Triple) -> Coded:
        """What a row of a table is about."""
        found = self._known.get((table, triple))
        if found is None:
            if len(self._known) > _MEMORY:
                self._known.clear()
            found = self._known[table, triple] = self._find(table, triple)
        return found

    def value(self, concept: str | None) -> CodeableConcept | None:
        """A coded answer."""
        if is_none(concept) or concept is None:
            return None
        if concept not in self._values:
            known = self.concepts.get(concept)
            self._values[concept] = (
                None if known is None else CodeableConcept(coding=(known.coding,))
            )
        return self._values[concept]

    def raw_value(self, concept: str | None) -> Raw | None:
        """The same as JSON."""
        value = self.value(concept)
        if value is None or concept is None:
            return None
        return self._raw_values.setdefault(concept, raw_of(value))

    def with_modifiers(self, coded: Coded, modifiers: tuple[str, ...]) -> Raw:
        """The code with claim modifiers beside it, as records write them."""
        if not modifiers:
            return coded.raw
        key = bytes(coded.raw), modifiers
        found = self._raws.get(key)
        if found is None:
            if len(self._raws) > _MEMORY:
                self._raws.clear()
            more = tuple(Coding(code=modifier) for modifier in modifiers)
            code = CodeableConcept(coding=(*coded.code.coding, *more), text=coded.code.text)
            found = self._raws[key] = raw_of(code)
        return found

    def _find(self, table: str, triple: Triple) -> Coded:
        concepts = self.concepts
        codings: list[Coding] = []
        text: str | None = None
        source = concepts.get(triple.source_concept or "")
        value = (triple.source_value or "").strip()
        if source is not None and not is_none(source.id):
            codings.append(source.coding)
        elif value and (coding := self._shaped(table, value)) is not None:
            codings.append(coding)
            # Digits may be a number of the source's own: a standard concept says it better.
            standard = self._standard(triple)
            if value.isdigit() and standard and self._means(standard):
                codings = standard
        if value and not any(value.upper().startswith((c.code or "").upper()) for c in codings):
            text = value
        if not codings or not self._means(codings):
            standard = self._standard(triple)
            if table == "drug_exposure" and standard:
                # A package's number says less than the name of the drug it maps to.
                codings = [c for c in codings if c.system != SYSTEMS["NDC"]]
            codings += [c for c in standard if c not in codings]
        code = CodeableConcept(coding=tuple(codings), text=text)
        named = (triple.concept, triple.source_concept)
        return Coded(
            kind=self._kind(table, code),
            code=code,
            raw=raw_of(code),
            missing=tuple(id for id in named if id is not None and concepts.lacks(id)),
            has_code=bool(codings or text),
        )

    def _standard(self, triple: Triple) -> list[Coding]:
        """The standard concept, what the source concept maps to, and a drug's ingredients."""
        concepts = self.concepts
        ids = [] if is_none(triple.concept) else [triple.concept or ""]
        source = concepts.get(triple.source_concept or "")
        if not ids and source is not None:
            ids = list(source.standard)
        found = [concepts[id] for id in ids if id in concepts]
        codings = [concept.coding for concept in found]
        if codings and self._means(codings):
            return codings
        parts = [id for concept in found for id in concept.ingredients]
        return codings + [concepts[id].coding for id in parts if id in concepts]

    def _shaped(self, table: str, value: str) -> Coding | None:
        """A source value that looks like a code; the vocabulary that knows it, else the first."""
        prefixed = _PREFIX.fullmatch(value)
        if prefixed is not None:
            names = {name.lower(): name for name in SYSTEMS}
            named = names.get(prefixed[1].lower().replace("-", "").replace("_", ""))
            if named is not None:
                return Coding(system=SYSTEMS[named], code=prefixed[2])
        first, _, words = value.partition(" ")
        if words.strip("-:| "):
            # A code with its words behind it, if somebody knows it.
            found = self._shaped(table, first.rstrip("-:|,"))
            if found is None or not self._means([found]):
                return None
            return Coding(system=found.system, code=found.code, display=words.strip("-:| "))
        own = SYSTEMS["PainPath"]
        if _KINDS[table] == "observation" and self.vocabulary.lookup(own, value):
            return Coding(system=own, code=value)
        shaped = [
            Coding(system=SYSTEMS[name], code=value)
            for name in _MAY_BE[table]
            if _SHAPES[name].fullmatch(value)
        ]
        return next((c for c in shaped if self._means([c])), shaped[0] if shaped else None)

    def _means(self, codings: list[Coding]) -> bool:
        code = CodeableConcept(coding=tuple(codings))
        return is_known(code, self.vocabulary) or any(asked_by(code, self.vocabulary))

    def _kind(self, table: str, code: CodeableConcept) -> Kind:
        """The vocabulary of the source decides, whichever table the row was mapped into."""
        kind = _KINDS[table]
        if kind not in ("condition", "procedure", "observation"):
            return kind
        first = code.coding[0] if code.coding else None
        if first is not None and first.system in _DIAGNOSES:
            return "condition"
        if first is not None and first.system in _BILLED and self._means([first]):
            return "procedure"
        if table == "observation" and any(map(_ALLERGY.match, _names(code))):
            return "allergy"
        return kind


def is_report(coded: Coded) -> bool:
    """Whether a note is of an examination by imaging, whatever was examined."""
    return any(map(_REPORT.search, _names(coded.code)))


def _names(code: CodeableConcept) -> list[str]:
    return [name for name in (code.text, *(c.display for c in code.coding)) if name]


def raw_of(code: CodeableConcept) -> Raw:
    """A code as the JSON by which its meaning is remembered."""
    return Raw(msgspec.json.encode(code))


_MEMORY = 200_000
