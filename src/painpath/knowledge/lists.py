"""Covered-code lists: their codes become codes of the concepts that name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from painpath.knowledge import schema


def plain_codes(entries: Iterable[schema.CodeEntry]) -> list[str]:
    """Codes as text, whatever they say of the place."""
    return [
        str(code)
        for entry in entries
        for code in (entry.codes if isinstance(entry, schema.Codes) else [entry])
    ]


def with_listed_codes(
    concepts: Sequence[schema.Concept], lists: Iterable[schema.CodeList]
) -> list[schema.Concept]:
    """The concepts, those that name a list with its codes added.

    A code that the concept, or one that it includes, already has keeps the place said there.
    """
    by_id = {each.id: each for each in lists}
    if not by_id:
        return list(concepts)
    known = {concept.id: concept for concept in concepts}
    return [_filled(concept, known, by_id) if concept.lists else concept for concept in concepts]


def _filled(
    concept: schema.Concept,
    known: Mapping[str, schema.Concept],
    lists: Mapping[str, schema.CodeList],
) -> schema.Concept:
    family = members(concept.id, known)
    for name in concept.lists:
        if name not in lists:
            continue
        system = lists[name].system
        have = {code for each in family for code in plain_codes(getattr(each, system))}
        more = [code for code in lists[name].codes if str(code) not in have]
        if more:
            codes = [*getattr(concept, system), *more]
            concept = msgspec.structs.replace(concept, **{system: codes})
    return concept


def members(name: str, known: Mapping[str, schema.Concept]) -> list[schema.Concept]:
    """A concept and all that it includes, each once."""
    found: dict[str, schema.Concept] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each in known and each not in found:
            found[each] = known[each]
            waiting.extend(known[each].includes)
    return list(found.values())
