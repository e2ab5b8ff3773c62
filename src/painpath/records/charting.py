"""One patient's resources into a chart of facts. The order of reading matters, and stands here.

Conditions come before procedures (a procedure's reason tells its place), procedures before claims
and observations (relief is about a procedure).
"""

from __future__ import annotations

import datetime
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from painpath.records import (
    allergies,
    care,
    claims,
    conditions,
    coverage,
    devices,
    documents,
    earlier,
    imaging,
    medications,
    observations,
    practitioners,
    procedures,
    questionnaires,
    relief,
    requests,
)
from painpath.records import (
    scores as scoring,
)
from painpath.records.chart import Chart, Outcome
from painpath.records.facts import Skipped
from painpath.records.hours import order_days
from painpath.records.parts import Item, Parts
from painpath.records.patients import choose, count_subjects, patient_row, subject_of
from painpath.records.references import Target
from painpath.records.repair import UnreadableError, decode
from painpath.records.resources import TYPES, Questionnaire, Resource
from painpath.records.table import PatientRow

Reader = Callable[[Any, str, Chart], Outcome]

_ORDER: tuple[tuple[str, Reader], ...] = (
    ("Condition", conditions.read),
    ("Procedure", procedures.read),
    ("ExplanationOfBenefit", claims.read),
    ("Claim", claims.read),
    ("Observation", observations.read),
    ("QuestionnaireResponse", questionnaires.read),
    ("ImagingStudy", imaging.read_study),
    ("DiagnosticReport", imaging.read_report),
    ("MedicationRequest", medications.read),
    ("MedicationOrder", medications.read),
    ("MedicationStatement", medications.read),
    ("MedicationDispense", medications.read),
    ("MedicationAdministration", medications.read),
    ("ServiceRequest", requests.read),
    ("ProcedureRequest", requests.read),
    ("Appointment", requests.read_appointment),
    ("CarePlan", care.read),
    ("AllergyIntolerance", allergies.read),
    ("Device", devices.read),
    ("DeviceUseStatement", devices.read_use),
    ("DocumentReference", documents.read),
    ("Coverage", coverage.read),
    ("Practitioner", practitioners.read),
    ("PractitionerRole", practitioners.read_role),
)
# Used only where another resource draws on them.
_SUPPORT = ("Medication", "Organization", "Questionnaire")


class Tallies:
    """How many resources of each type were used, ignored and skipped."""

    def __init__(self) -> None:
        self.used: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()

    def any(self) -> bool:
        """Whether anything was counted."""
        return bool(self.used or self.ignored or self.skipped)

    def plain(self) -> dict[str, dict[str, int]]:
        """By type, as plain data."""
        return {
            kind: {
                "used": self.used[kind],
                "ignored": self.ignored[kind],
                "skipped": self.skipped[kind],
            }
            for kind in sorted({*self.used, *self.ignored, *self.skipped})
            if self.used[kind] or self.ignored[kind] or self.skipped[kind]
        }


def read_chart(
    parts: Parts,
    name: str,
    chart: Chart,
    tallies: Tallies,
    *,
    relief_for: Collection[str] | None = None,
    scores: Collection[str] = relief.PAIN_SCORES,
) -> PatientRow:
    """Fill a chart with one patient's resources.

    Args:
        parts: the resources.
        name: of their source, for messages.
        chart: gets the facts and notes.
        tallies: gets the counts.
        relief_for: see `painpath.records.reading.read_record`.
        scores: likewise.

    Returns:
        The patient's row.

    Raises:
        RecordError: if there is no patient.
    """
    chart.skipped.extend(parts.skipped)
    tallies.ignored.update(parts.ignored)
    tallies.skipped.update(parts.unreadable)
    groups = _decode(parts.items, chart, tallies)
    return read_targets(
        groups,
        name,
        chart,
        tallies,
        beside=parts.ignored,
        relief_for=relief_for,
        scores=scores,
    )


