"""Records in a few words against the shipped knowledge, shared by the safety tests."""

from __future__ import annotations

import datetime
import json
from itertools import count
from typing import Any

from painpath import planner
from painpath.planning.plan import Plan, SafetyItem
from painpath.planning.requests import BookedProcedure
from painpath.records.reading import read_bytes

OWN = "urn:painpath:observation"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
TODAY = "2026-11-01"

_numbers = count(1)

Resource = dict[str, Any]


def _resource(kind: str, **more: Any) -> Resource:
    made: Resource = {"resourceType": kind, "id": f"{kind.lower()}-{next(_numbers)}"}
    return made | {"subject": {"reference": "Patient/p"}} | more


def coded(system: str, code: str, text: str | None = None) -> Resource:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def ill(code: str, since: str = "2026-01-05", **more: Any) -> Resource:
    """An active condition by its ICD-10-CM code."""
    active = {"coding": [{"code": "active"}]}
    more = {"code": coded(ICD, code), "onsetDateTime": since} | more
    return _resource("Condition", clinicalStatus=active, **more)


def drug(
    text: str, code: str = "", until: str | None = None, since: str = "2026-01-01"
) -> Resource:
    """A drug that is taken, or was taken until a day."""
    concept: Resource = coded(RXNORM, code, text) if code else {"text": text}
    period = {"start": since} | ({"end": until} if until else {})
    status = "completed" if until else "active"
    more = {"medicationCodeableConcept": concept, "effectivePeriod": period}
    return _resource("MedicationStatement", status=status, **more)


def said(what: str, value: float | bool, on: str = TODAY, unit: str = "1") -> Resource:
    """A measured value or a finding, by the concept's own id."""
    worth = (
        {"valueBoolean": value}
        if isinstance(value, bool)
        else {"valueQuantity": {"value": value, "unit": unit}}
    )
    more = {"code": coded(OWN, what), "effectiveDateTime": on} | worth
    return _resource("Observation", status="final", **more)


def document(what: str, on: str = TODAY) -> Resource:
    """A paper on file, by the concept's own id."""
    return said(what, True, on)


def done(code: str, on: str, **more: Any) -> Resource:
    """A procedure by its CPT code."""
    more = {"code": coded(CPT, code), "performedDateTime": on} | more
    return _resource("Procedure", status="completed", **more)


def given(text: str, dose: float, on: str, unit: str = "mg") -> Resource:
    """A drug given once."""
    more: Resource = {"medicationCodeableConcept": {"text": text}, "effectiveDateTime": on}
    more["dosage"] = {"dose": {"value": dose, "unit": unit}}
    return _resource("MedicationAdministration", status="completed", **more)


def ordered(code: str, on: str, written: str, **more: Any) -> Resource:
    """An operation on order."""
    more = {"code": coded(CPT, code), "occurrenceDateTime": on, "authoredOn": written} | more
    return _resource("ServiceRequest", status="active", intent="order", **more)


def allergy(text: str) -> Resource:
    """An allergy by its text."""
    return {
        "resourceType": "AllergyIntolerance",
        "id": f"allergy-{next(_numbers)}",
        "patient": {"reference": "Patient/p"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"text": text},
    }


def plan(
    *resources: Resource,
    booked: dict[str, str] | None = None,
    levels: str | None = None,
    on: str = TODAY,
    born: str = "1958-03-02",
    sex: str = "male",
    **terms: Any,
) -> Plan:
    """The plan of a patient; `booked` is option (or code) to day."""
    patient = {"resourceType": "Patient", "id": "p", "birthDate": born, "gender": sex}
    bundle: Resource = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": each} for each in (patient, *resources)]
    made = planner()
    record = read_bytes(json.dumps(bundle).encode(), made.vocabulary)
    bookings = [
        BookedProcedure(what=what, on=datetime.date.fromisoformat(day), levels=levels)
        for what, day in (booked or {}).items()
    ]
    return made.plan(record, as_of=datetime.date.fromisoformat(on), booked=bookings, **terms)


def safety(made: Plan, what: str) -> dict[str, SafetyItem]:
    """Safety items of a booked procedure by id."""
    request = next(each for each in made.requests if each.code == what)
    return {item.id: item for item in request.safety}


def about(made: Plan, what: str, concept: str) -> SafetyItem | None:
    """What a booked procedure says of one drug."""
    return next((i for i in safety(made, what).values() if i.drug == concept), None)
