"""Prior-authorisation programmes and code lists: ids resolve, codes are codes, dates fit."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.checks.walk import criteria
from painpath.knowledge.lists import members, plain_codes
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple

_CODE = {
    "cpt": re.compile(r"\d{4}[0-9TFU]|[A-V]\d{4}"),
    "icd10cm": re.compile(r"[A-TV-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"),
}
_STATE = re.compile(r"[A-Z]{2}")

Span = tuple[datetime.date | None, datetime.date | None]


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """Dangling ids and malformed codes are errors; lists and concepts that differ, warnings."""
    asked = {leaf.id for _, leaf, _ in criteria(knowledge)}
    for programme in knowledge.authorisation:
        where = place(knowledge, "authorisation", programme.id)
        for what in _programme(programme, knowledge, asked):
            yield Finding("error", where, f'"{programme.id}": {what}')
    for each in knowledge.code_lists:
        yield from _code_list(each, knowledge)
    known = {each.id for each in knowledge.code_lists}
    for concept in knowledge.concepts:
        for name in concept.lists:
            if name not in known:
                where = place(knowledge, "concepts", concept.id)
                yield Finding("error", where, f'code list "{name}" is not defined; correct it')


def _programme(
    programme: schema.Authorisation, knowledge: Knowledge, asked: set[str]
) -> Iterator[str]:
    yield from _missing("payer", programme.payers, (p.id for p in knowledge.payers))
    yield from _missing("place", programme.places, (p.id for p in knowledge.places))
    spans: list[Span] = [(programme.start, programme.end)]
    spans += [(area.start, area.end) for area in programme.areas]
    spans += [(service.start, service.end) for service in programme.services]
    for start, end in spans:
        if start is not None and end is not None and end < start:
            yield f"it ends on {end}, before it starts on {start}"
    for area in programme.areas:
        yield from (f'"{s}" is no state' for s in area.states if not _STATE.fullmatch(s))
    items = [*programme.items, *(i for service in programme.services for i in service.items)]
    for item in items:
        yield from _missing("criterion", item.criteria, asked)
    cites = [programme.cite, *(s.cite for s in programme.services), *(i.cite for i in items)]
    named = [name.split("#")[0] for cite in cites for name in as_tuple(cite)]
    yield from _missing("source", named, (source.id for source in knowledge.sources))
    for service in programme.services:
        if not service.codes and not service.options:
            yield f'"{service.name}" names neither a code nor an option'
        yield from _missing("option", service.options, (o.id for o in knowledge.options))
        codes = [*service.codes, *(code for group in service.together for code in group)]
        yield from _malformed("cpt", codes)


def _code_list(each: schema.CodeList, knowledge: Knowledge) -> Iterator[Finding]:
    where = place(knowledge, "code_lists", each.id)
    known = {concept.id: concept for concept in knowledge.concepts}
    problems = [
        *_malformed(each.system, each.codes),
        *_missing("concept", each.concepts, known),
        *_missing("source", as_tuple(each.cite), (source.id for source in knowledge.sources)),
    ]
    for what in problems:
        yield Finding("error", where, f'"{each.id}": {what}')
    if not each.concepts:
        return
    held = {
        code
        for name in each.concepts
        for member in members(name, known)
        for code in plain_codes(getattr(member, each.system))
    }
    listed = set(map(str, each.codes))
    for words, codes in (
        ("are on the list and in none of its concepts", listed - held),
        ("are in its concepts and not on the list", held - listed),
    ):
        if codes:
            what = f'"{each.id}": {", ".join(sorted(codes))} {words}'
            yield Finding("warning", where, what)


def _missing(what: str, named: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    defined = set(known)
    for name in dict.fromkeys(named):
        if name not in defined:
            yield f'{what} "{name}" is not defined; define it or correct it'


def _malformed(system: str, codes: Iterable[str | int]) -> Iterator[str]:
    for code in codes:
        if not _CODE[system].fullmatch(str(code)):
            yield f'"{code}" is not a {system} code'
