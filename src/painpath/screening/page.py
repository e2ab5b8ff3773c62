"""The summary as one self-contained page: no script, no network, and no count too small to show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from painpath import __version__
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.planning.plan import NOTICE
from painpath.planning.wording import reason_words
from painpath.report.words import day_words
from painpath.screening.disclosure import ROUND_TO, Guard
from painpath.screening.figures import BY, Figures, Flow, count
from painpath.screening.known import ready
from painpath.screening.payers import NO_PAYER
from painpath.screening.pictures import WORDS, sankey, shares
from painpath.screening.runs import PieceSheet, ignored
from painpath.screening.terms import Terms

_MOST_GROUPS = 25
_MOST_BARS = 12
_MOST_RULES = 25
_NO_PAYER = (
    f"{NO_PAYER}: the record names no payer that is known here, or the screen was told to ask none."
)

Values = dict[str, Any]


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("painpath.screening", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write_page(out: Path, terms: Terms, sheets: Sequence[PieceSheet]) -> None:
    """Count what is in the folder of results and write `summary.html` there."""
    knowledge = ready().knowledge
    worklists = [(worklist.id, worklist.question) for worklist in knowledge.worklists]
    figures = count(out, ladders(knowledge), worklists)
    beside = out / ".summary.html.part"
    beside.write_bytes(to_html(figures, terms, sheets, knowledge))
    beside.replace(out / "summary.html")


def ladders(knowledge: Knowledge) -> list[tuple[str, str]]:
    """Each step with the one that follows it; routes of a parent option are not steps."""
    options = {option.id: option for option in knowledge.options}
    return [
        (earlier, option.id)
        for option in knowledge.options
        for earlier in as_tuple(option.after)
        if option.part_of is None and earlier in options and options[earlier].part_of is None
    ]


def to_html(
    figures: Figures, terms: Terms, sheets: Sequence[PieceSheet], knowledge: Knowledge
) -> bytes:
    """The page as UTF-8 bytes."""
    style = resources.files("painpath.screening") / "templates" / "summary.css"
    page = _Page(figures, terms, sheets, knowledge).values()
    text = (
        _environment()
        .get_template("summary.html.j2")
        .render(page=page, style=style.read_text(encoding="utf-8"))
    )
    return text.encode("utf-8", "xmlcharrefreplace")


class _Page:
    """Figures as words, through the guard."""

    def __init__(
        self, figures: Figures, terms: Terms, sheets: Sequence[PieceSheet], knowledge: Knowledge
    ) -> None:
        self._figures = figures
        self._terms = terms
        self._sheets = sheets
        self._knowledge = knowledge
        self._guard = Guard(terms.smallest)
        self._options = {option.id: option.name for option in knowledge.options}

    def values(self) -> Values:
        """Everything the template needs."""
        f, terms = self._figures, self._terms
        largest = sorted(f.flows, key=lambda flow: -sum(row[2] for row in flow.rows))
        flows = [self._flow(flow) for flow in largest]
        return {
            "day": day_words(terms.as_of),
            "policy": "criteria of each patient's payer"
            if terms.policy == "auto"
            else f"criteria: {terms.policy}",
            "version": __version__,
            "notice": NOTICE,
            "guarded": not self._guard.is_off,
            "smallest": terms.smallest,
            "rounding": ROUND_TO,
            "empty": f.problems == 0,
            "totals": [
                ("patients", self._count(f.patients)),
                ("with a pain problem", self._count(f.with_problem)),
                ("pain problems", self._count(f.problems)),
            ],
            "worklists": self._worklists(),
            "statuses": self._statuses(),
            "problems": self._problems(),
            "flows": flows,
            "drawn": sum(flow["svg"] is not None for flow in flows),
            "groups": [self._group(name) for name in BY],
            "unsafe": self._unsafe(),
            "unknown": self._unknown(),
            "codes": [self._code(row) for row in f.codes if row["code"] or self._is_frequent(row)],
            "texts": sum(1 for row in f.codes if not (row["code"] or self._is_frequent(row))),
            "unread": [(reason, self._count(number)) for reason, number in f.unread],
            "input": self._input(),
        }

    def _count(self, number: int) -> str:
        return self._guard.count(number).words(self._guard.smallest)

    def _row(self, rows: Sequence[tuple[str, int]]) -> list[tuple[str, str]]:
        cells = self._guard.row([number for _, number in rows])
        return [
            (name, cell.words(self._guard.smallest))
            for (name, _), cell in zip(rows, cells, strict=True)
        ]

    def _statuses(self) -> list[tuple[str, str, float | None]]:
        """Name, problems in words, and the length of their bar, of 100."""
        cells = self._guard.row([number for _, number in self._figures.statuses])
        most = max((cell.shown or 0 for cell in cells), default=0)
        return [
            (
                _status(name),
                cell.words(self._guard.smallest),
                100 * cell.shown / most if cell.shown and most else None,
            )
            for (name, _), cell in zip(self._figures.statuses, cells, strict=True)
        ]

    def _worklists(self) -> list[Values]:
        found = {name: patients for name, _, patients in self._figures.worklists}
        rows = []
        for worklist in self._knowledge.worklists:
            number = found.get(worklist.id, 0)
            share = self._guard.share(number, self._figures.with_problem)
            rows.append(
                {
                    "name": worklist.name,
                    "text": worklist.text,
                    "reading": worklist.reading,
                    "patients": self._count(number),
                    "share": share,
                    "bar": float(share.removesuffix("%")) if share.endswith("%") else None,
                }
            )
        return rows

    def _problems(self) -> list[Values]:
        names = {problem.id: problem.name for problem in self._knowledge.problems}
        return [
            {
                "name": names.get(problem, problem),
                "problems": self._count(number),
                "eligible": self._count(eligible),
                "never": self._count(never),
            }
            for problem, number, eligible, never in self._figures.by_problem
            if self._guard.is_off or number >= self._guard.smallest
        ]

    def _flow(self, flow: Flow) -> Values:
        first, later = self._options[flow.first], self._options[flow.later]
        cells = self._guard.row([number for _, _, number in flow.rows])
        return {
            "title": f"{first}, then {_lower(later)}",
            "first": first,
            "later": later,
            "svg": sankey(flow, self._guard, "Problems that it may fit", first, later),
            "rows": [
                (WORDS[a], "" if b == "-" else WORDS[b], cell.words(self._guard.smallest))
                for (a, b, _), cell in zip(flow.rows, cells, strict=True)
            ],
        }

    def _group(self, name: str) -> Values:
        rows = self._figures.groups[name]
        shown = [
            row
            for row in rows
            if row["with_problem"] and self._guard.count(row["with_problem"]).shown is not None
        ]
        listed = shown[:_MOST_GROUPS]
        left = len(rows) - len(listed)
        unnamed = any(row["name"] == NO_PAYER for row in listed)
        bars = [(r["name"], r["never_referred"], r["with_problem"]) for r in listed[:_MOST_BARS]]
        return {
            "title": BY[name],
            "svg": shares(bars, self._guard, "never referred, % of patients with a pain problem"),
            "rows": [
                {
                    "name": row["name"],
                    "patients": self._count(row["with_problem"]),
                    **{
                        short: self._part(row[long], row["with_problem"])
                        for short, long in (
                            ("never", "never_referred"),
                            ("repeated", "repeated"),
                            ("waiting", "waiting"),
                            ("unsafe", "unsafe"),
                        )
                    },
                }
                for row in listed
            ],
            "note": _NO_PAYER if name == "payer" and unnamed else "",
            "more": _unshown(left) if left else "",
        }

    def _part(self, part: int, whole: int) -> str:
        words = self._count(part)
        share = self._guard.share(part, whole)
        return f"{words} ({share})" if share.endswith("%") and part else words

    def _unsafe(self) -> list[Values]:
        rules = {rule.id: rule.text for rule in self._knowledge.safety}
        flags = {flag.id: flag.text for flag in self._knowledge.red_flags}
        found = [(flags.get(name, name), "red flag", n) for name, n in self._figures.flags]
        found += [
            (rules.get(name, name), level, n)
            for name, level, n in self._figures.unsafe[:_MOST_RULES]
        ]
        return [
            {"text": text, "level": level, "patients": self._count(number)}
            for text, level, number in found
        ]

    def _unknown(self) -> list[Values]:
        return [
            {
                "text": row["text"],
                "ask": row["ask"],
                "asked": self._count(row["asked"]),
                "unknown": self._guard.share(row["unknown"], row["asked"]),
                "reason": reason_words(row["reason"]),
            }
            for row in self._figures.unknown
            if self._guard.is_off or row["asked"] >= self._guard.smallest
        ]

    def _is_frequent(self, row: Values) -> bool:
        return self._guard.is_off or row["number"] >= self._guard.smallest

    def _code(self, row: Values) -> Values:
        """A code with its count; words written by few may be about somebody, and are left out."""
        display = row["display"] if self._is_frequent(row) else None
        return {**row, "display": display, "number": self._count(row["number"])}

    def _input(self) -> str:
        """What became of every resource of the export."""
        if not self._sheets:
            return ""
        seen = sum(sheet.seen for sheet in self._sheets)
        kept = sum(sheet.kept for sheet in self._sheets)
        lost = sum(sheet.unread for sheet in self._sheets)
        left = ignored(self._sheets).total()
        return (
            f"{seen:,} resources in {len({s.piece.path for s in self._sheets}):,} files: {kept:,}"
            f" looked into, {left:,} with nothing that any concept knows, {lost:,} unreadable."
        )


def _status(name: str) -> str:
    return {"none": "No option fits or is open"}.get(name) or WORDS[name]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _unshown(left: int) -> str:
    verb = "is" if left == 1 else "are"
    return f"{left} more {verb} not shown: too small, or beyond the first {_MOST_GROUPS}."
