"""Every id that is used is defined, and nothing is defined for nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.checks.walk import criteria
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple

_BUILT_IN = {"relief-percent", "relief-duration"}
_CLINICAL = "clinical"
"""The payer-independent family: no Coverage names it, so it needs no payer entry."""


class _Ids:
    def __init__(self, knowledge: Knowledge) -> None:
        self.concepts = {c.id for c in knowledge.concepts} | _BUILT_IN
        self.problems = {p.id for p in knowledge.problems}
        self.options = {o.id for o in knowledge.options}
        self.regions = {r.id for r in knowledge.regions}


def _unknown(where: str, what: str, used: Iterable[str], known: set[str]) -> Iterator[Finding]:
    for name in used:
        if name not in known:
            yield Finding(
                "error", where, f'{what} "{name}" is not defined; define it or correct it'
            )


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """Dangling ids are errors; a concept that nothing uses is a note."""
    ids = _Ids(knowledge)
    used: set[str] = set()
    yield from _criteria(knowledge, ids, used)
    yield from _concepts(knowledge, ids, used)
    yield from _problems(knowledge, ids, used)
    yield from _options(knowledge, ids, used)
    yield from _policies(knowledge, ids)
    yield from _payers(knowledge)
    yield from _safety(knowledge, ids, used)
    used.update(score.concept for i in knowledge.instruments for score in i.scores)
    for worklist in knowledge.worklists:
        named = [*as_tuple(worklist.of), *as_tuple(worklist.seen)]
        used.update(named)
        where = place(knowledge, "worklists", worklist.id)
        yield from _unknown(where, "concept", named, ids.concepts)
    for concept in knowledge.concepts:
        if concept.id not in used:
            where = place(knowledge, "concepts", concept.id)
            yield Finding("note", where, f'concept "{concept.id}" is used by no rule')


def _criteria(knowledge: Knowledge, ids: _Ids, used: set[str]) -> Iterator[Finding]:
    for where, leaf, _ in criteria(knowledge):
        label = f'criterion "{leaf.id}": '
        if isinstance(leaf, schema.IsProblem):
            yield from _unknown(where, f"{label}problem", as_tuple(leaf.of), ids.problems)
            continue
        of: schema.OneOrMany = getattr(leaf, "of", [])
        named = as_tuple(of)
        since = getattr(leaf, "since", None)
        if since not in (None, "onset"):
            named = (*named, since)
        used.update(named)
        yield from _unknown(where, f"{label}concept", named, ids.concepts)
        if isinstance(leaf, schema.Sessions) and leaf.region:
            yield from _unknown(where, f"{label}region", [leaf.region], ids.regions)


def _concepts(knowledge: Knowledge, ids: _Ids, used: set[str]) -> Iterator[Finding]:
    for concept in knowledge.concepts:
        where = place(knowledge, "concepts", concept.id)
        used.update(concept.includes)
        if concept.includes:
            used.add(concept.id)
        yield from _unknown(where, "included concept", concept.includes, ids.concepts)
        yield from _unknown(where, "possible concept", concept.may_be, ids.concepts)
        allergy = [*concept.allergy_to, *concept.severe_signs]
        allergy += [concept.severe] if concept.severe else []
        used.update(allergy)
        yield from _unknown(where, "concept", allergy, ids.concepts)
        regions = [concept.region] if concept.region else []
        entries = [entry for entry in _entries(concept) if isinstance(entry, schema.Codes)]
        regions.extend(entry.region for entry in entries if entry.region)
        yield from _unknown(where, "region", dict.fromkeys(regions), ids.regions)
    for products in knowledge.drug_products:
        where = place(knowledge, "drug_products", products.id)
        yield from _unknown(where, "drug", [products.id], ids.concepts)
    for region in knowledge.regions:
        where = place(knowledge, "regions", region.id)
        named = [*region.parts, *([region.counts_as] if region.counts_as else [])]
        yield from _unknown(where, "region", named, ids.regions)


def _entries(concept: schema.Concept) -> Iterator[schema.CodeEntry]:
    for system in ("icd10cm", "snomed", "cpt", "hcpcs", "loinc", "rxnorm", "nucc"):
        yield from getattr(concept, system)


def _problems(knowledge: Knowledge, ids: _Ids, used: set[str]) -> Iterator[Finding]:
    for problem in knowledge.problems:
        where = place(knowledge, "problems", problem.id)
        yield from _unknown(where, "replaced problem", problem.replaces, ids.problems)
        if problem.region:
            yield from _unknown(where, "region", [problem.region], ids.regions)
        for way in problem.recognise:
            named = [c for term in [*way.all, *way.without] for c in as_tuple(term)]
            named += [way.since] if way.since else []
            used.update(named)
            yield from _unknown(where, "concept", named, ids.concepts)


def _options(knowledge: Knowledge, ids: _Ids, used: set[str]) -> Iterator[Finding]:
    for option in knowledge.options:
        where = place(knowledge, "options", option.id)
        used.update(as_tuple(option.done))
        yield from _unknown(where, "concept", as_tuple(option.done), ids.concepts)
        parent = [option.part_of] if option.part_of else []
        yield from _unknown(where, "option", [*as_tuple(option.after), *parent], ids.options)
        named = [fit.problem for fit in option.fits]
        named += [p for against in option.not_for for p in against.problems]
        named += [row.problem for row in option.outlook if row.problem]
        named += [row.problem for row in option.evidence if row.problem]
        yield from _unknown(where, "problem", named, ids.problems)
        both = {f.problem for f in option.fits} & {p for n in option.not_for for p in n.problems}
        for name in sorted(both):
            yield Finding("error", where, f'"{name}" stands in fits and in not_for; keep one')


def _policies(knowledge: Knowledge, ids: _Ids) -> Iterator[Finding]:
    fits = {o.id: {f.problem for f in o.fits} for o in knowledge.options}
    for policy in knowledge.policies:
        where = place(knowledge, "policies", policy.id)
        for rule in policy.rules:
            yield from _unknown(where, "option", rule.options, ids.options)
            yield from _unknown(where, "problem", rule.problems, ids.problems)
            for option in rule.options:
                if rule.problems and not set(rule.problems) & fits.get(option, set()):
                    what = f'rule for "{option}" names only problems that the option does not fit'
                    yield Finding("warning", where, what)
        for case in policy.cases:
            label = f'case "{case.name}": '
            yield from _unknown(where, f"{label}option", [case.option], ids.options)
            yield from _unknown(where, f"{label}problem", [case.problem.id], ids.problems)
            yield from _unknown(
                where, f"{label}concept", [f.concept for f in case.facts], ids.concepts
            )


def _payers(knowledge: Knowledge) -> Iterator[Finding]:
    """A family without an entry has no name, and no Coverage finds it."""
    listed = {payer.id for payer in knowledge.payers}
    for policy in knowledge.policies:
        if policy.payer not in listed | {_CLINICAL}:
            where = place(knowledge, "policies", policy.id)
            what = f'payer "{policy.payer}" has no entry under payers; add one with its name'
            yield Finding("warning", where, what)
    families = listed | {policy.payer for policy in knowledge.policies}
    for payer in knowledge.payers:
        where = place(knowledge, "payers", payer.id)
        yield from _unknown(where, f'"{payer.id}" uses payer', payer.uses, families)


def _safety(knowledge: Knowledge, ids: _Ids, used: set[str]) -> Iterator[Finding]:
    # The table of bleeding classes may name options that are still to come.
    expected = ids.options | {entry.id for entry in knowledge.bleeding_classes}
    for item in knowledge.safety:
        where = place(knowledge, "safety", item.id)
        yield from _unknown(where, "option", item.options, expected)
    sets = {rules.id for rules in knowledge.hold_rule_sets}
    for entry in knowledge.bleeding_classes:
        where = place(knowledge, "bleeding_classes", entry.id)
        for row in entry.classes:
            yield from _unknown(where, "hold rule set", as_tuple(row.rules), sets)
            yield from _unknown(where, "region", row.regions, ids.regions)
    for kept in ("steroid_equivalents", "anaesthetic_maxima"):
        for each in getattr(knowledge, kept):
            name = getattr(each, "drug", each.id)
            used.add(name)
            yield from _unknown(place(knowledge, kept, each.id), "drug", [name], ids.concepts)
    for planned in knowledge.planned:
        named = [planned.id, *as_tuple(planned.of)]
        used.update(named)
        where = place(knowledge, "planned", planned.id)
        yield from _unknown(where, "concept", named, ids.concepts)
    for rules in knowledge.hold_rule_sets:
        where = place(knowledge, "hold_rule_sets", rules.id)
        drugs = [hold.drug for hold in rules.holds]
        drugs += as_tuple(rules.combined.weak) if rules.combined else ()
        used.update(drugs)
        yield from _unknown(where, "drug", drugs, ids.concepts)
    for advice in knowledge.care:
        where = place(knowledge, "care", advice.id)
        used.update(as_tuple(advice.done_by))
        yield from _unknown(where, "concept", as_tuple(advice.done_by), ids.concepts)
        yield from _unknown(where, "problem", advice.problems, ids.problems)
    for flag in knowledge.red_flags:
        where = place(knowledge, "red_flags", flag.id)
        yield from _unknown(where, "problem", flag.problems, ids.problems)
