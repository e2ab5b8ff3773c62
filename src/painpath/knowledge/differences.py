"""What changed between two versions of the knowledge, in lines that a clinician can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.lists import plain_codes
from painpath.knowledge.loading import SECTIONS, Knowledge
from painpath.knowledge.rules import leaves

_CODES = ("icd10cm", "snomed", "cpt", "hcpcs", "loinc", "rxnorm", "nucc", "codes")
_KEYS = ("id", "name", "problem", "drug", "percent", "text")
"""What tells the entries of a list apart, the first that all of them have."""
_LONGEST = 90

Plain = Mapping[str, Any]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One element that was added, removed or changed, and how."""

    section: str
    id: str
    how: Literal["added", "removed", "changed"]
    lines: list[str]
    """What changed in it; of an added or removed one its name."""


def differences(old: Knowledge, new: Knowledge) -> list[Change]:
    """Every element that differs, in the order of the sections; policies before the rest."""
    order = ["policies", *(name for name in SECTIONS if name != "policies")]
    return [change for section in order for change in _section(section, old, new)]


def _section(section: str, old: Knowledge, new: Knowledge) -> Iterator[Change]:
    before = {item.id: item for item in getattr(old, section)}
    after = {item.id: item for item in getattr(new, section)}
    for key in [*before, *(key for key in after if key not in before)]:
        one, two = before.get(key), after.get(key)
        if one == two:
            continue
        if one is None or two is None:
            item = one or two
            titles = [getattr(item, name, None) for name in ("name", "title", "text")]
            yield Change(
                section=section,
                id=key,
                how="added" if one is None else "removed",
                lines=[str(title) for title in titles if title][:1],
            )
        else:
            changed = list(dict.fromkeys(_item(one, two)))
            yield Change(section=section, id=key, how="changed", lines=changed)


def _item(one: Any, two: Any) -> Iterator[str]:
    if isinstance(one, schema.Policy) and isinstance(two, schema.Policy):
        yield from _policy(one, two)
        return
    yield from _fields(msgspec.to_builtins(one), msgspec.to_builtins(two), "")


# --- policies ------------------------------------------------------------------------------------


def _policy(one: schema.Policy, two: schema.Policy) -> Iterator[str]:
    plain_one, plain_two = msgspec.to_builtins(one), msgspec.to_builtins(two)
    for plain in (plain_one, plain_two):
        for name in ("rules", "cases", "id"):
            plain.pop(name)
    yield from _fields(plain_one, plain_two, "")
    rules_one = {_rule(rule): rule for rule in one.rules}
    rules_two = {_rule(rule): rule for rule in two.rules}
    for key in [*rules_one, *(key for key in rules_two if key not in rules_one)]:
        before, after = rules_one.get(key), rules_two.get(key)
        if before is None:
            yield f"{key}: rule added"
        elif after is None:
            yield f"{key}: rule removed"
        elif before != after:
            yield from _rules(before, after, key)
    if one.cases != two.cases:
        yield f"worked cases: {len(one.cases)} → {len(two.cases)}, some differ"


def _rule(rule: schema.Rule) -> str:
    """What a rule is about."""
    options = ", ".join(rule.options)
    return f"{options} ({', '.join(rule.problems)})" if rule.problems else options


def _rules(one: schema.Rule, two: schema.Rule, key: str) -> Iterator[str]:
    for name in ("position", "statement", "review", "cite"):
        yield from _value(f"{key}, {name}", getattr(one, name), getattr(two, name))
    before = {leaf.id: leaf for leaf in leaves(one.criteria)}
    after = {leaf.id: leaf for leaf in leaves(two.criteria)}
    told = False
    for name in [*before, *(name for name in after if name not in before)]:
        leaf_one, leaf_two = before.get(name), after.get(name)
        if leaf_one == leaf_two:
            continue
        told = True
        if leaf_one is None and leaf_two is not None:
            yield f"criterion {name} added: {leaf_two.text}"
        elif leaf_two is None and leaf_one is not None:
            yield f"criterion {name} removed: {leaf_one.text}"
        else:
            plain_one, plain_two = msgspec.to_builtins(leaf_one), msgspec.to_builtins(leaf_two)
            yield from _fields(plain_one, plain_two, f"criterion {name}, ")
    if not told and one.criteria != two.criteria:
        yield f"{key}: the criteria are grouped differently"


# --- anything ------------------------------------------------------------------------------------


def _fields(one: Plain, two: Plain, where: str) -> Iterator[str]:
    for name in [*one, *(name for name in two if name not in one)]:
        before, after = one.get(name), two.get(name)
        if before == after:
            continue
        if name in _CODES and isinstance(before, list) and isinstance(after, list):
            yield from _codes(f"{where}{name}", before, after)
        elif isinstance(before, dict) and isinstance(after, dict):
            yield from _fields(before, after, f"{where}{name}, ")
        elif isinstance(before, list) and isinstance(after, list):
            yield from _lists(f"{where}{name}", before, after)
        else:
            yield from _value(f"{where}{name}", before, after)


def _codes(where: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    if [str(entry) for entry in before] == [str(entry) for entry in after]:
        return  # `64483` and `"64483"` are the same code.
    one, two = set(_flat(before)), set(_flat(after))
    if two - one:
        yield f"{where} added: {', '.join(sorted(two - one))}"
    if one - two:
        yield f"{where} removed: {', '.join(sorted(one - two))}"
    if one == two:
        yield f"{where}: the same codes, but their place, grade or order differs"


def _flat(entries: Sequence[Any]) -> list[str]:
    plain = [c for e in entries for c in (e["codes"] if isinstance(e, dict) else [e])]
    return plain_codes(plain)


def _lists(where: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    key = _key([*before, *after])
    if key is None:
        one = [str(item) for item in before if not isinstance(item, dict | list)]
        two = [str(item) for item in after if not isinstance(item, dict | list)]
        gone, come = [i for i in one if i not in two], [i for i in two if i not in one]
        if come:
            yield f"{where} added: {_short(', '.join(come))}"
        if gone:
            yield f"{where} removed: {_short(', '.join(gone))}"
        if not come and not gone:
            yield f"{where}: changed"
        return
    old = {_name(item, key): item for item in before}
    new = {_name(item, key): item for item in after}
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield f"{where}, {_short(name)}: removed"
        elif name not in old:
            yield f"{where}, {_short(name)}: added"
        elif old[name] != new[name]:
            yield from _fields(old[name], new[name], f"{where}, {_short(name)}, ")


def _name(entry: Plain, key: str) -> str:
    """A document number may stand for two contractors."""
    contractor = entry.get("contractor")
    return f"{entry[key]} {contractor}" if contractor else str(entry[key])


def _key(entries: Sequence[Any]) -> str | None:
    """The field that tells entries apart: the first that each of them has."""
    if not all(isinstance(entry, dict) for entry in entries):
        return None
    return next((key for key in _KEYS if all(key in entry for entry in entries)), None)


def _value(where: str, before: object, after: object) -> Iterator[str]:
    if before != after:
        yield f"{where}: {_words(before)} → {_words(after)}"


def _words(value: object) -> str:
    if value in (None, [], {}, ""):
        return "none"
    if isinstance(value, list | tuple):
        return _short(", ".join(map(str, value)))
    return _short(str(value))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
