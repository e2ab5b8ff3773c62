"""Reads and plans whole folders of records and reports what became of them, as a page.

    python -m benchmarks.survey "a title=FOLDER" FOLDER ... --out docs/real-records.md

Every `.json` file under a folder is taken: a Bundle is a record; single resources that lie with one
Patient are that patient's record, other single resources are records of one; of a CDS Hooks request
the resources sent along are the record. Resources are counted here a second time, without PainPath,
so that one it loses would show.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import statistics
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measure import clock
from painpath import planner
from painpath.planning.plan import Plan
from painpath.records.errors import RecordError
from painpath.records.reading import Record, read_bytes

AS_OF = datetime.date(2026, 11, 1)
UsedIgnoredSkipped = tuple[int, int, int]


@dataclass
class Candidate:
    """Something that may be a record: its bytes and how many resources a plain look finds."""

    name: str
    data: bytes
    resources: int


@dataclass
class Survey:
    """What became of the records of one folder."""

    title: str
    read: int = 0
    not_records: Counter[str] = field(default_factory=Counter)
    resources: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(resource type, "used" | "ignored" | "skipped")."""
    facts: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    without_problem: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    red_flags: Counter[str] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    reading: list[float] = field(default_factory=list)
    planning: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Crashes, lost resources, criteria that could not be evaluated. Should stay empty."""

    def total(self, state: str) -> int:
        """Resources that were used, ignored or skipped."""
        return sum(number for (_, what), number in self.resources.items() if what == state)


# -- files into candidates --


def candidates(folder: Path) -> Iterator[Candidate]:
    """The records under a folder, in a stable order."""
    lone: dict[Path, tuple[str, bytes]] = {}
    for path in sorted(folder.rglob("*.json")):
        data = path.read_bytes()
        document = _parse(data)
        name = str(path.relative_to(folder))
        if isinstance(document, dict) and "hook" in document:
            sent = [r for part in ("prefetch", "context") for r in _sent(document.get(part))]
            number = sum(count(resource) for resource in sent)
            yield _wrap(name, [json.dumps(r).encode() for r in sent], number)
        elif isinstance(document, dict) and _is_single(document):
            lone[path] = str(document["resourceType"]), data
        else:
            yield Candidate(name, data, count(document))
    for home, paths in _by_patient(folder, lone).items():
        yield _wrap(str(home.relative_to(folder)), [lone[path][1] for path in paths], len(paths))


def _parse(data: bytes) -> Any:
    try:
        return json.JSONDecoder(strict=False).raw_decode(data.decode("utf-8-sig").strip())[0]
    except (ValueError, RecursionError):
        return None


def _is_single(document: dict[str, Any]) -> bool:
    return document.get("resourceType") not in (None, "Bundle", "Parameters", "Binary")


def _sent(part: Any) -> Iterator[dict[str, Any]]:
    for value in part.values() if isinstance(part, dict) else ():
        if isinstance(value, dict) and "resourceType" in value:
            yield value


def _wrap(name: str, resources: list[bytes], number: int) -> Candidate:
    entries = b",".join(b'{"resource":' + data.strip() + b"}" for data in resources)
    bundle = b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}"
    return Candidate(name, bundle, number)


def _by_patient(folder: Path, lone: dict[Path, tuple[str, bytes]]) -> dict[Path, list[Path]]:
    """Single resources by the widest folder that holds exactly one Patient; else on their own."""
    patients = Counter(
        parent
        for path, (kind, _) in lone.items()
        if kind == "Patient"
        for parent in path.parents
        if parent.is_relative_to(folder)
    )
    homes: dict[Path, list[Path]] = {}
    for path in lone:
        alone = [parent for parent in path.parents if patients[parent] == 1]
        homes.setdefault(alone[-1] if alone else path, []).append(path)
    return homes


def count(document: Any) -> int:
    """The resources in a document, wrapped ones included, counted the plain way."""
    if not isinstance(document, dict):
        return 1
    kind = document.get("resourceType")
    if kind == "Bundle":
        return sum(count(entry.get("resource")) for entry in document.get("entry", ()))
    if kind == "Parameters":
        wrapped = (p["resource"] for p in document.get("parameter", ()) if "resource" in p)
        return sum(count(resource) for resource in wrapped)
    return 1


# -- candidates into figures --


def survey(title: str, found: Iterable[Candidate], as_of: datetime.date = AS_OF) -> Survey:
    """Read and plan every candidate."""
    result = Survey(title)
    ready = planner()
    for candidate in found:
        try:
            began = clock()
            record = read_bytes(candidate.data, ready.vocabulary, name=candidate.name)
            read = clock()
            plan = ready.plan(record, as_of=as_of)
            planned = clock()
        except RecordError as error:
            result.not_records[_alike(str(error).removeprefix(f"{candidate.name}: "))] += 1
            continue
        except Exception:
            last = traceback.format_exc().strip().splitlines()[-1]
            result.failures.append(f"{candidate.name}: {last}")
            continue
        result.reading.append(read - began)
        result.planning.append(planned - read)
        _add(result, candidate, record, plan)
    return result


def _add(result: Survey, candidate: Candidate, record: Record, plan: Plan) -> None:
    result.read += 1
    result.facts += record.facts.num_rows
    seen = 0
    for kind, counted in record.counts.items():
        for state, number in counted.items():
            result.resources[kind, state] += number
            seen += number
    if seen != candidate.resources:
        result.failures.append(f"{candidate.name}: {seen} of {candidate.resources} accounted for")
    result.failures.extend(f"{candidate.name}: {f.ref}: {f.why}" for f in plan.failures)
    result.notes.update(_alike(note.why) for note in record.skipped)
    result.problems.update(problem.id for problem in plan.problems)
    result.without_problem += not plan.problems
    result.statuses.update(option.status for p in plan.problems for option in p.options)
    result.red_flags.update(flag.id for flag in plan.red_flags)
    for (system, code, display), number in record.unknown_codes.items():
        short = (system or "text").rstrip("/").rsplit("/", 1)[-1]
        result.unknown[f"{short} {code or ''}".strip(), display or ""] += number


def _alike(reason: str) -> str:
    """A reason without what differs from record to record."""
    return re.sub(r"\d+", "n", re.sub(r'"[^"]*"', '"..."', reason))


# -- figures into a page --


def page(surveys: list[Survey], as_of: datetime.date = AS_OF, note: str = "") -> str:
    """The page, in Markdown."""
    lines = [
        "# Records that nobody here wrote",
        "",
        f"Made by `python -m benchmarks.survey`; plans as of {as_of}. Used: a fact, prescription or"
        " the like came of the resource. Ignored: nothing in it means anything to any concept, or"
        " its type is not read. Skipped: it could not or must not be used (a note says why).",
        "",
    ]
    if note:
        lines += [note, ""]
    lines += _table(
        "records | not records | resources | used | ignored | skipped | facts"
        " | lost resources, crashes, failed criteria",
        [
            (
                s.title,
                s.read,
                s.not_records.total(),
                s.resources.total(),
                s.total("used"),
                s.total("ignored"),
                s.total("skipped"),
                s.facts,
                len(s.failures),
            )
            for s in surveys
        ],
        first="source",
    )
    lines += [
        "",
        "Processor time per record, milliseconds (one process, whole knowledge base):",
        "",
    ]
    lines += _table(
        "reading p50 | p99 | planning p50 | p99 | slowest record",
        [(s.title, *_milliseconds(s)) for s in surveys if s.read],
        first="source",
    )
    for survey_ in surveys:
        lines += _section(survey_)
    return "\n".join(lines) + "\n"


def _section(s: Survey) -> list[str]:
    kinds = sorted({kind for kind, _ in s.resources})
    states = ("used", "ignored", "skipped")
    rows = [(kind, *(s.resources[kind, state] for state in states)) for kind in kinds]
    lines = ["", f"## {s.title}", ""]
    if s.failures:
        lines += ["**Failures:**", "", *(f"- {failure}" for failure in s.failures[:20]), ""]
    lines += _table("used | ignored | skipped", rows, first="resource type")
    for title, counter, most in (
        ("Files that are no patient's record", s.not_records, 20),
        ("Notes on what was not used", s.notes, 25),
        ("Problems recognised (patients may have several)", s.problems, 60),
        ("Red flags", s.red_flags, 20),
        ("Options by status", s.statuses, 10),
    ):
        if counter:
            lines += ["", f"{title}:", ""]
            lines += _table("number", counter.most_common(most), first="")
            if len(counter) > most:
                lines.append(f"\n({len(counter) - most} more kinds)")
    lines += ["", f"{s.without_problem} of {s.read} records show no pain problem."]
    if s.unknown:
        lines += ["", "Codes that look like pain and that no concept knows:", ""]
        rows = [(code, display, number) for (code, display), number in s.unknown.most_common(40)]
        lines += _table("display | number", rows, first="code")
        if len(s.unknown) > 40:
            lines.append(f"\n({len(s.unknown) - 40} more)")
    return lines


def _table(columns: str, rows: Iterable[tuple[Any, ...]], *, first: str) -> list[str]:
    names = [first, *columns.split(" | ")]
    lines = [f"| {' | '.join(names)} |", "|" + " --- |" * len(names)]
    for row in rows:
        cells = (f"{c:,}" if isinstance(c, int) else str(c).replace("|", "\\|") for c in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _milliseconds(s: Survey) -> tuple[str, ...]:
    def at(times: list[float], share: int) -> str:
        if len(times) < 2:
            return f"{times[0] * 1000:.1f}"
        return f"{statistics.quantiles(times, n=100, method='inclusive')[share - 1] * 1000:.1f}"

    both = [a + b for a, b in zip(s.reading, s.planning, strict=True)]
    last = f"{max(both) * 1000:.0f}"
    return at(s.reading, 50), at(s.reading, 99), at(s.planning, 50), at(s.planning, 99), last


def main() -> int:
    """Survey the folders named on the command line; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.survey")
    parser.add_argument("folders", nargs="+", metavar="[TITLE=]FOLDER")
    parser.add_argument("--out", type=Path, help="write the page here, not to standard output")
    parser.add_argument("--note", default="", help="a remark for the top of the page")
    parser.add_argument("--as-of", type=datetime.date.fromisoformat, default=AS_OF)
    asked = parser.parse_args()
    surveys: list[Survey] = []
    for name in asked.folders:
        title, _, folder = name.rpartition("=")
        path = Path(folder)
        if not path.is_dir():
            parser.error(f"{folder}: there is no such folder")
        surveys.append(survey(title or path.name, candidates(path), asked.as_of))
        print(f"{surveys[-1].title}: {surveys[-1].read} records", file=sys.stderr)
    text = page(surveys, asked.as_of, asked.note)
    if asked.out is None:
        print(text)
    else:
        asked.out.write_text(text, encoding="utf-8")
    failures = [failure for s in surveys for failure in s.failures]
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
