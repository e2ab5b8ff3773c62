"""Facts of a population as Parquet: written once, read again without any FHIR.

A set of facts is a folder with one subfolder per table (`TABLES`); the files of the same name in
them belong together and hold the same patients, some thousands of them. Facts are numbered from 0
within their patient, in the order of the `patients` file, so that files can be cut and joined.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.errors import RecordError
from painpath.records.facts import (
    FACTS,
    PATIENTS,
    CoverageEntry,
    Prescription,
    Request,
    Skipped,
)
from painpath.records.record import Record
from painpath.records.table import concept_names

T = TypeVar("T")

_SIMPLE = {
    str: pa.string(),
    float: pa.float64(),
    int: pa.int64(),
    bool: pa.bool_(),
    datetime.date: pa.date32(),
}
_ID = pa.field("patient", pa.string())


def _arrow(kind: Any) -> pa.DataType:
    """Arrow type of a struct's field."""
    if get_origin(kind) in (Union, UnionType):
        (kind,) = [one for one in get_args(kind) if one is not NoneType]
    if get_origin(kind) is tuple:
        members = get_args(kind)
        return pa.list_(_arrow(members[0]))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return pa.struct(_fields(kind))
    return _SIMPLE[kind]


def _fields(kind: type) -> list[pa.Field]:
    return [pa.field(name, _arrow(hint)) for name, hint in get_type_hints(kind).items()]


def _stored(field: pa.Field) -> pa.Field:
    return field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field


PEOPLE = pa.schema(
    [
        _ID,
        *[field for field in PATIENTS if field.name not in ("patient", "id")],
        # Where the patient stands in a screen, and what its resources were, both as hashes.
        ("key", pa.uint64()),
        ("digest", pa.uint64()),
        ("used", pa.int32()),
        ("ignored", pa.int32()),
        ("skipped", pa.int32()),
    ]
)
ROWS = pa.schema([_ID, *[_stored(field) for field in FACTS if field.name != "patient"]])
_LISTED: dict[str, type] = {
    "prescriptions": Prescription,
    "requests": Request,
    "coverages": CoverageEntry,
    "notes": Skipped,
}
TABLES: dict[str, pa.Schema] = {
    "patients": PEOPLE,
    "facts": ROWS,
    **{name: pa.schema([_ID, *_fields(kind)]) for name, kind in _LISTED.items()},
}


class Facts(msgspec.Struct, frozen=True):
    """Some patients of a population: one table per name in `TABLES`."""

    tables: dict[str, pa.Table]

    @property
    def patients(self) -> pa.Table:
        """Who they are, in the order of every other table."""
        return self.tables["patients"]


def listed_table(name: str, lists: Iterable[tuple[str, Sequence[Any]]]) -> pa.Table:
    """Prescriptions, requests, coverages or notes of patients as a table."""
    rows = [
        {"patient": patient, **msgspec.to_builtins(item, builtin_types=(datetime.date,))}
        for patient, items in lists
        for item in items
    ]
    return pa.Table.from_pylist(rows, TABLES[name])


def listed(table: pa.Table, kind: type[T]) -> dict[str, list[T]]:
    """Such a table as typed items by patient."""
    found: dict[str, list[T]] = {}
    for row in table.to_pylist():
        item = msgspec.convert(row, kind, builtin_types=(datetime.date,))
        found.setdefault(row["patient"], []).append(item)
    return found


def facts_table(ids: Sequence[str], facts: pa.Table, counts: Sequence[int]) -> pa.Table:
    """A table per `FACTS`, sorted by patient, as it is stored.

    Args:
        ids: the patients.
        facts: their facts, numbered through.
        counts: how many each of them has.
    """
    first = np.cumsum([0, *counts])[:-1].repeat(counts) if len(counts) else np.zeros(0, np.int64)
    base = pa.array(first, pa.int64())
    columns = []
    for field in ROWS:
        if field.name == "patient":
            keys = pa.array(np.arange(len(ids), dtype=np.int32).repeat(counts))
            column = pa.DictionaryArray.from_arrays(keys, pa.array(ids, pa.string()))
        elif field.name in ("fact", "about"):
            column = pc.subtract(facts.column(field.name), base)
        else:
            column = facts.column(field.name)
        columns.append(column.cast(field.type))
    return pa.Table.from_arrays(columns, schema=ROWS)


