"""What belongs together in the knowledge: who speaks of an option, what fits a problem, who cites a
source. Built once for the reference pages; holds no rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.loading import SECTIONS, Knowledge
from painpath.knowledge.rules import as_tuple, leaves

_PAGES = frozenset({"options", "problems", "policies"})
_SYSTEMS = {
    "icd10cm": "ICD-10-CM",
    "snomed": "SNOMED CT",
    "cpt": "CPT",
    "hcpcs": "HCPCS",
    "loinc": "LOINC",
    "rxnorm": "RxNorm",
}


class Voice(msgspec.Struct, frozen=True):
    """What one policy says of an option in one rule."""

    policy: schema.Policy
    rule: schema.Rule
    review: str


class CodeRow(msgspec.Struct, frozen=True):
    """Codes of one system that say the same of the place."""

    system: str
    codes: str
    about: str
    review: str | None


class Comparison(msgspec.Struct, frozen=True):
    """Criteria of one option, policy by policy: rows of (text, cell for each policy)."""

    policies: list[schema.Policy]
    rows: list[tuple[str, list[str]]]


class Atlas:
    """Look-ups over one knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.options = {option.id: option for option in knowledge.options}
        self.problems = {problem.id: problem for problem in knowledge.problems}
        self.policies = {policy.id: policy for policy in knowledge.policies}
        self.concepts = {concept.id: concept for concept in knowledge.concepts}
        self.sources = {source.id: source for source in knowledge.sources}
        self.payers = {payer.id: payer.name for payer in knowledge.payers}
        self._voices: dict[str, list[Voice]] = defaultdict(list)
        for policy in knowledge.policies:
            for rule in policy.rules:
                for option in rule.options:
                    voice = Voice(policy, rule, rule.review or policy.review)
                    self._voices[option].append(voice)

    # -- names and places --

    def payer(self, family: str) -> str:
        """A payer family as a person says it."""
        return "Payer-independent" if family == "clinical" else self.payers.get(family, family)

    def concept(self, key: str) -> str:
        """Name of a concept."""
        known = self.concepts.get(key)
        return known.name if known else key

    def source(self, cite: str) -> schema.Source | None:
        """The source of a citation such as `cms-l39240#I-4`."""
        return self.sources.get(cite.split("#")[0])

    def place(self, section: str, key: str) -> str:
        """File and line in the knowledge folder."""
        return self.knowledge.where.get(f"{section}:{key}", "")

    # -- options --

    def by_family(self) -> dict[str, list[schema.Option]]:
        """Options by family; a route after its parent."""
        found: dict[str, list[schema.Option]] = defaultdict(list)
        for option in self.knowledge.options:
            found[option.family].append(option)
        return dict(sorted(found.items()))

    def voices(self, option: str) -> list[Voice]:
        """Who speaks of an option: payer-independent, payers, guidelines; a parent speaks too."""
        own = list(self._voices[option])
        parent = self.options[option].part_of
        if parent is not None:
            # What is asked of a parent is asked of each of its routes too.
            own += [voice for voice in self._voices[parent] if option not in voice.rule.options]
        order = {"clinical": 0, "coverage": 1, "guideline": 2}
        return sorted(own, key=lambda v: (order[v.policy.axis], v.policy.name))

    def speakers(self, option: str) -> list[tuple[schema.Policy, list[Voice]]]:
        """The same, policy by policy."""
        found: dict[str, list[Voice]] = defaultdict(list)
        for voice in self.voices(option):
            found[voice.policy.id].append(voice)
        return [(self.policies[key], voices) for key, voices in found.items()]

    def next_rungs(self, option: str) -> list[schema.Option]:
        """Options that this one opens."""
        return [other for other in self.knowledge.options if option in as_tuple(other.after)]

    def routes(self, option: str) -> list[schema.Option]:
        """Options that are part of this one."""
        return [other for other in self.knowledge.options if other.part_of == option]

    def cases(self, option: str) -> list[tuple[schema.Policy, list[schema.Case]]]:
        """Worked cases of an option, policy by policy."""
        found = [
            (policy, [case for case in policy.cases if case.option == option])
            for policy in self.knowledge.policies
        ]
        return [(policy, cases) for policy, cases in found if cases]

    def comparison(self, option: str, numbers: object) -> Comparison:
        """Which criteria each policy has, with its thresholds; the commonest first."""
        assert callable(numbers)
        policies: list[schema.Policy] = []
        cells: dict[str, dict[str, str]] = {}
        texts: dict[str, str] = {}
        for voice in self.voices(option):
            for leaf in leaves(voice.rule.criteria):
                if voice.policy not in policies:
                    policies.append(voice.policy)
                texts.setdefault(leaf.id, leaf.text)
                cells.setdefault(leaf.id, {})[voice.policy.id] = numbers(leaf) or "✓"
        rows = [
            (texts[key], [found.get(policy.id, "") for policy in policies])
            for key, found in sorted(cells.items(), key=lambda item: -len(item[1]))
        ]
        return Comparison(policies, rows)

    # -- problems --

    def by_region(self) -> dict[str, list[schema.Problem]]:
        """Problems by region, those without one last."""
        names = {region.id: region.name for region in self.knowledge.regions}
        found: dict[str, list[schema.Problem]] = defaultdict(list)
        for problem in sorted(self.knowledge.problems, key=lambda p: p.name.lower()):
            found[names.get(problem.region or "", "Anywhere")].append(problem)
        return dict(sorted(found.items(), key=lambda item: (item[0] == "Anywhere", item[0])))

    def fitting(self, problem: str) -> list[tuple[schema.Option, schema.Indication]]:
        """Options that fit a problem, in the order in which they are offered."""
        found = [
            (option, fit)
            for option in self.knowledge.options
            for fit in option.fits
            if fit.problem == problem
        ]
        return sorted(found, key=lambda pair: (pair[1].alternative, pair[1].order))

    def not_fitting(self, problem: str) -> list[tuple[schema.Option, schema.NotFor]]:
        """Options that a referrer might expect and that do not fit."""
        return [
            (option, against)
            for option in self.knowledge.options
            for against in option.not_for
            if problem in against.problems
        ]

    def care(self, problem: schema.Problem) -> list[schema.CareAdvice]:
        """Care beside any procedure."""
        return [
            advice
            for advice in self.knowledge.care
            if problem.id in advice.problems
            or (problem.pain_type in advice.pain_types)
            or not (advice.problems or advice.pain_types)
        ]

    def flags(self, problem: str) -> list[schema.RedFlag]:
        """Red flags that concern it."""
        flags = self.knowledge.red_flags
        return [flag for flag in flags if not flag.problems or problem in flag.problems]

    # -- policies --

    def by_payer(self) -> dict[str, list[schema.Policy]]:
        """Policies by payer family, the payer-independent ones first."""
        found: dict[str, list[schema.Policy]] = defaultdict(list)
        for policy in self.knowledge.policies:
            found[policy.payer].append(policy)
        names = sorted(found, key=lambda key: (key != "clinical", self.payer(key).lower()))
        return {self.payer(name): found[name] for name in names}

    # -- prior authorisation --

    def service_place(self, key: str) -> str:
        """Name of a place of service."""
        return next((each.name for each in self.knowledge.places if each.id == key), key)

    def programmes_by_state(self) -> dict[str, list[schema.Authorisation]]:
        """State to the programmes that name it."""
        found: dict[str, list[schema.Authorisation]] = defaultdict(list)
        for programme in self.knowledge.authorisation:
            for state in dict.fromkeys(s for area in programme.areas for s in area.states):
                found[state].append(programme)
        return dict(sorted(found.items()))

    # -- codes --

    def codes(self, key: str) -> list[CodeRow]:
        """Codes of a concept and of what it includes."""
        rows: list[CodeRow] = []
        for concept in self._with_included(key, set()):
            for system, name in _SYSTEMS.items():
                plain = [
                    str(e) for e in getattr(concept, system) if not isinstance(e, schema.Codes)
                ]
                if plain:
                    rows.append(CodeRow(name, ", ".join(plain), concept.name, concept.review))
                placed = [e for e in getattr(concept, system) if isinstance(e, schema.Codes)]
                rows.extend(_code_row(name, entry, concept) for entry in placed)
        return rows

    def _with_included(self, key: str, seen: set[str]) -> Iterator[schema.Concept]:
        concept = self.concepts.get(key)
        if concept is None or key in seen:
            return
        seen.add(key)
        yield concept
        for name in concept.includes:
            yield from self._with_included(name, seen)

    # -- citations --

    @cached_property
    def cited_by(self) -> dict[str, list[tuple[str, str, str]]]:
        """Source id to (section, id, name) of what cites it, where that has a page."""
        found: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
        for section in SECTIONS:
            for item in getattr(self.knowledge, section):
                name = getattr(item, "name", item.id)
                for cite in _cites(item):
                    if section in _PAGES:
                        found[cite.split("#")[0]][section, item.id] = name
        return {
            source: [(section, key, name) for (section, key), name in pages.items()]
            for source, pages in found.items()
        }


def _code_row(system: str, entry: schema.Codes, concept: schema.Concept) -> CodeRow:
    about = [concept.name]
    about += [word for word in (entry.side, entry.region, entry.level) if word]
    if entry.modifier:
        about.append(f"only with modifier {entry.modifier}")
    if entry.until:
        about.append(f"until {entry.until}")
    codes = ", ".join(map(str, entry.codes))
    return CodeRow(system, codes, ", ".join(about), entry.review or concept.review)


def _cites(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _cites(each)
    elif isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            value = getattr(part, name)
            if name == "cite":
                yield from as_tuple(value)
            else:
                yield from _cites(value)
