"""Several tables of one lot as rows of a single one, so that they travel together.

Each row belongs to one table: its columns stand in a struct of that table's name, and the structs
of the other tables are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LOT, TABLE = "lot", "table"

_NAMES = {
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.string(): "STRING",
    pa.binary(): "BINARY",
    pa.date32(): "DATE",
}

Schemas = Mapping[str, pa.Schema]


def plain(schema: pa.Schema) -> pa.Schema:
    """A schema with words instead of dictionaries of words."""
    return pa.schema(
        [
            field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
            for field in schema
        ]
    )


def ddl(schemas: Schemas) -> str:
    """Tables packed together as Spark declares them."""
    structs = [
        f"`{name}` STRUCT<{', '.join(f'`{f.name}`: {_type(f.type)}' for f in schema)}>"
        for name, schema in schemas.items()
    ]
    return ", ".join([f"`{LOT}` INT", f"`{TABLE}` STRING", *structs])


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"ARRAY<{_type(kind.value_type)}>"
    return _NAMES[kind]


def pack(lot: int, tables: Mapping[str, pa.Table], schemas: Schemas) -> pa.Table:
    """The tables of a lot as one."""
    kinds = {name: pa.struct(list(schema)) for name, schema in schemas.items()}
    parts = []
    for name, schema in schemas.items():
        table = tables[name].cast(schema).combine_chunks()
        count = table.num_rows
        arrays = [column.combine_chunks() for column in table.columns]
        own = pa.StructArray.from_arrays(arrays, fields=list(schema))
        columns = {
            LOT: pa.repeat(pa.scalar(lot, pa.int32()), count),
            TABLE: pa.repeat(pa.scalar(name, pa.string()), count),
            **{other: pa.nulls(count, kind) for other, kind in kinds.items()},
            name: own,
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def unpack(packed: pa.Table, name: str) -> pa.Table:
    """One table of those packed together."""
    mine = packed.filter(pc.equal(packed.column(TABLE), name)).column(name).combine_chunks()
    if isinstance(mine, pa.ChunkedArray):
        mine = pa.concat_arrays(mine.chunks) if mine.num_chunks else pa.array([], mine.type)
    names = [field.name for field in mine.type]
    return pa.Table.from_arrays(mine.flatten(), names=names)


def packed(tables: Mapping[str, DataFrame]) -> DataFrame:
    """Spark's tables, each with a column `lot`, as one."""
    from pyspark.sql import functions

    parts = [
        rows.select(
            functions.col(LOT).cast("int").alias(LOT),
            functions.lit(name).alias(TABLE),
            functions.struct(*(rows[c] for c in rows.columns if c != LOT)).alias(name),
        )
        for name, rows in tables.items()
    ]
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)


def unpacked(rows: DataFrame, name: str) -> DataFrame:
    """One of Spark's tables that were packed together."""
    return rows.where(rows[TABLE] == name).select(f"`{name}`.*")
