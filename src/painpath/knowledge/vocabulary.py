"""The vocabulary: what a code, word or region of a record stands for, found fast.

Built once from `Knowledge`; records are read with it and the engine numbers concepts by it. It
holds no rule. `includes` is not expanded here: a fact says what was recorded.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from painpath.knowledge import terms
from painpath.knowledge.compiled import (
    NO_MATCH,
    OWN_SYSTEM,
    RELIEF_DURATION,
    RELIEF_PERCENT,
    About,
    Compiled,
    Match,
    Matches,
    compile_knowledge,
)
from painpath.knowledge.loading import Knowledge

__all__ = [
    "OWN_SYSTEM",
    "RELIEF_DURATION",
    "RELIEF_PERCENT",
    "About",
    "Match",
    "Matches",
    "Vocabulary",
]

_NAMES: dict[str, tuple[str, ...]] = {
    "icd10cm": (
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://hl7.org/fhir/sid/icd-10",
        "urn:oid:2.16.840.1.113883.6.90",
        "urn:oid:2.16.840.1.113883.6.3",
        "icd-10-cm",
        "icd10cm",
        "icd-10",
        "icd10",
        "i10",
    ),
    "snomed": (
        "http://snomed.info/sct",
        "urn:oid:2.16.840.1.113883.6.96",
        "snomed",
        "snomed-ct",
        "snomedct",
        "sct",
    ),
    "loinc": ("http://loinc.org", "urn:oid:2.16.840.1.113883.6.1", "loinc", "ln"),
    "rxnorm": (
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "urn:oid:2.16.840.1.113883.6.88",
        "rxnorm",
    ),
    # CPT is level I of HCPCS and the codes do not collide: one table for both.
    "cpt": (
        "http://www.ama-assn.org/go/cpt",
        "urn:oid:2.16.840.1.113883.6.12",
        "http://www.cms.gov/medicare/coding/hcpcsreleasecodesets",
        "http://www.cms.gov/medicare/coding/hcpcs",
        "http://terminology.hl7.org/codesystem/hcpcs",
        "http://terminology.hl7.org/codesystem/hcpcs-all-codes",
        "urn:oid:2.16.840.1.113883.6.285",
        "urn:oid:2.16.840.1.113883.6.14",
        "cpt",
        "cpt4",
        "cpt-4",
        "hcpcs",
    ),
    "nucc": (
        "http://nucc.org/provider-taxonomy",
        "http://www.nucc.org",
        "http://terminology.hl7.org/codesystem/nuccprovidercodes",
        "urn:oid:2.16.840.1.113883.6.101",
        "nucc",
    ),
    "own": (OWN_SYSTEM,),
}
_TABLE_OF = {name: table for table, names in _NAMES.items() for name in names}
_BARE_ICD = re.compile(r"[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}")
_WITH_MODIFIERS = re.compile(r"([0-9A-Z]{5})(?:[-: ,]+([0-9A-Z]{2}))+")
_MEMORY = 400_000
_LONG_TEXT = 20_000
"""Nothing is looked for beyond this in one name or sentence."""


class Vocabulary:
    """Look-up of codes and words. Immutable but for its memory of what it was asked."""

    concepts: tuple[str, ...]
    """Concept ids, sorted; the index is the key of the concept everywhere."""
    region_bits: dict[str, int]
    """Region id to mask; a region that counts as another shares its bit."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._set(compile_knowledge(knowledge))

    def _set(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self.about = compiled.about
        self.concepts = tuple(about.id for about in compiled.about)
        self.key = {name: key for key, name in enumerate(self.concepts)}
        self.region_bits = compiled.region_bits
        self.interventional = frozenset(compiled.interventional)
        """Concepts that record that an option was performed."""
        self.painful = frozenset(compiled.painful)
        """Concepts that are a pain problem on their own."""
        self.sites = compiled.sites
        """SNOMED CT body site to region mask and side."""
        self.instruments = compiled.instruments
        self.scales = compiled.scales
        self._tables = {name: dict(table) for name, table in compiled.tables.items()}
        self._by_system: dict[str | None, dict[str, Matches] | None] = {}
        self._words = terms.Index(compiled.words)
        self._region_words = terms.Index(compiled.region_words)
        self._defaults = self._tables["own"]
        self._by_text: dict[tuple[str, terms.Kind], Matches] = {}

    # -- cache --

    def to_bytes(self) -> bytes:
        """The compiled vocabulary, for a cache on disk."""
        return msgspec.msgpack.encode(self._compiled)

    @classmethod
    def from_bytes(cls, data: bytes) -> Vocabulary:
        """Rebuild from `to_bytes`.

        Raises:
            msgspec.DecodeError: if the bytes are of another version.
        """
        vocabulary = cls.__new__(cls)
        vocabulary._set(msgspec.msgpack.decode(data, type=Compiled))
        return vocabulary

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return Vocabulary.from_bytes, (self.to_bytes(),)

    # -- codes --

    def lookup(self, system: str | None, code: str) -> Matches:
        """Concepts that a coding stands for; empty if no concept knows it."""
        try:
            table = self._by_system[system]
        except KeyError:
            table = self._by_system[system] = self._table(system)
        if table is None:
            return NO_MATCH
        found = table.get(code)
        return self._ask(table, code) if found is None else found

    def item(self, system: str | None, code: str) -> str | None:
        """The item of an instrument that a coding asks."""
        table = self._compiled.items.get(_table_name(system) or "")
        return None if table is None else table.get(code.strip())

    def raw(self, system: str | None, code: str) -> str | None:
        """The score that a coding gives as the sum before its conversion."""
        found = self._compiled.raws.get(code.strip())
        return found if found is not None and _table_name(system) == "loinc" else None

    def _table(self, system: str | None) -> dict[str, Matches] | None:
        if system is None:
            return self._tables["icd10cm?"]
        table = _table_name(system)
        return None if table is None else self._tables[table]

    def _ask(self, table: dict[str, Matches], code: str) -> Matches:
        """First time this code is asked; the answer is remembered, also that nobody knows it."""
        found = self._find(table, code)
        if len(table) < _MEMORY:
            table[code] = found
        return found

    def _find(self, table: dict[str, Matches], code: str) -> Matches:
        clean = code.strip().upper()
        tables = self._tables
        if table is tables["icd10cm?"]:
            # No system: only the unmistakable shape of ICD-10-CM with its dot is believed.
            return self._icd(clean) if _BARE_ICD.fullmatch(clean) else NO_MATCH
        if table is tables["icd10cm"]:
            return self._icd(clean)
        if table is tables["own"]:
            return table.get(code.strip().lower(), NO_MATCH)
        if clean != code and clean in table:
            return table[clean]
        if table is tables["cpt"] and (match := _WITH_MODIFIERS.fullmatch(clean)):
            return table.get(match[1], NO_MATCH)
        return NO_MATCH

    def _icd(self, clean: str) -> Matches:
        bare = clean.replace(".", "").rstrip("*")
        exact = self._compiled.tables["icd10cm"].get(bare)
        found = list(exact) if exact else []
        seen = {match.concept for match in found}
        for length in range(len(bare), 0, -1):
            for match in self._compiled.prefixes.get(bare[:length], ()):
                if match.concept not in seen:
                    seen.add(match.concept)
                    found.append(match)
        return tuple(found)

    # -- words --

    def words(self, text: str, kind: terms.Kind) -> Matches:
        """Concepts named in a text and not denied there; remembered per text."""
        if len(text) > _LONG_TEXT:
            text = text[:_LONG_TEXT]
        key = (text, kind)
        found = self._by_text.get(key)
        if found is None:
            if len(self._by_text) > _MEMORY:
                self._by_text.clear()
            named = self._words.find(text, kind)
            found = tuple(self._defaults[self.concepts[index]][0] for index in named)
            self._by_text[key] = found
        return found

    def regions_in(self, text: str) -> int:
        """Mask of the regions named in a text."""
        mask = 0
        for bits in self._region_words.find(text, "place"):
            mask |= bits
        return mask


@lru_cache(maxsize=1000)
def _table_name(system: str | None) -> str | None:
    """Which table of codes a system's name or OID means."""
    if system is None:
        return None
    name = system.strip().lower().rstrip("/").split("|")[0].replace("https://", "http://")
    if name[:2] in ("0.", "1.", "2."):
        name = f"urn:oid:{name}"
    table = _TABLE_OF.get(name)
    if table is None and name.startswith("http://snomed.info/sct"):
        return "snomed"
    return table
