"""Facts and patients of one or many charts as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, get_args
from weakref import WeakKeyDictionary

import pyarrow as pa

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.chart import Fact, Origin
from painpath.records.dates import Span
from painpath.records.facts import FACTS, PATIENTS, FactKind

_KINDS = get_args(FactKind)
_ORIGINS = get_args(Origin)
_KIND_KEY = {name: key for key, name in enumerate(_KINDS)}
_ORIGIN_KEY = {name: key for key, name in enumerate(_ORIGINS)}
_KIND_NAMES = pa.array(_KINDS, pa.string())
_ORIGIN_NAMES = pa.array(_ORIGINS, pa.string())


_PATIENT_ROW = pa.struct(list(PATIENTS))
_NO_DAY = (None, None)


class PatientRow(NamedTuple):
    """A row of the patients table."""

    id: str
    birth: Span | None
    sex: str | None
    state: str | None
    deceased: bool
    clinic: str | None = None
    clinician: str | None = None


def patients_table(patients: Sequence[PatientRow], first: int = 0) -> pa.Table:
    """The patients table, numbered from `first`."""
    rows = [
        (number, p.id, *(p.birth or _NO_DAY), *p[2:]) for number, p in enumerate(patients, first)
    ]
    return pa.Table.from_arrays(pa.array(rows, _PATIENT_ROW).flatten(), schema=PATIENTS)


def _plain(field: pa.Field) -> pa.Field:
    """A column as it is first made: dictionary columns as their keys."""
    kind = field.type
    return pa.field(field.name, kind.index_type if pa.types.is_dictionary(kind) else kind)


# One conversion of rows is faster than one per column.
_ROW = pa.struct([_plain(field) for field in FACTS])
_AT = {field.name: number for number, field in enumerate(FACTS)}


class FactRows:
    """Collects the facts of one or many patients; one Arrow table at the end."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._rows: list[tuple[object, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, patient: int, facts: Sequence[Fact]) -> None:
        """Add a patient's facts; their numbers are shifted to stay unique."""
        base = len(self._rows)
        self._rows.extend(
            [
                (
                    number,
                    patient,
                    fact.concept,
                    _KIND_KEY[fact.kind],
                    *(fact.start or _NO_DAY),
                    *(fact.end or _NO_DAY),
                    fact.open,
                    fact.recorded,
                    fact.value,
                    fact.region,
                    fact.side,
                    fact.level,
                    None if fact.about is None else base + fact.about,
                    _ORIGIN_KEY[fact.origin],
                    fact.ref,
                    fact.text,
                )
                for number, fact in enumerate(facts, base)
            ]
        )

    def table(self) -> pa.Table:
        """All facts per `FACTS`."""
        columns = pa.array(self._rows, _ROW).flatten()
        for name, names in (
            ("concept", concept_names(self.vocabulary)),
            ("kind", _KIND_NAMES),
            ("origin", _ORIGIN_NAMES),
        ):
            columns[_AT[name]] = pa.DictionaryArray.from_arrays(columns[_AT[name]], names)
        return pa.Table.from_arrays(columns, schema=FACTS)


_names: WeakKeyDictionary[Vocabulary, pa.Array] = WeakKeyDictionary()


def concept_names(vocabulary: Vocabulary) -> pa.Array:
    """The dictionary of the `concept` column, made once per vocabulary."""
    names = _names.get(vocabulary)
    if names is None:
        names = _names[vocabulary] = pa.array(vocabulary.concepts, pa.string())
    return names
