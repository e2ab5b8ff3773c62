"""Knowledge in a terminal: one element with its citations, or an option's policies side by side."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from painpath.knowledge import schema
from painpath.knowledge.instruments import Instrument, Item
from painpath.knowledge.loading import SECTIONS, Knowledge
from painpath.knowledge.rules import as_tuple, leaves
from painpath.report import instruments, lookup
from painpath.report.words import day_words

_TABLE_FROM = 110
"""Columns of a terminal from which six columns of text can be read."""

_SIGNS = {"at_least": "≥", "more_than": ">", "at_most": "≤", "less_than": "<"}


def threshold_words(leaf: schema.Leaf) -> str:
    """`≥ 50 %, lasting 3 months, within 12 months`: the numbers of a criterion."""
    parts = []
    for name, sign in _SIGNS.items():
        value = getattr(leaf, name, None)
        if value is not None:
            parts.append(f"{sign} {value}")
    number = getattr(leaf, "number", None)
    if number:
        parts.insert(0, f"{number} in a row")
    for name, word in (("lasting", "for"), ("within", "within"), ("spacing", "apart")):
        value = getattr(leaf, name, None)
        if value:
            parts.append(f"{word} {value}" if name != "spacing" else f"{value} {word}")
    return ", ".join(parts)


def ages_words(ages: schema.PolicyAges) -> str:
    """`Written for 18 years and over.`"""
    if ages.from_ is None:
        return f"Written for up to {ages.to} years."
    upper = " and over" if ages.to is None else f" to {ages.to} years"
    return f"Written for {ages.from_}{' years' if ages.to is None else ''}{upper}."


def standing_words(item: object, day: datetime.date) -> str:
    """`proposed, not in force`, `retired, in force to 15 Apr 2026`; empty: in force on the day."""
    standing = getattr(item, "standing", "in-force")
    if standing != "in-force":
        return f"{standing}, not in force"
    start, end = getattr(item, "start", None), getattr(item, "end", None)
    if end is not None and end < day:
        return f"retired, in force to {day_words(end)}"
    if start is not None and start > day:
        return f"in force from {day_words(start)}"
    return ""


def show(knowledge: Knowledge, key: str, console: Console, day: datetime.date) -> bool:
    """Print every element of that id, or what a code or document number stands for.

    Returns:
        `False` if there is nothing.
    """
    found = False
    for section in SECTIONS:
        for item in getattr(knowledge, section):
            if item.id == key:
                found = True
                place = knowledge.where.get(f"{section}:{key}", "")
                console.print(
                    Text(f"{section}  {key}", style="bold") + Text(f"  {place}", style="dim")
                )
                if isinstance(item, schema.Policy):
                    _policy(item, console, day)
                elif isinstance(item, Instrument):
                    _instrument(item, knowledge, console)
                else:
                    _fields(msgspec.to_builtins(item), console)
                if isinstance(item, schema.Option):
                    _compare(knowledge, item.id, console, None, day)
    if found:
        lookup.holds(knowledge, key, console)
    return found or lookup.by_code(knowledge, key, console)


def _instrument(instrument: Instrument, knowledge: Knowledge, console: Console) -> None:
    names = {concept.id: concept.name for concept in knowledge.concepts}
    items = {
        item.id: item
        for each in knowledge.instruments
        for item in each.items
        if isinstance(item, Item)
    }
    instruments.show(instrument, names, items, console)


def _fields(data: dict[str, Any], console: Console, indent: int = 2) -> None:
    for name, value in data.items():
        if value in (None, [], {}, "", False) or name == "id":
            continue
        lead = " " * indent
        if isinstance(value, list) and value and isinstance(value[0], dict):
            console.print(f"{lead}{name}:")
            for row in value:
                words = " · ".join(
                    f"{k}: {', '.join(map(str, v)) if isinstance(v, list) else v}"
                    for k, v in row.items()
                    if v not in (None, [], {}, "", False)
                )
                console.print(f"{lead}  - {words}")
        elif isinstance(value, dict):
            console.print(f"{lead}{name}:")
            _fields(value, console, indent + 2)
        else:
            words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            console.print(f"{lead}{name}: {words}")


def _policy(policy: schema.Policy, console: Console, day: datetime.date) -> None:
    dates = f"from {day_words(policy.start)}" if policy.start else "start not known"
    if policy.end:
        dates += f" to {day_words(policy.end)}"
    standing = standing_words(policy, day)
    if standing:
        console.print(f"  {standing.upper()}", style="bold yellow")
    # As Text: in a plain string the grade's brackets would be read as markup and vanish.
    console.print(
        Text(f"  {policy.name} · {policy.issuer} · {policy.axis} · {dates} [{policy.review}]")
    )
    for document in policy.documents:
        console.print(f"  {_document(document, day)}", style="dim")
    if policy.reading:
        console.print(f"  Reading: {policy.reading}")
    if policy.ages:
        console.print(f"  {ages_words(policy.ages)}")
        if policy.ages.reading:
            console.print(f"    Reading: {policy.ages.reading}", style="dim")
    for rule in policy.rules:
        console.print()
        console.print(f"  {', '.join(rule.options)}: {rule.position}", style="bold")
        console.print(f"  {rule.statement}")
        for leaf in leaves(rule.criteria):
            cite = ", ".join(as_tuple(leaf.cite) or as_tuple(rule.cite) or as_tuple(policy.cite))
            numbers = threshold_words(leaf)
            text = Text(f"    {leaf.id}  ", style="dim")
            text.append(leaf.text, style="default")
            if numbers:
                text.append(f"  ({numbers})", style="cyan")
            text.append(f"  {cite} [{leaf.review or rule.review or policy.review}]", style="dim")
            console.print(text)
            if leaf.reading:
                console.print(f"      Reading: {leaf.reading}", style="dim")


def _document(document: schema.Document, day: datetime.date) -> str:
    """`L38801 Noridian JF (AK, AZ), version 23 of 16 Apr 2026, codes in A58403 - retired, ...`."""
    words = f"{document.id} {document.contractor}"
    words += f" ({', '.join(document.states)})" if document.states else ""
    words += f", version {document.version}" if document.version else ""
    words += f" of {day_words(document.revision)}" if document.revision else ""
    words += f", codes in {document.article}" if document.article else ""
    standing = standing_words(document, day)
    return f"{words} - {standing}" if standing else words


def compare(
    knowledge: Knowledge,
    option: str,
    console: Console,
    problem: str | None,
    day: datetime.date,
) -> bool:
    """Print the policies of an option side by side; `False` if there is no such option."""
    if option not in {o.id for o in knowledge.options}:
        return False
    _compare(knowledge, option, console, problem, day)
    return True


def _compare(
    knowledge: Knowledge,
    option: str,
    console: Console,
    problem: str | None,
    day: datetime.date,
) -> None:
    columns: list[tuple[schema.Policy, list[schema.Rule]]] = []
    for policy in knowledge.policies:
        rules = [
            rule
            for rule in policy.rules
            if option in rule.options
            and (problem is None or not rule.problems or problem in rule.problems)
        ]
        if rules:
            columns.append((policy, rules))
    if not columns:
        console.print("No policy speaks of this option.")
        return
    rows: dict[str, dict[str, str]] = {}
    texts: dict[str, str] = {}
    for policy, rules in columns:
        for rule in rules:
            for leaf in leaves(rule.criteria):
                texts.setdefault(leaf.id, leaf.text)
                rows.setdefault(leaf.id, {})[policy.id] = threshold_words(leaf) or "yes"
    _positions(option, columns, console, day)
    with_criteria = [p for p, rules in columns if any(rule.criteria for rule in rules)]
    if not rows:
        return
    width = max(2, (console.width - 40) // 18)
    for start in range(0, len(with_criteria), width):
        part = with_criteria[start : start + width]
        table = Table(show_lines=False, pad_edge=False)
        table.add_column("criterion", ratio=2, overflow="fold")
        for policy in part:
            table.add_column(policy.id, ratio=1, overflow="fold")
        for key, cells in rows.items():
            if any(policy.id in cells for policy in part):
                table.add_row(texts[key], *(cells.get(policy.id, "-") for policy in part))
        console.print(table)


def _positions(
    option: str,
    columns: list[tuple[schema.Policy, list[schema.Rule]]],
    console: Console,
    day: datetime.date,
) -> None:
    """Who says what: a table, or a list where a table would leave no room for the sentences."""
    title = f"Who says what of {option}"
    wide = console.width >= _TABLE_FROM
    table = Table(title=title, title_justify="left", box=None)
    for heading in ("policy", "axis", "position", "statement", "valid", "grade"):
        table.add_column(heading, overflow="fold")
    if not wide:
        console.print(title, style="italic")
    for policy, rules in columns:
        for rule in rules:
            valid = day_words(policy.start) if policy.start else "-"
            if policy.end:
                valid += f" to {day_words(policy.end)}"
            standing = standing_words(policy, day)
            valid += f" ({standing})" if standing else ""
            valid = valid.removeprefix("- ")
            grade = rule.review or policy.review or "-"
            if wide:
                row = (policy.id, policy.axis, rule.position, rule.statement, valid, grade)
                table.add_row(*row)
                continue
            dated = "" if valid == "-" else f" · {valid}"
            lead = Text(f"  {policy.id}", style="bold")
            lead.append(f"  {policy.axis} · {rule.position}{dated} [{grade}]", style="default")
            console.print(lead)
            console.print(Padding(Text(rule.statement), (0, 0, 0, 4)))
    if wide:
        console.print(table)
