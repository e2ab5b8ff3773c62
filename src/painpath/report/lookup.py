"""Looking up what people know by another name: a code, a document's number, a drug's holds."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, leaves
from painpath.report.words import number

_SYSTEMS = ("icd10cm", "snomed", "cpt", "hcpcs", "loinc", "rxnorm", "nucc")
_HOURS_A_DAY = 24
_DAYS_FROM = 48
"""Hours from which a hold is told in days, if it is whole days."""


def by_code(knowledge: Knowledge, key: str, console: Console) -> bool:
    """Print what a code or a document's number stands for; `False` if nothing knows it."""
    rows = [*_documents(knowledge, key), *_concepts(knowledge, key)]
    for section, name, words in rows:
        console.print(Text.assemble((f"{section}  {name}", "bold"), f"  {words}"))
    return bool(rows)


def _documents(knowledge: Knowledge, key: str) -> Iterator[tuple[str, str, str]]:
    wanted = key.strip().upper()
    for policy in knowledge.policies:
        if any(wanted in (d.id.upper(), (d.article or "").upper()) for d in policy.documents):
            yield "policies", policy.id, policy.name


def _concepts(knowledge: Knowledge, key: str) -> Iterator[tuple[str, str, str]]:
    """The concepts that hold the code, the options done and the problems recognised by them."""
    wanted = key.strip().upper().replace(".", "")
    held = {c.id: c for c in knowledge.concepts if _holds(c, wanted)}
    held |= {
        concept.id: concept
        for products in knowledge.drug_products
        for concept in knowledge.concepts
        if products.id == concept.id and wanted in {str(code) for code in products.codes}
    }
    for concept in held.values():
        yield "concepts", concept.id, concept.name
    performed = held.keys() | {name for concept in held.values() for name in concept.may_be}
    performed |= {c.id for c in knowledge.concepts if not performed.isdisjoint(c.includes)}
    for option in knowledge.options:
        if performed & set(as_tuple(option.done)):
            yield "options", option.id, option.name
    for problem in knowledge.problems:
        if any(held.keys() & named for named in _terms(problem)):
            yield "problems", problem.id, problem.name


def _terms(problem: schema.Problem) -> Iterator[set[str]]:
    for way in problem.recognise:
        yield from (set(as_tuple(term)) for term in way.all)


def _holds(concept: schema.Concept, wanted: str) -> bool:
    for system in _SYSTEMS:
        for entry in getattr(concept, system):
            codes = entry.codes if isinstance(entry, schema.Codes) else [entry]
            for code in codes:
                bare = str(code).upper().replace(".", "")
                if bare == wanted or (bare.endswith("*") and wanted.startswith(bare[:-1])):
                    return True
    return False


def holds(knowledge: Knowledge, drug: str, console: Console) -> None:
    """Print what each rule set says of holding a drug; nothing if none names it."""
    table = Table(title=f"Holding {drug}", title_justify="left", box=None)
    for heading in ("rules", "low", "intermediate", "high bleeding risk", "if", "grade"):
        table.add_column(heading, overflow="fold")
    for rules in knowledge.hold_rule_sets:
        rows = [hold for hold in rules.holds if hold.drug == drug]
        for hold in rows:
            conditions = "; ".join(leaf.text for leaf in leaves(hold.only_if))
            conditions = conditions or ("otherwise" if len(rows) > 1 else "")
            cells = [_cell(cell) for cell in (hold.low, hold.intermediate, hold.high)]
            table.add_row(rules.id, *cells, conditions, hold.review or rules.review)
    if table.row_count:
        console.print()
        console.print(table)
        console.print(
            "Only with the prescriber's agreement. Names, notes and sources of the rules:"
            " `painpath knowledge show RULES`",
            style="dim",
        )


def _cell(cell: schema.HoldCell | None) -> str:
    """`hold 3 days, restart after 24 h`."""
    if cell is None:
        return "-"
    words = cell.action.replace("-", " ")
    if cell.hours is not None:
        words += f" {_span(cell.hours)}"
    if cell.restart_hours is not None:
        words += f", restart after {number(cell.restart_hours)} h"
    return words


def _span(hours: float) -> str:
    if hours >= _DAYS_FROM and hours % _HOURS_A_DAY == 0:
        return f"{number(hours / _HOURS_A_DAY)} days"
    return f"{number(hours)} h"
