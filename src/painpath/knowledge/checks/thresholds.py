"""Numbers and durations: readable, exactly one comparison where one is needed."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.checks.walk import criteria
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.quantities import QuantityError, parse_duration, parse_number

_SIGNS = ("at_least", "more_than", "at_most", "less_than")
_DURATIONS = ("within", "lasting", "spacing", "gap")
_COMPARED = (
    schema.Score,
    schema.Lasted,
    schema.Elapsed,
    schema.Sessions,
    schema.Relief,
    schema.Blocks,
    schema.Age,
    schema.Total,
)


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """A threshold that cannot be read, or a criterion with none or two, is an error."""
    yield from _ages(knowledge)
    for where, leaf, _ in criteria(knowledge):
        label = f'criterion "{leaf.id}"'
        given = [sign for sign in _SIGNS if getattr(leaf, sign, None) is not None]
        if isinstance(leaf, _COMPARED) and len(given) != 1:
            yield Finding("error", where, f"{label} needs exactly one of {', '.join(_SIGNS)}")
        for sign in given:
            value = getattr(leaf, sign)
            try:
                if isinstance(leaf, schema.Lasted | schema.Elapsed):
                    parse_duration(str(value))
                else:
                    parse_number(value)
            except QuantityError as error:
                yield Finding("error", where, f"{label}: {error}")
        for name in _DURATIONS:
            value = getattr(leaf, name, None)
            if value is None:
                continue
            try:
                duration = parse_duration(value)
            except QuantityError as error:
                yield Finding("error", where, f"{label}: {error}")
                continue
            if name in ("spacing", "gap") and duration.months:
                yield Finding("error", where, f"{label}: {name} is counted in days or weeks")


def _ages(knowledge: Knowledge) -> Iterator[Finding]:
    """Ages that leave out nobody, or everybody, are a slip."""
    for policy in knowledge.policies:
        if policy.ages is None:
            continue
        lowest, highest = policy.ages.from_, policy.ages.to
        where = place(knowledge, "policies", policy.id)
        if lowest is None and highest is None:
            yield Finding("error", where, f'ages of "{policy.id}" need `from` or `to`')
        elif lowest is not None and highest is not None and lowest > highest:
            yield Finding(
                "error", where, f'ages of "{policy.id}": from {lowest} is above to {highest}'
            )
