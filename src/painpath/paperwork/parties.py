"""Who is who on a document: patient, payer, clinician, clinic, as far as the record names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from painpath.planning.facts import printable
from painpath.planning.plan import Plan
from painpath.records.originals import Originals, Resource
from painpath.records.record import Record
from painpath.report.words import day_words, patient_words


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Names for the head of a document; null is not in the record."""

    patient: str
    """The name, or else the id."""
    person: str
    """`woman, 68`."""
    born: str | None
    numbers: list[str]
    """Record numbers."""
    payer: str
    payer_why: str
    member: str | None
    clinician: str | None
    clinic: str | None
    coverage_ref: str | None
    """The Coverage that the payer was read from."""
    clinician_ref: str | None
    clinic_ref: str | None

    def head(self) -> list[tuple[str, str | None]]:
        """Label and value; null where the record does not say."""
        return [
            ("Patient", f"{self.patient} ({self.person})" if self.person else self.patient),
            ("Born", self.born),
            ("Record number", ", ".join(self.numbers) or None),
            ("Payer", self.payer),
            ("Member number", self.member),
            ("Referring clinician", self.clinician),
            ("Clinic", self.clinic),
        ]


def parties(plan: Plan, record: Record, originals: Originals) -> Parties:
    """Who is who, from the plan and the resources of the record."""
    patient = originals.get(f"Patient/{plan.patient.id}", {})
    coverage_ref = _coverage(plan, record)
    coverage = originals.get(coverage_ref or "", {})
    clinician_ref = _first_reference(patient.get("generalPractitioner"), originals)
    clinic_ref = _first_reference(patient.get("managingOrganization"), originals)
    member = coverage.get("subscriberId")
    return Parties(
        patient=name_of(patient) or printable(plan.patient.id),
        person=patient_words(plan.patient),
        born=day_words(plan.patient.birth_date) if plan.patient.birth_date else None,
        numbers=_numbers(patient),
        payer=plan.policy.name,
        payer_why=plan.policy.why,
        member=printable(member) if isinstance(member, str) else _first(_numbers(coverage)),
        clinician=name_of(originals.get(clinician_ref or "", {})),
        clinic=name_of(originals.get(clinic_ref or "", {})),
        coverage_ref=coverage_ref,
        clinician_ref=clinician_ref,
        clinic_ref=clinic_ref,
    )


def _coverage(plan: Plan, record: Record) -> str | None:
    """The Coverage that chose the payer; none if the user chose it."""
    return next((c.ref for c in record.coverages if plan.policy.why.startswith(f"{c.ref}:")), None)


def name_of(resource: Resource) -> str | None:
    """The name of a person or an organisation, in one line."""
    value = resource.get("name")
    if isinstance(value, str):
        return printable(value).strip() or None
    names = [each for each in listed(value) if isinstance(each, dict)]
    names.sort(key=lambda each: each.get("use") != "official")
    for each in names:
        if isinstance(each.get("text"), str):
            return printable(each["text"]).strip() or None
        parts = [*listed(each.get("prefix")), *listed(each.get("given")), each.get("family")]
        whole = " ".join(part for part in parts if isinstance(part, str))
        if whole.strip():
            return printable(whole).strip()
    return None


def listed(value: Any) -> list[Any]:
    """A list as it is, one thing as a list of it, nothing as none."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _numbers(resource: Mapping[str, Any]) -> list[str]:
    values = (each.get("value") for each in listed(resource.get("identifier")) if _is(each))
    return [printable(value) for value in values if isinstance(value, str)]


def _is(value: Any) -> bool:
    return isinstance(value, dict)


def _first(values: Iterable[str]) -> str | None:
    return next(iter(values), None)


def _first_reference(value: Any, originals: Originals) -> str | None:
    """The first reference that leads to a resource of the record."""
    for each in listed(value):
        target = each.get("reference") if isinstance(each, dict) else None
        if isinstance(target, str):
            ref = "/".join(target.split("/")[-2:])
            if ref in originals:
                return ref
    return None
