"""The last step: the shares' tables joined into the files that people and programs read.

Files do not depend on how the patients were parted, nor on how often the screen was interrupted:
patients stand in the order of their keys, rows are written in lots of the same size.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from painpath.records import plain, store
from painpath.records.record import UnknownCode
from painpath.screening import keeping, runs
from painpath.screening.criteria import criteria_table
from painpath.screening.fresh import FAILED, UNKNOWN
from painpath.screening.keeping import Kept
from painpath.screening.known import ready
from painpath.screening.page import write_page
from painpath.screening.runs import PieceSheet
from painpath.screening.shelving import read_one
from painpath.screening.state import ShareState, State
from painpath.screening.steps import FACTS, WORK, Setting
from painpath.screening.telling import TABLES, WORKLIST
from painpath.screening.terms import Terms

_LOT = 1 << 17
"""Rows that are written together."""
_FEW = 32
"""Shares whose worklists are in memory at once; those of more are read list by list."""
_PARQUET = {
    "compression": "zstd",
    # Patients stand in an order as good as random: what is least and most in a lot tells nobody
    # which lots to read.
    "write_statistics": False,
    # Words of dictionaries are text to whoever reads them.
    "store_schema": False,
}
_COLUMNS = [name for name in WORKLIST.names if name != "evidence"]

SKIPS = pa.schema(
    [
        # File and line or entry; of a patient's resource, `Type/id`.
        ("where", pa.string()),
        ("patient", pa.string()),
        ("why", pa.string()),
    ]
)
CODES = pa.schema(
    [
        ("system", pa.string()),
        ("code", pa.string()),
        ("display", pa.string()),
        ("number", pa.int64()),
    ]
)


FILES = [
    "summary.html",
    "worklist.csv",
    *(f"{name}.parquet" for name in (*TABLES, "criteria", "codes", "skips")),
]
"""What a screen leaves for people and programs."""


class Result(msgspec.Struct, frozen=True):
    """What a screen found, in few numbers, and where the files are."""

    out: Path | str
    patients: int
    problems: int
    worklists: dict[str, int]
    """Rows by worklist."""
    skips: int
    files: list[str]


def collect(setting: Setting, state: State, sheets: Sequence[PieceSheet]) -> Result:
    """Write everything into the folder of results, unless it is there already."""
    out, work = Path(setting.out), Path(setting.out) / WORK
    of = keeping.made_of(setting.terms, state, sheets)
    kept = keeping.recall(work, out, of)
    if kept is None:
        keeping.forget(work)
        kept = _written(setting, state, sheets, of)
        keeping.keep(work, kept)
    return Result(
        out=out,
        patients=kept.patients,
        problems=kept.problems,
        worklists=kept.worklists,
        skips=kept.skips,
        files=[*FILES, f"{FACTS}/"],
    )


def _written(setting: Setting, state: State, sheets: Sequence[PieceSheet], of: str) -> Kept:
    out = Path(setting.out)
    shares = [state.done[number] for number in sorted(state.done)]
    counts = {name: _join(setting, shares, name, out) for name in TABLES if name != "worklist"}
    rows = _worklists(setting, shares, out)
    skips = left_out(setting, state, sheets)
    write_lists(out, setting.terms, sheets)
    return Kept(
        made_of=of,
        patients=counts["patients"],
        problems=counts["problems"],
        worklists={name: rows[name] for name in worklist_names()},
        skips=skips,
        files=keeping.stamps(out, [*FILES, "skips.csv"]),
    )


def left_out(setting: Setting, state: State, sheets: Sequence[PieceSheet]) -> int:
    """Write what was not used: `skips.parquet` and `codes.parquet`; how much was skipped."""
    out = Path(setting.out)
    shares = [state.done[number] for number in sorted(state.done)]
    write_table(out / "codes.parquet", CODES, [_codes(setting, shares, sheets)])
    return _skips(setting, shares, sheets, out)


def write_lists(folder: Path, terms: Terms, sheets: Sequence[PieceSheet]) -> None:
    """Write what people read, from the tables that lie in the folder."""
    write_table(folder / "criteria.parquet", criteria_table().schema, [criteria_table()])
    _worklist_csv(folder, terms)
    _skips_csv(folder)
    write_page(folder, terms, sheets)


def worklist_names() -> dict[str, str]:
    """What the worklists are called, in their order."""
    return {worklist.id: worklist.name for worklist in ready().knowledge.worklists}


# -- tables --


def _told(setting: Setting, shares: Sequence[ShareState], name: str) -> Iterator[pa.Table]:
    for share in shares:
        yield read_one(setting.told / share.told, name)


def _join(setting: Setting, shares: Sequence[ShareState], name: str, out: Path) -> int:
    schema = TABLES[name]
    if "digest" in schema.names:
        schema = schema.remove(schema.get_field_index("digest"))
    tables = (table.select(schema.names) for table in _told(setting, shares, name))
    return write_table(out / f"{name}.parquet", schema, tables)


def write_table(
    path: Path, schema: pa.Schema, tables: Iterator[pa.Table] | Sequence[pa.Table]
) -> int:
    """Tables one after the other, in lots of the same size; beside, then renamed."""
    beside = path.with_name(f".{path.name}.part")
    rest = schema.empty_table()
    count = 0
    with pq.ParquetWriter(beside, schema, **_PARQUET) as writer:
        for table in tables:
            count += table.num_rows
            rest = pa.concat_tables([rest, table.cast(schema)])
            while rest.num_rows >= _LOT:
                writer.write_table(_numbered_anew(rest.slice(0, _LOT)), row_group_size=_LOT)
                rest = rest.slice(_LOT)
        if rest.num_rows or not count:
            writer.write_table(_numbered_anew(rest), row_group_size=_LOT)
    if path.is_dir():
        # Spark leaves a folder of files.
        shutil.rmtree(path)
    beside.replace(path)
    return count


def _numbered_anew(lot: pa.Table) -> pa.Table:
    """The words of each dictionary as the lot has them: who else stood in the shares is gone."""
    lot = lot.unify_dictionaries().combine_chunks()
    columns = []
    for column in lot.columns:
        if pa.types.is_dictionary(column.type):
            words = column.combine_chunks()
            used = words.indices.dictionary_encode()
            column = pa.DictionaryArray.from_arrays(
                used.indices, words.dictionary.take(used.dictionary)
            )
        columns.append(column)
    return pa.table(columns, schema=lot.schema)


# -- worklists --


def _worklists(setting: Setting, shares: Sequence[ShareState], out: Path) -> Counter[str]:
    """Worklist by worklist, patients in their order."""
    counts: Counter[str] = Counter()
    few = list(_told(setting, shares, "worklist")) if len(shares) <= _FEW else None

    def tables() -> Iterator[pa.Table]:
        for name in worklist_names():
            for table in few or _told(setting, shares, "worklist"):
                rows = table.filter(pc.equal(table.column("worklist"), name))
                counts[name] += rows.num_rows
                yield rows

    write_table(out / "worklist.parquet", WORKLIST, tables())
    return counts


def _worklist_csv(out: Path, terms: Terms) -> None:
    names = worklist_names()
    beside = out / ".worklist.csv.part"
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["list", *_COLUMNS, "evidence", "plan"])
        for table in _batches(out / "worklist.parquet"):
            patients = table.column("patient").to_pylist()
            plans = [f"painpath plan {FACTS} --patient {_quoted(name)}" for name in patients]
            columns = [
                [names[key] for key in table.column("worklist").to_pylist()],
                *(_cells(table.column(name)) for name in _COLUMNS),
                _cells(pc.binary_join(table.column("evidence"), "; ")),
                [f"{plan} --as-of {terms.as_of}" for plan in plans],
            ]
            writer.writerows(zip(*columns, strict=True))
    beside.replace(out / "worklist.csv")


def _batches(path: Path) -> Iterator[pa.Table]:
    """Rows of a Parquet file, or of a folder of them, some at a time."""
    for file in sorted(path.glob("*.parquet")) if path.is_dir() else [path]:
        with pq.ParquetFile(file) as table:
            for batch in table.iter_batches():
                yield pa.Table.from_batches([batch])


def _quoted(patient: str) -> str:
    return f'"{patient}"' if not patient.replace("-", "").replace(".", "").isalnum() else patient


def _cells(column: pa.ChunkedArray) -> list[Any]:
    """Values; text that a spreadsheet would take for a formula is marked as text."""
    if pa.types.is_string(column.type):
        is_formula = pc.match_substring_regex(column, r"^[=+\-@\t\r]")
        marked = pc.binary_join_element_wise("'", column, "")
        column = pc.if_else(is_formula, marked, column)
    return plain.values(column)


# -- what was not used --


def _skips(
    setting: Setting, shares: Sequence[ShareState], sheets: Sequence[PieceSheet], out: Path
) -> int:
    """Files, lines, resources and elements that were not used, and why."""

    def tables() -> Iterator[pa.Table]:
        yield from _unread(setting, sheets)
        for share in shares:
            failed = setting.shelves / "failed" / f"{share.facts}.parquet"
            if failed.exists():
                rows = store.read_file(failed, FAILED)
                yield _skip_rows(rows.column("patient"), None, rows.column("why"))
            notes = setting.facts / "notes" / f"{share.facts}.parquet"
            if notes.exists():
                rows = store.read_file(notes, store.TABLES["notes"])
                yield _skip_rows(rows.column("ref"), rows.column("patient"), rows.column("why"))

    return write_table(out / "skips.parquet", SKIPS, tables())


def _skips_csv(out: Path) -> None:
    beside = out / ".skips.csv.part"
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SKIPS.names)
        for table in _batches(out / "skips.parquet"):
            writer.writerows(zip(*map(_cells, table.columns), strict=True))
    beside.replace(out / "skips.csv")


def _skip_rows(
    where: pa.ChunkedArray, patient: pa.ChunkedArray | None, why: pa.ChunkedArray
) -> pa.Table:
    nobody = pa.nulls(len(where), pa.string())
    columns = [where.cast(pa.string()), nobody if patient is None else patient, why]
    return pa.table(columns, schema=SKIPS)


def _unread(setting: Setting, sheets: Sequence[PieceSheet]) -> Iterator[pa.Table]:
    """What could not be read, in the order of the export."""
    place: dict[str, tuple[str, int]] = {}
    for run in runs.runs(setting.runs):
        for number, sheet in enumerate(run.sheet.pieces):
            place.setdefault(_key(sheet), (run.name, number))
    held: tuple[str, pa.Table] | None = None
    for sheet in sheets:
        name, number = place[_key(sheet)]
        if held is None or held[0] != name:
            held = name, store.read_file(setting.runs / f"{name}.unread.parquet", runs.UNREAD)
        rows = held[1].filter(pc.equal(held[1].column("piece"), number))
        yield _skip_rows(rows.column("where"), None, rows.column("why"))


def _key(sheet: PieceSheet) -> str:
    return f"{sheet.piece.path}\0{sheet.piece.start}\0{sheet.piece.changed}"


def _codes(
    setting: Setting, shares: Sequence[ShareState], sheets: Sequence[PieceSheet]
) -> pa.Table:
    """Codes that look like pain and that no concept knows, the most frequent first."""
    found: Counter[UnknownCode] = Counter()
    for sheet in sheets:
        for code, number in sheet.unknown:
            found[code] += number
    for share in shares:
        path = setting.shelves / "unknown" / f"{share.facts}.parquet"
        if path.exists():
            for row in store.read_file(path, UNKNOWN).to_pylist():
                found[row["system"], row["code"], row["display"]] += row["number"]
    rows = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
    return pa.Table.from_pylist(
        [{"system": s, "code": c, "display": d, "number": n} for (s, c, d), n in rows], CODES
    )
