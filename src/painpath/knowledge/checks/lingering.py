"""What is noted on a day and has no end must not be asked for as something that still holds."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding
from painpath.knowledge.checks.walk import criteria
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple

_OF_A_DAY = frozenset({"finding", "document", "observation", "imaging", "laboratory"})


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """An `absent` that asks what still holds of such facts alone would be met the day after."""
    concepts = {concept.id: concept for concept in knowledge.concepts}
    for where, leaf, _ in criteria(knowledge):
        if not isinstance(leaf, schema.Absence) or not leaf.active:
            continue
        asked = as_tuple(leaf.of)
        if asked and all(_of_a_day(name, concepts, frozenset()) for name in asked):
            what = (
                f'criterion "{leaf.id}" asks that {", ".join(asked)} no longer holds, which is'
                " noted on a day and never ends; write active: false"
            )
            yield Finding("error", where, what)


def _of_a_day(name: str, concepts: dict[str, schema.Concept], above: frozenset[str]) -> bool:
    """Whether nothing that counts as the concept can be recorded with an end.

    A diagnosis code may come as a Condition, which is open or resolved whatever the category.
    """
    concept = concepts.get(name)
    if concept is None or name in above:
        return name in above
    if concept.category not in _OF_A_DAY or concept.icd10cm:
        return False
    return all(_of_a_day(part, concepts, above | {name}) for part in concept.includes)
