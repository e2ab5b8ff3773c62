"""Practitioner and PractitionerRole: which specialties the record shows."""

from __future__ import annotations

from collections.abc import Iterable

from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import CodeableConcept
from painpath.records.meanings import label
from painpath.records.resources import Practitioner, PractitionerRole


def read(practitioner: Practitioner, ref: str, chart: Chart) -> Outcome:
    """Specialties among the qualifications of a Practitioner."""
    if practitioner.active is False or not practitioner.qualification:
        return "ignored"
    return _write([q.code for q in practitioner.qualification if q.code is not None], ref, chart)


def read_role(role: PractitionerRole, ref: str, chart: Chart) -> Outcome:
    """Specialties of a PractitionerRole."""
    if role.active is False:
        return "ignored"
    return _write([*role.specialty, *role.code], ref, chart)


def _write(codes: Iterable[CodeableConcept], ref: str, chart: Chart) -> Outcome:
    used = False
    for code in codes:
        for match in chart.find(code, "specialist"):
            used = True
            chart.add(match, "specialist", ref, label(code), open=True)
    return "used" if used else "ignored"
