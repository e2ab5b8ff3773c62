"""One person of OMOP tables as a record, without a screen."""

from __future__ import annotations

import tempfile
from pathlib import Path

from painpath.knowledge.vocabulary import Vocabulary
from painpath.omop import postgres, sources
from painpath.omop.reading import Staging
from painpath.omop.staging import stage
from painpath.records.chart import Chart
from painpath.records.charting import Tallies
from painpath.records.errors import RecordError
from painpath.records.record import Record
from painpath.records.table import FactRows, patients_table

_LAST = (1 << 64) - 1


def read_person(source: str | Path, person: str, vocabulary: Vocabulary) -> Record:
    """The record of one person.

    Args:
        source: a folder of Parquet or CSV, a DuckDB file, the address of a PostgreSQL database.
        person: the person_id.
        vocabulary: what the codes and words mean.

    Raises:
        RecordError: if the source cannot be read or the person is not there.
    """
    with tempfile.TemporaryDirectory(prefix="painpath-") as name:
        folder, place = Path(name), Path(source)
        if sources.is_url(str(source)):
            place = postgres.copied(str(source), folder / "copy", _nobody, only=person)
        made = stage(
            place,
            folder,
            vocabulary,
            lambda _: True,
            knowledge="",
            threads=1,
            tell=_nobody,
            only=person,
        )
        staging = Staging(folder, made.name, vocabulary)
        keys, _ = staging.digests(0, _LAST)
        if not len(keys):
            raise RecordError(f'{source}: there is no person "{person}"')
        chart, tallies = Chart(vocabulary), Tallies()
        row = staging.read(staging.people(keys)[0], chart, tallies)
    facts = FactRows(vocabulary)
    facts.add(0, chart.facts)
    return Record(
        patients=patients_table([row]),
        facts=facts.table(),
        prescriptions=tuple(chart.prescriptions),
        requests=tuple(chart.requests),
        coverages=tuple(chart.coverages),
        skipped=tuple(chart.skipped),
        counts=tallies.plain(),
        unmatched=chart.unknown,
    )


def _nobody(done: int, total: int) -> None:
    """Nobody watches."""
