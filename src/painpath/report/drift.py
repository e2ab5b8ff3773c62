"""Drift in a terminal: what is behind, which lists differ, what a person must read again."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from painpath.knowledge.drift.comparing import DocumentDrift, Drift, ListDrift
from painpath.report.words import day_words

_STATES = {
    "behind": "BEHIND",
    "unrecorded": "VERSION NOT RECORDED",
    "retired": "RETIRED",
    "replaced": "REPLACED",
    "final": "NO LONGER A DRAFT",
    "proposed": "still proposed",
    "not-in-export": "not in this export",
    "current": "current",
}
_SYSTEMS = {"icd10cm": "ICD-10-CM", "cpt": "CPT/HCPCS"}
_MOST_CHANGES = 3
_LONGEST = 200


def render(drift: Drift, console: Console, *, verbose: bool = False) -> None:
    """Print a drift report; `verbose` lists what is current too."""
    console.print(f"{drift.export}, as of {day_words(drift.as_of)}")
    if drift.tables_missing:
        names = ", ".join(f"{name}.csv" for name in drift.tables_missing)
        console.print(f"Not in the export: {names}; what hangs on them was not compared.")
    for document in drift.documents:
        quiet = document.state in ("current", "not-in-export", "proposed") and not _aside(
            document, drift.as_of
        )
        if verbose or not quiet:
            console.print()
            for line in _document(document, drift.as_of):
                console.print(line)
    differing = [each for each in drift.lists if each.differs or verbose]
    if differing:
        console.print(Text("\nCovered-code lists", style="bold"))
    for each in differing:
        for line in _list(each):
            console.print(line)
    console.print()
    console.print(summary(drift))


def summary(drift: Drift) -> str:
    """`20 documents: 3 behind, 1 retired, 16 current; 5 code lists: 2 differ`."""
    counts: dict[str, int] = {}
    for document in drift.documents:
        words = _STATES[document.state].lower()
        counts[words] = counts.get(words, 0) + 1
    documents = ", ".join(f"{number} {words}" for words, number in counts.items())
    ours = [each for each in drift.lists if each.ours is not None]
    differ = sum(each.differs for each in ours)
    return (
        f"{len(drift.documents)} documents: {documents or 'none'}; {len(ours)} code lists of ours:"
        f" {differ} differ; {len(drift.lists) - len(ours)} lists that we do not have"
    )


def _aside(document: DocumentDrift, as_of: datetime.date) -> bool:
    """Something to know although the version is the one that was read."""
    retiring = document.retired is not None and document.retired > as_of
    return bool(document.coming or retiring or document.states_gained or document.states_lost)


def _document(document: DocumentDrift, as_of: datetime.date) -> Iterable[Text]:
    head = Text(f"{document.id}  ", style="bold")
    head.append(_STATES[document.state], style="bold yellow")
    head.append(f"  {document.title or ''}")
    yield head
    ours = f"version {document.our_version}" if document.our_version else "version not recorded"
    if document.our_revision:
        ours += f" of {day_words(document.our_revision)}"
    if document.version is not None:
        start = f" of {day_words(document.effective)}" if document.effective else ""
        yield Text(f"  ours: {ours}; export: version {document.version}{start}")
    else:
        yield Text(f"  ours: {ours}")
    if document.retired:
        words = "will be retired" if document.retired > as_of else "retired"
        yield Text(f"  {words} {day_words(document.retired)}")
    if document.replaced_by:
        yield Text(f"  now: {', '.join(document.replaced_by)}")
    if document.coming:
        what = "it takes effect as a rule" if document.id.startswith("D") else "a newer version"
        words = "takes effect on" if what.startswith("a ") else "on"
        yield Text(f"  {what} {words} {day_words(document.coming)}")
    if document.states_gained:
        yield Text(f"  states in the export and not in ours: {', '.join(document.states_gained)}")
    if document.states_lost:
        yield Text(f"  states in ours and not in the export: {', '.join(document.states_lost)}")
    for change in document.changes[-_MOST_CHANGES:]:
        yield Text(f"  revised {_short(change)}")
    if document.read_again:
        yield Text(f"  read again: {'; '.join(document.read_again)}")
    if document.criteria:
        yield Text(
            f"  used by {', '.join(document.policies)} ({document.criteria} criteria)", style="dim"
        )


def _list(each: ListDrift) -> Iterable[Text]:
    label = f"{each.article} {_SYSTEMS[each.system]} group {each.group}"
    start = f" of {day_words(each.effective)}" if each.effective else ""
    if each.ours is None:
        yield Text(f"  {label}: {len(each.codes)} codes in version {each.version}{start}, no list")
        return
    words = "differs" if each.differs else "the same"
    yield Text(f"  {label} ({each.ours}): {words}, version {each.version}{start}")
    if each.added:
        yield Text(f"    not in ours: {', '.join(each.added)}")
    if each.removed:
        yield Text(f"    only in ours: {', '.join(each.removed)}")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
