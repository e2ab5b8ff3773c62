"""Whose record it is: the Patient, and which resources belong to somebody else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from operator import attrgetter

from painpath.records.chart import Chart
from painpath.records.datatypes import Reference
from painpath.records.errors import RecordError
from painpath.records.meanings import short
from painpath.records.references import Target
from painpath.records.resources import TYPES, Appointment, Organization, Patient, Resource
from painpath.records.table import PatientRow

_SUBJECT_FIELDS = ("subject", "patient", "beneficiary")
_SEXES = frozenset({"female", "male", "other", "unknown"})


def subject_of(resource: Resource) -> str | None:
    """The reference that says whose resource it is."""
    whose = _REFERENCE.get(type(resource))
    if whose is not None:
        reference: Reference | None = whose(resource) or getattr(resource, "patient", None)
        return reference.reference or None if reference is not None else None
    if isinstance(resource, Appointment):
        for participant in resource.participant:
            actor = participant.actor
            if actor is not None and actor.reference and "Patient/" in actor.reference:
                return actor.reference
    return None


def choose(
    patients: Sequence[Target], subjects: Counter[str], name: str, chart: Chart
) -> tuple[Target, frozenset[str]]:
    """The patient of the record, and the subject references that mean somebody else.

    Args:
        patients: the Patient resources.
        subjects: how many resources have which subject reference.
        name: of the source, for messages.
        chart: gets the notes.

    Raises:
        RecordError: if there is no patient at all.
    """
    named: Counter[str] = Counter()
    meaning: dict[str, str] = {}
    for reference, count in subjects.items():
        known = chart.index.name(reference)
        if known is not None:
            named[known] += count
            meaning[reference] = known
    if not patients:
        chosen = _unnamed(named, name, chart)
    elif len(patients) == 1:
        chosen = patients[0]
    else:
        chosen = max(patients, key=lambda target: named[target.ref])
        for target in patients:
            if target is not chosen:
                chart.note(target.ref, f"another patient; the record was read for {chosen.ref}")
    others = {ref for ref, known in meaning.items() if known != chosen.ref}
    if patients and others and chosen.ref not in named and len({meaning[r] for r in others}) == 1:
        only = meaning[next(iter(others))]
        if chart.index.get(only) is None:
            chart.note(chosen.ref, f"resources point to {only}; taken as the same patient")
            others = set()
    return chosen, frozenset(others)


def _unnamed(named: Counter[str], name: str, chart: Chart) -> Target:
    """A stand-in where resources name a patient who is not in the file."""
    people = [ref for ref, _ in named.most_common() if ref.startswith("Patient/")]
    if not people:
        raise RecordError(f"{name}: it holds no Patient and no resource that names one")
    chart.note(people[0], "there is no Patient resource; age, sex and state are not known")
    return Target(people[0], Patient(id=people[0].split("/", 1)[1]))


def patient_row(target: Target, chart: Chart) -> PatientRow:
    """The patient's row; sets the chart's birth interval."""
    patient = target.resource
    assert isinstance(patient, Patient)
    ref = target.ref
    chart.birth = chart.span(patient.birthDate, ref, "birthDate")
    sex = patient.gender.strip().lower() if patient.gender else None
    if sex is not None and sex not in _SEXES:
        sex = {"f": "female", "m": "male", "w": "female"}.get(sex)
        if sex is None:
            chart.note(ref, "gender is not female, male, other or unknown")
    dead = patient.deceasedDateTime is not None or bool(patient.deceasedBoolean)
    return PatientRow(
        id=patient.id or ref.split("/", 1)[-1],
        birth=chart.birth,
        sex=sex,
        state=_state(patient),
        deceased=dead,
        clinic=_keeper([patient.managingOrganization], chart),
        clinician=_keeper(patient.generalPractitioner, chart),
    )


def _keeper(references: Sequence[Reference | None], chart: Chart) -> str | None:
    """Name of who looks after the patient, or the reference where the record has no name."""
    for reference in references:
        if reference is None:
            continue
        target = chart.index.find(reference)
        name = reference.display
        if target is not None and isinstance(target.resource, Organization):
            chart.referred.add(target.ref)
            name = name or target.resource.name
        if name or reference.reference:
            return short(name or reference.reference or "")
    return None


def _state(patient: Patient) -> str | None:
    """State of the home address, the current one if several are given."""
    best: tuple[int, str] | None = None
    for address in patient.address:
        if not address.state or address.use == "old":
            continue
        rank = {"home": 0, None: 1, "temp": 3, "billing": 2}.get(address.use, 2)
        if address.period is not None and address.period.end is not None:
            rank += 10
        if best is None or rank < best[0]:
            best = (rank, address.state.strip())
    return None if best is None else _postal(best[1])


def _postal(state: str) -> str:
    if re.fullmatch(r"US-[A-Za-z]{2}", state):
        state = state[3:]  # ISO 3166-2
    return STATES.get(state.lower(), state.upper() if len(state) == 2 else state)


STATES = {
    name: code
    for code, names in {
        "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california",
        "CO": "colorado", "CT": "connecticut", "DE": "delaware", "DC": "district of columbia",
        "FL": "florida", "GA": "georgia", "HI": "hawaii", "ID": "idaho", "IL": "illinois",
        "IN": "indiana", "IA": "iowa", "KS": "kansas", "KY": "kentucky", "LA": "louisiana",
        "ME": "maine", "MD": "maryland", "MA": "massachusetts", "MI": "michigan",
        "MN": "minnesota", "MS": "mississippi", "MO": "missouri", "MT": "montana",
        "NE": "nebraska", "NV": "nevada", "NH": "new hampshire", "NJ": "new jersey",
        "NM": "new mexico", "NY": "new york", "NC": "north carolina", "ND": "north dakota",
        "OH": "ohio", "OK": "oklahoma", "OR": "oregon", "PA": "pennsylvania",
        "RI": "rhode island", "SC": "south carolina", "SD": "south dakota", "TN": "tennessee",
        "TX": "texas", "UT": "utah", "VT": "vermont", "VA": "virginia", "WA": "washington",
        "WV": "west virginia", "WI": "wisconsin", "WY": "wyoming", "PR": "puerto rico",
        "GU": "guam", "VI": "virgin islands", "AS": "american samoa",
        "MP": "northern mariana islands",
    }.items()
    for name in (names,)
}  # fmt: skip
"""States as written in addresses to their postal codes."""


def count_subjects(groups: Mapping[str, Sequence[Target]]) -> Counter[str]:
    """Subject references of a record's resources, counted."""
    names: list[str] = []
    for kind, targets in groups.items():
        whose = _WHOSE.get(kind)
        if whose is None:
            names += [s for t in targets if (s := subject_of(t.resource)) is not None]
        else:
            references = map(whose, targets)
            names += [r.reference for r in references if r is not None and r.reference]
    return Counter(names)


_FIELD = {
    kind: next((f for f in _SUBJECT_FIELDS if f in kind.__struct_fields__), None)
    for kind in TYPES.values()
}
"""The element that says whose a resource is."""
_REFERENCE = {kind: attrgetter(field) for kind, field in _FIELD.items() if field}
_WHOSE = {
    kind.__name__: attrgetter(f"resource.{field}")
    for kind, field in _FIELD.items()
    # Two elements of two versions may say it: see `subject_of`.
    if field and not {"subject", "patient"} <= set(kind.__struct_fields__)
}
