"""The list of the day: every patient's line, planned where it is not on file yet."""

from __future__ import annotations

import datetime
import hashlib
import logging
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from painpath.records.errors import RecordError
from painpath.serve.desk import lines
from painpath.serve.desk.desk import Desk, Question
from painpath.serve.desk.lines import Line
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Patient, Summary

_LOG = logging.getLogger("painpath.serve")
AT_ONCE = 48
"""Lines made for one request; of more patients the rest follows."""


class Row(msgspec.Struct, frozen=True):
    """A patient and the line; without one it is still to be made."""

    patient: Patient
    line: Line | None


def rows(store: Store, desk: Desk, clinic: int, day: datetime.date) -> list[Row]:
    """Every patient of a clinic; up to `AT_ONCE` new lines are made now."""
    with store.reading() as work:
        patients = work.scalars(sa.select(Patient).where(Patient.clinic_id == clinic)).all()
        wanted = (
            sa.select(Summary)
            .join(Patient, Patient.id == Summary.patient_id)
            .where(Patient.clinic_id == clinic, Summary.day == day)
        )
        kept = {row.patient_id: row for row in work.scalars(wanted)}
    found: dict[str, Line] = {}
    lacking: list[Patient] = []
    for patient in patients:
        row = kept.get(patient.id)
        if row is not None and row.basis == _basis(desk, patient):
            found[patient.id] = lines.from_bytes(row.line)
        else:
            lacking.append(patient)
    found |= _made(store, desk, lacking[:AT_ONCE], day)
    return [Row(patient, found.get(patient.id)) for patient in patients]


def _made(
    store: Store, desk: Desk, patients: Sequence[Patient], day: datetime.date
) -> dict[str, Line]:
    """New lines, and on file for the rest of the day, but for what is to be tried again."""
    if not patients:
        return {}
    names = {option.id: option.name for option in desk.knowledge.options}
    found: dict[str, Line] = {}
    broken: set[str] = set()
    for patient, plan in zip(patients, desk.plans(store, patients, Question(day)), strict=True):
        if isinstance(plan, RecordError):
            found[patient.id] = lines.trouble(str(plan))
        elif isinstance(plan, sa.exc.OperationalError):
            raise plan
        elif isinstance(plan, Exception):
            # Its kind only: the words may quote a record. One patient costs nobody else the list.
            _LOG.error("a line of the list: %s", type(plan).__name__)
            broken.add(patient.id)
            found[patient.id] = lines.trouble("The plan could not be made.")
        else:
            found[patient.id] = lines.line(plan, names)
    with store.writing() as work:
        for patient in patients:
            if patient.id in broken:
                continue
            row = {
                "patient_id": patient.id,
                "day": day,
                "basis": _basis(desk, patient),
                "line": lines.to_bytes(found[patient.id]),
            }
            work.execute(store.put(row, Summary))
    return found


def _basis(desk: Desk, patient: Patient) -> str:
    return hashlib.sha256(f"{patient.digest} {desk.version}".encode()).hexdigest()
