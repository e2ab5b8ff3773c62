"""Concepts' codes, words and regions compiled into tables, as plain data that a cache can hold.

How they are looked up stands in `vocabulary`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from painpath.knowledge import levels, schema, terms
from painpath.knowledge.instruments import AnswerScale, Instrument, Item
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

TABLES = ("icd10cm", "snomed", "cpt", "loinc", "rxnorm", "nucc", "own")
"""Tables of codes. CPT is level I of HCPCS and the codes do not collide: one table for both."""


class Match(NamedTuple):
    """What a code or text says: a concept, and the place it implies."""

    concept: int
    region: int
    side: int
    level: int
    modifier: str | None
    """Only with this claim modifier."""


Matches = tuple[Match, ...]
NO_MATCH: Matches = ()


class About(msgspec.Struct, frozen=True):
    """What reading needs to know of a concept besides its codes."""

    id: str
    name: str
    category: str
    unit: str | None
    scale_from: dict[str, float]
    conversions: tuple[tuple[str, float, float], ...] = ()
    """Unit, factor, summand."""
    told_by_words: tuple[str, ...] = ()
    """Of a diagnosis whose code holds several: the concepts that the entry's own words may name."""
    allergies: tuple[str, ...] = ()
    """Of a drug: what an allergy to it is."""
    severe: str | None = None
    """Of an allergy: what a severe reaction makes of it."""
    severe_signs: tuple[str, ...] = ()


class Compiled(msgspec.Struct, frozen=True):
    """Everything in a vocabulary, as plain data for the cache."""

    about: tuple[About, ...]
    region_bits: dict[str, int]
    tables: dict[str, dict[str, tuple[Match, ...]]]
    prefixes: dict[str, tuple[Match, ...]]
    words: tuple[WordPattern, ...]
    region_words: tuple[WordPattern, ...]
    sites: dict[str, tuple[int, int]]
    interventional: tuple[int, ...]
    painful: tuple[int, ...]
    instruments: tuple[Instrument, ...] = ()
    scales: tuple[AnswerScale, ...] = ()
    items: dict[str, dict[str, str]] = {}
    """Table, code, and the item of an instrument that it asks."""
    raws: dict[str, str] = {}
    """LOINC codes of sums of points that a table converts, and the score they become."""


def _about(concept: schema.Concept, allergies: tuple[str, ...]) -> About:
    return About(
        concept.id,
        concept.name,
        concept.category,
        concept.unit,
        concept.scale_from,
        tuple((each.unit, each.times, each.plus) for each in concept.conversions),
        tuple(concept.may_be) if concept.category == "condition" else (),
        allergies,
        concept.severe,
        tuple(concept.severe_signs),
    )


def compile_knowledge(knowledge: Knowledge) -> Compiled:
    """Every code, word and region of the concepts, ready to be looked up."""
    known = {concept.id: concept for concept in _BUILT_IN}
    known |= {concept.id: concept for concept in knowledge.concepts}
    concepts = [known[name] for name in sorted(known)]
    key = {concept.id: index for index, concept in enumerate(concepts)}
    bits = _region_bits(knowledge.regions)
    tables: dict[str, dict[str, Matches]] = {name: {} for name in (*TABLES, "icd10cm?")}
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
    for products in knowledge.drug_products:
        if products.id in key:
            own = Match(key[products.id], 0, 0, 0, None)
            for each in products.codes:
                _put(tables["rxnorm"], str(each), own)
    allergies: dict[str, tuple[str, ...]] = {}
    for concept in concepts:
        for drug in concept.allergy_to:
            allergies[drug] = (*allergies.get(drug, ()), concept.id)
    return Compiled(
        about=tuple(_about(concept, allergies.get(concept.id, ())) for concept in concepts),
        region_bits=bits,
        tables=tables,
        prefixes=prefixes,
        words=tuple(terms.compile_words(concepts)),
        region_words=tuple(terms.compile_regions(knowledge.regions, bits)),
        sites=_sites(knowledge.regions, bits),
        interventional=tuple(sorted(_with_parts(_done(knowledge), known, key))),
        painful=tuple(sorted(_with_parts(_alone(knowledge), known, key))),
        instruments=knowledge.instruments,
        scales=knowledge.answer_scales,
        items=_items(knowledge.instruments),
        raws={
            code: score.concept
            for instrument in knowledge.instruments
            for score in instrument.scores
            for code in score.raw_loinc
        },
    )


def _items(instruments: Iterable[Instrument]) -> dict[str, dict[str, str]]:
    """Codes that ask an item; its id is its code in our own system."""
    items: dict[str, dict[str, str]] = {"loinc": {}, "own": {}}
    for instrument in instruments:
        for item in instrument.items:
            if isinstance(item, Item):
                items["own"][item.id] = item.id
                items["loinc"].update(dict.fromkeys(item.loinc, item.id))
    return items


def _put(table: dict[str, Matches], code: str, match: Match) -> None:
    matches = table.get(code, NO_MATCH)
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


def _done(knowledge: Knowledge) -> Iterable[str]:
    """Concepts by which some option is recorded as done."""
    for option in knowledge.options:
        yield from [option.done] if isinstance(option.done, str) else option.done


def _alone(knowledge: Knowledge) -> Iterable[str]:
    """Concepts that are a pain problem with nothing beside them."""
    for problem in knowledge.problems:
        for way in problem.recognise:
            if len(way.all) == 1:
                yield from [way.all[0]] if isinstance(way.all[0], str) else way.all[0]


def _with_parts(
    names: Iterable[str], known: Mapping[str, schema.Concept], key: Mapping[str, int]
) -> set[int]:
    """These concepts and all that they include."""
    waiting = list(names)
    found: set[int] = set()
    while waiting:
        name = waiting.pop()
        if name in key and key[name] not in found:
            found.add(key[name])
            waiting.extend(known[name].includes)
    return found
