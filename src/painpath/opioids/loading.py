"""Read the opioid files into one immutable `OpioidKnowledge`, checked and ready for look-up.

All files load or none does: a broken file raises with its name, line and the mend.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from painpath.knowledge import keeping
from painpath.knowledge.schema import OneOrMany, Source
from painpath.knowledge.yaml_source import KnowledgeError, Lines, read_yaml
from painpath.opioids import schema

BASE = Path(__file__).parent / "base"
"""The opioid knowledge that ships with the package."""

_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


class ProductEntry(msgspec.Struct, frozen=True):
    """What one RxNorm product code stands for."""

    drug: str
    form: str
    strength: float
    unit: schema.StrengthUnit
    combined: bool
    cite: tuple[str, ...]


class OpioidKnowledge(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of opioids, in the order of the files."""

    sources: tuple[Source, ...]
    drugs: dict[str, schema.Drug]
    partners: tuple[schema.Partner, ...]
    forms: dict[str, schema.Form]
    routes: tuple[schema.Route, ...]
    units: dict[str, schema.Unit]
    rule_sets: dict[str, schema.RuleSet]
    bands: tuple[schema.Band, ...]
    limits: schema.Limits
    products: dict[str, ProductEntry]
    """By RxNorm code."""
    ingredients: dict[str, str]
    """RxNorm ingredient code to drug id."""
    unit_words: dict[str, str]
    """Unit as written, in lower case, to unit id."""
    directions: schema.Directions


def as_tuple(cite: OneOrMany) -> tuple[str, ...]:
    """One citation or several, as several."""
    return (cite,) if isinstance(cite, str) else tuple(cite)


def convert_file(text: str, file: Path | str) -> tuple[schema.OpioidFile, Lines]:
    """One file's text as strict structs.

    Raises:
        KnowledgeError: with the line of the offending element.
    """
    data, lines = read_yaml(text, file)
    try:
        return msgspec.convert(data, schema.OpioidFile), lines
    except msgspec.ValidationError as error:
        match = _PATH.match(str(error))
        assert match is not None
        path = match["path"] or "$"
        raise KnowledgeError(file, lines.of(path), f"{match['what']} (at {path})") from None


class _Collector:
    """Gathers the files, refusing what stands twice or points nowhere."""

    def __init__(self) -> None:
        self.where: dict[str, str] = {}
        self.lists: dict[str, list[Any]] = {}
        self.single: dict[str, Any] = {}
        self.places: dict[int, tuple[str, int]] = {}

    def add(self, name: str, content: schema.OpioidFile, lines: Lines) -> None:
        for section in schema.OpioidFile.__struct_fields__:
            value = getattr(content, section)
            if isinstance(value, list):
                for index, item in enumerate(value):
                    line = lines.of(f"$.{section}[{index}]")
                    self.places[id(item)] = (name, line)
                    item_id = getattr(item, "id", None)
                    if item_id is not None:
                        self._once(f"{section}:{item_id}", name, line)
                    self.lists.setdefault(section, []).append(item)
            elif value is not None:
                self._once(section, name, lines.of(f"$.{section}"))
                self.single[section] = value

    def _once(self, key: str, name: str, line: int) -> None:
        if key in self.where:
            raise KnowledgeError(name, line, f'"{key}" is already defined at {self.where[key]}')
        self.where[key] = f"{name}:{line}"

    def fail(self, item: object, what: str) -> KnowledgeError:
        name, line = self.places.get(id(item), ("opioids", 1))
        return KnowledgeError(name, line, what)

    def by_id(self, section: str) -> dict[str, Any]:
        return {item.id: item for item in self.lists.get(section, [])}


def load(folder: Path = BASE) -> OpioidKnowledge:
    """Read every YAML file in `folder`.

    Raises:
        KnowledgeError: if a file is broken, an id stands twice, or a reference points nowhere.
    """
    gathered = _Collector()
    for file in sorted(folder.glob("*.yaml")):
        content, lines = convert_file(file.read_text(encoding="utf-8"), file.name)
        gathered.add(file.name, content, lines)
    for needed in ("limits", "directions"):
        if needed not in gathered.single:
            raise KnowledgeError(folder, 1, f'no file in this folder has "{needed}"')
    drugs, forms = gathered.by_id("drugs"), gathered.by_id("forms")
    _check(gathered, set(drugs), set(forms), set(gathered.by_id("sources")))
    return OpioidKnowledge(
        sources=tuple(gathered.lists.get("sources", [])),
        drugs=drugs,
        partners=tuple(gathered.lists.get("partners", [])),
        forms=forms,
        routes=tuple(gathered.lists.get("routes", [])),
        units=gathered.by_id("units"),
        rule_sets=gathered.by_id("rule_sets"),
        bands=tuple(gathered.lists.get("bands", [])),
        limits=gathered.single["limits"],
        products=dict(_products(gathered)),
        ingredients={str(code): drug.id for drug in drugs.values() for code in drug.rxnorm},
        unit_words={
            word.lower(): unit.id for unit in gathered.lists["units"] for word in unit.words
        },
        directions=gathered.single["directions"],
    )


def _products(gathered: _Collector) -> Iterable[tuple[str, ProductEntry]]:
    seen: set[str] = set()
    for group in gathered.lists.get("products", []):
        for code, strength in group.strengths.items():
            if code in seen:
                raise gathered.fail(group, f"RxNorm {code} stands twice; keep one")
            seen.add(code)
            yield (
                code,
                ProductEntry(
                    drug=group.drug,
                    form=group.form,
                    strength=strength,
                    unit=group.unit,
                    combined=bool(group.combined),
                    cite=as_tuple(group.cite),
                ),
            )


def _check(gathered: _Collector, drugs: set[str], forms: set[str], sources: set[str]) -> None:
    """Every id that is referred to exists, and every factor says one thing."""
    units = set(gathered.by_id("units"))
    partners = set(gathered.by_id("partners"))
    for form in gathered.lists.get("forms", []):
        if form.unit not in units:
            raise gathered.fail(form, f'unit "{form.unit}" is not defined')
    for drug in gathered.lists.get("drugs", []):
        for brand in drug.brands:
            for partner in brand.combined:
                if partner not in partners:
                    raise gathered.fail(drug, f'partner "{partner}" is not defined')
    for group in gathered.lists.get("products", []):
        if group.drug not in drugs or group.form not in forms:
            raise gathered.fail(group, f'drug "{group.drug}" or form "{group.form}" is not defined')
    for rules in gathered.lists.get("rule_sets", []):
        for factor in rules.factors:
            if factor.drug not in drugs or not set(factor.forms) <= forms:
                raise gathered.fail(rules, f'a factor names "{factor.drug}", {factor.forms}')
            if (factor.factor is None) == (not factor.tiers):
                raise gathered.fail(rules, f"{factor.drug}: give either factor or tiers")
    for section in ("drugs", "forms", "units", "rule_sets", "bands", "products"):
        for item in gathered.lists.get(section, []):
            cited = [item, *getattr(item, "factors", [])]
            for source in {s for entry in cited for s in as_tuple(entry.cite)} - sources:
                raise gathered.fail(item, f'source "{source}" is not defined')


@functools.cache
def opioid_knowledge() -> OpioidKnowledge:
    """The shipped opioid knowledge, read once."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    name = f"{keeping.fingerprint([*code, *sorted(BASE.glob('*.yaml'))])}.opioids"
    kept = keeping.recall(name, OpioidKnowledge)
    if kept is None:
        kept = load()
        keeping.keep(name, kept)
    return kept