def numbered(facts: Facts, vocabulary: Vocabulary) -> tuple[pa.Table, pa.Table]:
    """Patients per `PATIENTS` and facts per `FACTS`, numbered through, as the engine wants them."""
    people = facts.patients
    count = people.num_rows
    columns = [
        pa.array(range(count), pa.int32())
        if field.name == "patient"
        else people.column("patient" if field.name == "id" else field.name)
        for field in PATIENTS
    ]
    patients = pa.Table.from_arrays(columns, schema=PATIENTS).combine_chunks()
    rows = facts.tables["facts"]
    whose = places(rows.column("patient"), people.column("patient"))
    first = np.searchsorted(whose, np.arange(count))[whose]
    made = []
    for field in FACTS:
        column = rows.column(field.name).combine_chunks()
        match field.name:
            case "patient":
                column = pa.array(whose.astype(np.int32))
            case "fact":
                column = pa.array(np.arange(len(whose)), pa.int64())
            case "about":
                column = pc.add(column, pa.array(first, pa.int64()))
            case "concept":
                names = concept_names(vocabulary)
                keys = pc.index_in(column.cast(pa.string()), value_set=names)
                column = pa.DictionaryArray.from_arrays(keys, names)
            case _ if pa.types.is_dictionary(field.type):
                column = column.cast(pa.string()).dictionary_encode().cast(field.type)
            case _:
                pass
        made.append(column)
    table = pa.Table.from_arrays(made, schema=FACTS)
    # A concept that this knowledge does not have any more is no fact to it.
    if table.column("concept").null_count:
        table = table.filter(pc.is_valid(table.column("concept")))
    return patients, table


def places(column: pa.ChunkedArray, ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """Row of each of these patients among `ids`; -1 where it is not there."""
    known = ids.combine_chunks().cast(pa.string())
    names, rows = column, None
    if pa.types.is_dictionary(column.type):
        # Each name is looked up once, however many rows it has.
        words = column.unify_dictionaries().combine_chunks()
        names, rows = words.dictionary, words.indices.to_numpy()
    found = pc.index_in(names.cast(pa.string()), value_set=known).fill_null(-1)
    values: NDArray[np.int64] = found.to_numpy().astype(np.int64)
    return values if rows is None else values[rows]


# -- files --


def read_file(path: Path, schema: pa.Schema) -> pa.Table:
    """These columns of one file, without what pyarrow sets up to read folders of them."""
    with pq.ParquetFile(path) as file:
        return file.read(columns=schema.names).select(schema.names).cast(schema)


def write(table: pa.Table, path: Path) -> None:
    """Write beside and rename, so that a file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    pq.write_table(
        table, beside, compression="zstd", row_group_size=1 << 17, write_statistics=False
    )
    beside.replace(path)


def write_facts(folder: Path, name: str, facts: Facts) -> None:
    """One file per table; that of the patients comes last, so that it stands for all."""
    for table in [*[t for t in TABLES if t != "patients"], "patients"]:
        write(facts.tables[table], folder / table / f"{name}.parquet")


def is_facts(folder: Path) -> bool:
    """Whether a folder holds a set of facts."""
    return (folder / "patients").is_dir() and (folder / "facts").is_dir()


def parts(folder: Path) -> list[str]:
    """Names of the files of a set of facts."""
    return sorted(path.stem for path in (folder / "patients").glob("*.parquet"))


def read_facts(folder: Path, name: str) -> Facts:
    """The files of one name.

    Raises:
        RecordError: if one is missing or broken; the sentence names it.
    """
    return Facts({table: read_table(folder, table, name) for table in TABLES})


def read_table(
    folder: Path, table: str, name: str, columns: Sequence[str] | None = None
) -> pa.Table:
    """One of the files of one name, or some columns of it.

    Raises:
        RecordError: if it is missing or broken; the sentence names it.
    """
    schema = TABLES[table]
    if columns is not None:
        schema = pa.schema([schema.field(column) for column in columns])
    path = folder / table / f"{name}.parquet"
    try:
        return read_file(path, schema)
    except FileNotFoundError:
        if table in ("patients", "facts"):
            raise RecordError(f"{path}: there is no such file") from None
        return schema.empty_table()
    except (pa.ArrowException, KeyError, ValueError, OSError):
        raise RecordError(f"{path}: it is not a Parquet file of facts") from None


def read_one(folder: Path, patient: str, vocabulary: Vocabulary) -> Record:
    """One patient of a set of facts as a record.

    Raises:
        RecordError: if the patient is not there.
    """
    for name in parts(folder):
        ids = read_table(folder, "patients", name, ("patient",))
        if not pc.any(pc.equal(ids.column("patient"), patient)).as_py():
            continue
        facts = read_facts(folder, name)
        mine = {
            table: rows.filter(pc.equal(rows.column("patient"), patient))
            for table, rows in facts.tables.items()
        }
        patients, rows = numbered(Facts(mine), vocabulary)
        lists: dict[str, tuple[Any, ...]] = {
            table: tuple(listed(mine[table], kind).get(patient, ()))
            for table, kind in _LISTED.items()
        }
        return Record(
            patients=patients,
            facts=rows,
            prescriptions=lists["prescriptions"],
            requests=lists["requests"],
            coverages=lists["coverages"],
            skipped=lists["notes"],
        )
    raise RecordError(f'{folder}: there is no patient "{patient}" in these facts')
