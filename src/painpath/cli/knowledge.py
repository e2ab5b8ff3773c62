"""`painpath knowledge`: list, show, compare and check what PainPath knows."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painpath.cli.dates import day
from painpath.cli.errors import UNUSABLE, WRONG_USAGE, fail, sentences

if TYPE_CHECKING:
    from painpath.knowledge.loading import Knowledge

app = typer.Typer(
    help="What PainPath knows: list, show, compare, check, drift, diff.", no_args_is_help=True
)

SECTIONS = (
    "options",
    "problems",
    "policies",
    "authorisation",
    "code-lists",
    "concepts",
    "sources",
    "safety",
    "payers",
    "care",
    "instruments",
    "responses",
    "worklists",
)

AsOf = Annotated[str | None, typer.Option("--as-of", help="Mark what is not in force on this date")]


@app.command("list")
def list_(
    section: Annotated[str | None, typer.Argument(help=", ".join(SECTIONS))] = None,
    words: Annotated[str | None, typer.Option("--find", help="Only lines with this text")] = None,
    as_of: AsOf = None,
) -> None:
    """List ids and names; without a section, how many there are of each."""
    asked = _day(as_of)
    with sentences():
        from painpath.knowledge.store import compiled
        from painpath.report.knowledge import standing_words

        known = compiled().knowledge
        if section is None:
            for name in SECTIONS:
                typer.echo(f"{name:13} {len(getattr(known, _field(name))):5}")
            return
        if section not in SECTIONS:
            raise fail(f'"{section}" is not one of {", ".join(SECTIONS)}', WRONG_USAGE)
        rows = []
        for item in getattr(known, _field(section)):
            standing = standing_words(item, asked)
            rows.append((item.id, f"{_title(item)}  ({standing})" if standing else _title(item)))
        rows = [row for row in rows if words is None or words.lower() in " ".join(row).lower()]
        width = max((len(key) for key, _ in rows), default=0)
        for key, title in sorted(rows):
            typer.echo(f"{key:{width}}  {title}".rstrip())


def _field(section: str) -> str:
    return section.replace("-", "_")


def _day(text: str | None) -> datetime.date:
    return day(text, "--as-of") or datetime.date.today()


def _title(item: object) -> str:
    for name in ("name", "title", "text"):
        value = getattr(item, name, None)
        if value:
            return str(value)
    return ""


@app.command()
def show(
    key: Annotated[str, typer.Argument(metavar="ID", help="Any id, code or document number")],
    as_of: AsOf = None,
) -> None:
    """Show one option, problem, policy, concept, source or rule, or what a code stands for."""
    asked = _day(as_of)
    with sentences():
        from rich.console import Console

        from painpath.knowledge.store import compiled
        from painpath.report.knowledge import show as render

        if not render(compiled().knowledge, key, Console(highlight=False), asked):
            hint = "see `painpath knowledge list`"
            raise fail(f'nothing known has the id "{key}"; {hint}', WRONG_USAGE)


@app.command()
def compare(
    option: Annotated[str, typer.Argument(help="Option id")],
    problem: Annotated[str | None, typer.Option(help="Only for this problem")] = None,
    as_of: AsOf = None,
) -> None:
    """Lay the policies of one option side by side."""
    asked = _day(as_of)
    with sentences():
        from rich.console import Console

        from painpath.knowledge.store import compiled
        from painpath.report.knowledge import compare as render

        known = compiled().knowledge
        if problem is not None and problem not in {one.id for one in known.problems}:
            hint = "see `painpath knowledge list problems`"
            raise fail(f'"{problem}" is not a problem; {hint}', WRONG_USAGE)
        if not render(known, option, Console(highlight=False), problem, asked):
            hint = "see `painpath knowledge list options`"
            raise fail(f'"{option}" is not an option; {hint}', WRONG_USAGE)


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Knowledge folder; default: built in")
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="List notes too")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="List every finding, not the first few of a subject")
    ] = False,
    only_unverified: Annotated[
        bool, typer.Option("--unverified", help="List only what nobody has verified")
    ] = False,
    vignettes: Annotated[
        Path | None,
        typer.Option("--examples", help="Folder of vignettes whose options count as shown"),
    ] = None,
) -> None:
    """Check every knowledge file and run the policies' own cases."""
    with sentences():
        from painpath.knowledge.checks import check as findings
        from painpath.knowledge.checks.examples import in_vignettes
        from painpath.knowledge.checks.walk import criteria
        from painpath.knowledge.loading import BASE, load
        from painpath.report.findings import lines

        known = load(folder or BASE)
        found = findings(known, list(in_vignettes(vignettes)) if vignettes else ())
        open_ones = [f for f in found if f.subject == "unverified"]
        if only_unverified:
            for finding in open_ones:
                typer.echo(f"{finding.where}: {finding.what}")
            typer.echo(f"{len(open_ones)} unverified")
            return
        for line in lines(found, notes=notes, everything=everything):
            typer.echo(line)
        errors = sum(f.level == "error" for f in found)
        cases, failed = (0, []) if errors else _run_cases(known)
        for difference in failed:
            typer.echo(f"error: {difference}")
        counts = {level: sum(f.level == level for f in found) for level in ("warning", "note")}
        typer.echo(
            f"{len(known.options)} options, {len(known.problems)} problems,"
            f" {len(known.policies)} policies, {len(list(criteria(known)))} criteria,"
            f" {len(known.concepts)} concepts, {len(known.sources)} sources; {cases} cases;"
            f" {errors + len(failed)} errors, {counts['warning']} warnings, {counts['note']} notes;"
            f" {len(open_ones)} unverified"
        )
        if errors or failed:
            raise typer.Exit(UNUSABLE)


@app.command()
def site(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the pages to")],
    folder: Annotated[
        Path | None, typer.Argument(help="Knowledge folder; default: built in")
    ] = None,
) -> None:
    """Write the reference pages: one for each option, problem and policy, offline and printable."""
    with sentences():
        from painpath.knowledge.loading import BASE, load
        from painpath.report.site import build

        written = build(load(folder or BASE), out)
        size = sum(path.stat().st_size for path in written) / 1e6
        typer.echo(f"{len(written)} files, {size:.1f} MB: {written[0]}")


def _run_cases(known: Knowledge) -> tuple[int, list[str]]:
    """How many cases there are, and each difference with the place of its policy."""
    from painpath.engine.cases import run_cases
    from painpath.engine.engine import Engine
    from painpath.knowledge.checks.finding import place
    from painpath.knowledge.store import compile_knowledge

    ready = compile_knowledge(known)
    results = run_cases(Engine(ready.knowledge, ready.vocabulary, ready.rules), known.policies)
    differences = [
        f'{place(known, "policies", r.policy)}: {r.policy}: case "{r.case.name}": {difference}'
        for r in results
        for difference in r.differences
    ]
    return len(results), differences
