"""The vocabulary: every code, word and region the concepts know, compiled for fast look-up.

Built once from `Knowledge`; records are read with it and the engine numbers concepts by it. It
holds no rule. `includes` is not expanded here: a fact says what was recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from painpath.knowledge import levels, schema, terms
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.terms import WordPattern

RELIEF_PERCENT = "relief-percent"
RELIEF_DURATION = "relief-duration"
OWN_SYSTEM = "urn:painpath:observation"
"""Code system in which every concept can be recorded by its id."""

_BUILT_IN = (
    schema.Concept(
        id=RELIEF_PERCENT, name="Relief after a procedure", category="observation", unit="%"
    ),
    schema.Concept(
        id=RELIEF_DURATION, name="How long relief lasted", category="observation", unit="d"
    ),
)

SIDES: dict[str | None, int] = {None: 0, "left": 1, "right": 2, "both": 3}

_NAMES: dict[str, tuple[str, ...]] = {
    "icd10cm": (
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://hl7.org/fhir/sid/icd-10",
        "http://www.cms.gov/medicare/coding/icd10",
        "http://www.icd10data.com/icd10pcs",
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


class Match(NamedTuple):
    """What a code or text says: a concept, and the place it implies."""

    concept: int
    region: int
    side: int
    level: int
    modifier: str | None
    """Only with this claim modifier."""


Matches = tuple[Match, ...]
_NONE: Matches = ()


class About(msgspec.Struct, frozen=True):
    """What reading needs to know of a concept besides its codes."""

    id: str
    name: str
    category: str
    unit: str | None
    scale_from: dict[str, float]


class _Compiled(msgspec.Struct, frozen=True):
    """Everything in a vocabulary, as plain data for the cache."""

    about: tuple[About, ...]
    region_bits: dict[str, int]
    tables: dict[str, dict[str, tuple[Match, ...]]]
    prefixes: dict[str, tuple[Match, ...]]
    words: tuple[WordPattern, ...]
    region_words: tuple[WordPattern, ...]
    sites: dict[str, tuple[int, int]]
    interventional: tuple[int, ...]


class Vocabulary:
    """Look-up of codes and words. Immutable but for its memory of what it was asked."""

    concepts: tuple[str, ...]
    """Concept ids, sorted; the index is the key of the concept everywhere."""
    region_bits: dict[str, int]
    """Region id to mask; a region that counts as another shares its bit."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._set(_compile(knowledge))

    def _set(self, compiled: _Compiled) -> None:
        self._compiled = compiled
        self.about = compiled.about
        self.concepts = tuple(about.id for about in compiled.about)
        self.key = {name: key for key, name in enumerate(self.concepts)}
        self.region_bits = compiled.region_bits
        self.interventional = frozenset(compiled.interventional)
        """Concepts that record that an option was performed."""
        self.sites = compiled.sites
        """SNOMED CT body site to region mask and side."""
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
        vocabulary._set(msgspec.msgpack.decode(data, type=_Compiled))
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
            return _NONE
        found = table.get(code)
        return self._ask(table, code) if found is None else found

    def _table(self, system: str | None) -> dict[str, Matches] | None:
        if system is None:
            return self._tables["icd10cm?"]
        name = system.strip().lower().rstrip("/").split("|")[0].replace("https://", "http://")
        if name[:2] in ("0.", "1.", "2."):
            name = f"urn:oid:{name}"
        table = _TABLE_OF.get(name)
        if table is None and name.startswith("http://snomed.info/sct"):
            table = "snomed"
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
            return self._icd(clean) if _BARE_ICD.fullmatch(clean) else _NONE
        if table is tables["icd10cm"]:
            return self._icd(clean)
        if table is tables["own"]:
            return table.get(code.strip().lower(), _NONE) if code != code.strip().lower() else _NONE
        if clean != code and clean in table:
            return table[clean]
        if table is tables["cpt"] and (match := _WITH_MODIFIERS.fullmatch(clean)):
            return table.get(match[1], _NONE)
        return _NONE

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


# --- compiling -----------------------------------------------------------------------------------