def read_targets(
    groups: Mapping[str, Sequence[Target]],
    name: str,
    chart: Chart,
    tallies: Tallies,
    *,
    beside: Collection[str] = (),
    relief_for: Collection[str] | None = None,
    scores: Collection[str] = relief.PAIN_SCORES,
) -> PatientRow:
    """The same with resources that are typed already, by type, and filed in the chart's index.

    Args:
        groups: the resources.
        name: of their source, for messages.
        chart: gets the facts and notes.
        tallies: gets the counts.
        beside: types of resources that stood beside them and are not read.
        relief_for: see `painpath.records.reading.read_record`.
        scores: likewise.

    Returns:
        The patient's row.

    Raises:
        RecordError: if there is no patient.
    """
    people = groups.get("Patient", [])
    chosen, others = choose(people, count_subjects(groups), name, chart)
    row = patient_row(chosen, chart)
    chart.sex = row.sex
    if people:
        tallies.used["Patient"] += 1
        tallies.skipped["Patient"] += len(people) - 1
    for target in groups.get("Questionnaire", ()):
        if isinstance(target.resource, Questionnaire) and target.resource.url:
            chart.questionnaires[target.resource.url] = questionnaires.codes_of(target.resource)
    for kind, read in _ORDER:
        found = groups.get(kind)
        if not found:
            continue
        if others:
            found = [t for t in found if not _foreign(t, others, chart, kind, tallies)]
        used = ignored = 0
        for target in found:
            outcome = read(target.resource, target.ref, chart)
            if outcome == "used":
                used += 1
            elif outcome == "ignored":
                ignored += 1
            else:
                tallies.skipped[kind] += 1
        tallies.used[kind] += used
        tallies.ignored[kind] += ignored
    for kind in _SUPPORT:
        for target in groups.get(kind, ()):
            counter = tallies.used if target.ref in chart.referred else tallies.ignored
            counter[kind] += 1
    scoring.write(chart)
    order_days(chart)
    older = earlier.version(chart.earlier, [*groups, *beside])
    if older is not None:
        chart.skipped = [note for note in chart.skipped if not earlier.is_expected(note.why)]
        chart.skipped.append(Skipped(name, earlier.sentence(older)))
    key = chart.vocabulary.key
    relief.compute(
        chart,
        chart.vocabulary.interventional
        if relief_for is None
        else {key[concept] for concept in relief_for if concept in key},
        {key[concept] for concept in scores if concept in key},
    )
    return row


def _foreign(
    target: Target, others: frozenset[str], chart: Chart, kind: str, tallies: Tallies
) -> bool:
    subject = subject_of(target.resource)
    if subject is None or subject not in others:
        return False
    chart.note(target.ref, "it belongs to another patient")
    tallies.skipped[kind] += 1
    return True


def _decode(items: list[Item], chart: Chart, tallies: Tallies) -> dict[str, list[Target]]:
    """Typed resources by type, each id once, filed in the chart's index."""
    groups: dict[str, list[Target]] = {}
    index = chart.index
    for kind, data, url, where in items:
        notes: Sequence[str] = ()
        if isinstance(data, Resource):
            resource = data
        else:
            try:
                resource, notes = decode(data, TYPES[kind])
            except UnreadableError as error:
                chart.note(f"{kind} ({_place(where)})", str(error))
                tallies.skipped[kind] += 1
                continue
        name = resource.id
        if name:
            ref = f"{kind}/{name if len(name) <= _LONG_ID else _shortened(name)}"
        elif url:
            ref = f"{kind}/{url.rstrip('/').split('/')[-1].split(':')[-1]}"
        else:
            ref = f"{kind} ({_place(where)})"
        for note in notes:
            chart.note(ref, note)
        target = Target(ref, resource)
        known = index.add(target, url)
        if known is None:
            group = groups.get(kind)
            if group is None:
                groups[kind] = [target]
            else:
                group.append(target)
            continue
        tallies.skipped[kind] += 1
        chart.note(ref, "the id stands more than once; the newest was used")
        newer = target if _updated(resource) >= _updated(known.resource) else known
        index.replace(newer)
        groups[kind] = [newer if t is known else t for t in groups[kind]]
    return groups


_LONG_ID = 128
_LONG_NUMBER = 20


def _shortened(name: str) -> str:
    """An id that no server would give, cut so that messages stay readable."""
    return f"{name[:32]}~{zlib.crc32(name.encode('utf-8', 'replace')):08x}"


def _place(where: str | int) -> str:
    return where if isinstance(where, str) else f"entry {where}"


_LONG_AGO = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)


def _updated(resource: Resource) -> tuple[datetime.datetime, int]:
    """When this version was made, and its number."""
    meta = resource.meta
    if meta is None:
        return _LONG_AGO, 0
    number = meta.versionId if meta.versionId is not None else ""
    version = int(number) if number.isdecimal() and len(number) < _LONG_NUMBER else 0
    try:
        moment = datetime.datetime.fromisoformat(meta.lastUpdated or "")
    except ValueError:
        return _LONG_AGO, version
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC), version