def _compile(knowledge: Knowledge) -> _Compiled:
    known = {concept.id: concept for concept in _BUILT_IN}
    known |= {concept.id: concept for concept in knowledge.concepts}
    concepts = [known[name] for name in sorted(known)]
    key = {concept.id: index for index, concept in enumerate(concepts)}
    bits = _region_bits(knowledge.regions)
    tables: dict[str, dict[str, Matches]] = {name: {} for name in (*_NAMES, "icd10cm?")}
    prefixes: dict[str, Matches] = {}
    for index, concept in enumerate(concepts):
        own = Match(index, bits.get(concept.region or "", 0), SIDES[concept.side], 0, None)
        tables["own"][concept.id] = (own,)
        for table, entries in (
            ("icd10cm", concept.icd10cm),
            ("snomed", concept.snomed),
            ("cpt", concept.cpt),
            ("cpt", concept.hcpcs),
            ("loinc", concept.loinc),
            ("rxnorm", concept.rxnorm),
            ("nucc", concept.nucc),
        ):
            for code, match in _codes(entries, own, bits):
                clean = code.strip().upper()
                if table == "icd10cm":
                    clean = clean.replace(".", "")
                if clean.endswith("*"):
                    _put(prefixes if table == "icd10cm" else tables[table], clean[:-1], match)
                else:
                    _put(tables[table], clean, match)
    return _Compiled(
        about=tuple(About(c.id, c.name, c.category, c.unit, c.scale_from) for c in concepts),
        region_bits=bits,
        tables=tables,
        prefixes=prefixes,
        words=tuple(terms.compile_words(concepts)),
        region_words=tuple(terms.compile_regions(knowledge.regions, bits)),
        sites=_sites(knowledge.regions, bits),
        interventional=tuple(sorted(_interventional(knowledge, known, key))),
    )


def _put(table: dict[str, Matches], code: str, match: Match) -> None:
    matches = table.get(code, _NONE)
    if match not in matches:
        table[code] = (*matches, match)


def _codes(
    entries: Iterable[schema.CodeEntry], own: Match, bits: Mapping[str, int]
) -> Iterable[tuple[str, Match]]:
    for entry in entries:
        if not isinstance(entry, schema.Codes):
            yield str(entry), own
            continue
        match = Match(
            own.concept,
            bits.get(entry.region, 0) if entry.region else own.region,
            SIDES[entry.side] or own.side,
            levels.parse(entry.level) if entry.level else 0,
            entry.modifier,
        )
        for code in entry.codes:
            yield str(code), match


def _region_bits(regions: Iterable[schema.Region]) -> dict[str, int]:
    """One bit per base region; wide ones are the union of their parts.

    A region that counts as another has no bit of its own, also where that other one names it as
    its part (lumbar and lumbar-sacral).
    """
    by_id = {region.id: region for region in regions}

    def root(name: str) -> str:
        seen = {name}
        while (region := by_id.get(name)) is not None and region.counts_as is not None:
            name = region.counts_as
            if name in seen:
                break
            seen.add(name)
        return name

    def parts(name: str) -> list[str]:
        region = by_id.get(name)
        return [] if region is None else [p for p in map(root, region.parts) if p != name]

    bits: dict[str, int] = {}
    for name in by_id:
        base = root(name)
        if base not in bits and not parts(base):
            bits[base] = 1 << len(bits)

    def mask(name: str, above: frozenset[str] = frozenset()) -> int:
        base = root(name)
        if base in bits:
            return bits[base]
        total = 0
        for part in parts(base):
            if part not in above:
                total |= mask(part, above | {base})
        return total

    return {name: mask(name) for name in by_id} | bits


def _sites(regions: Iterable[schema.Region], bits: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    sites: dict[str, tuple[int, int]] = {}
    for region in regions:
        for entry in region.snomed:
            side = SIDES[entry.side] if isinstance(entry, schema.Codes) else 0
            codes = entry.codes if isinstance(entry, schema.Codes) else [entry]
            for code in codes:
                known = sites.get(str(code), (0, 0))
                sites[str(code)] = (known[0] | bits[region.id], known[1] | side)
    return sites


def _interventional(
    knowledge: Knowledge, known: Mapping[str, schema.Concept], key: Mapping[str, int]
) -> set[int]:
    """Concepts by which some option is recorded as done, with what they include."""
    todo = [
        name
        for option in knowledge.options
        for name in ([option.done] if isinstance(option.done, str) else option.done)
    ]
    found: set[int] = set()
    while todo:
        name = todo.pop()
        if name in key and key[name] not in found:
            found.add(key[name])
            todo.extend(known[name].includes)
    return found
