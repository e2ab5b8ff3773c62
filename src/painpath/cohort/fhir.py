"""FHIR R4 resources as plain dictionaries, ready to be encoded. No chance and no medicine here."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

SYSTEMS = {
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "own": "urn:painpath:observation",
}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_UNITS = "http://unitsofmeasure.org"


def codeable(text: str, *codings: tuple[str, str]) -> Json:
    """A CodeableConcept of (system name, code) pairs, the text as the first one's display."""
    made: Json = {"text": text}
    if codings:
        made["coding"] = [{"system": SYSTEMS[name], "code": code} for name, code in codings]
        made["coding"][0]["display"] = text
    return made


def status(name: str, code: str) -> Json:
    """A coded status such as clinicalStatus."""
    return {"coding": [{"system": _TERMINOLOGY + name, "code": code}]}


CLINICAL_ACTIVE = status("condition-clinical", "active")
CONFIRMED = status("condition-ver-status", "confirmed")
IN_ERROR = status("condition-ver-status", "entered-in-error")
PROBLEM_LIST = [status("condition-category", "problem-list-item")]
LABORATORY = [status("observation-category", "laboratory")]
SURVEY = [status("observation-category", "survey")]


def ref(target: str) -> Json:
    """A Reference."""
    return {"reference": target}


def resource(kind: str, key: str) -> Json:
    """A resource of a type, with its id."""
    return {"resourceType": kind, "id": key}


def quantity(value: float, unit: str) -> Json:
    """A Quantity in UCUM."""
    return {"value": value, "unit": unit, "system": _UNITS, "code": unit}


def patient(
    key: str, birth: str, *, female: bool, state: str | None, clinic: str, clinician: str
) -> Json:
    """A Patient."""
    made = resource("Patient", key)
    made |= {
        "active": True,
        "gender": "female" if female else "male",
        "birthDate": birth,
        "managingOrganization": ref(clinic),
        "generalPractitioner": [ref(clinician)],
    }
    if state is not None:
        made["address"] = [{"use": "home", "state": state, "country": "US"}]
    return made


def coverage(key: str, subject: Json, payer: str, kind: str | None, start: str) -> Json:
    """A Coverage that is active."""
    made = resource("Coverage", key)
    made |= {
        "status": "active",
        "beneficiary": subject,
        "payor": [{"display": payer}],
        "period": {"start": start},
    }
    if kind is not None:
        made["type"] = {"coding": [{"system": "https://nahdo.org/sopt", "code": kind}]}
    return made


def condition(key: str, subject: Json, code: Json, recorded: str) -> Json:
    """A Condition on the problem list."""
    made = resource("Condition", key)
    made |= {
        "clinicalStatus": CLINICAL_ACTIVE,
        "verificationStatus": CONFIRMED,
        "category": PROBLEM_LIST,
        "code": code,
        "subject": subject,
        "recordedDate": recorded,
    }
    return made


def procedure(key: str, subject: Json, code: Json, done: str = "completed") -> Json:
    """A Procedure; the caller says when."""
    made = resource("Procedure", key)
    made |= {"status": done, "code": code, "subject": subject}
    return made


def claim(key: str, subject: Json, clinic: str, code: Json, modifiers: list[Json], on: str) -> Json:
    """A professional Claim with one item."""
    made = resource("Claim", key)
    made |= {
        "status": "active",
        "type": status("claim-type", "professional"),
        "use": "claim",
        "patient": subject,
        "created": on,
        "provider": ref(clinic),
        "priority": {"coding": [{"code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "see Coverage"}}],
        "item": [{"sequence": 1, "productOrService": code, "servicedDate": on}],
    }
    if modifiers:
        made["item"][0]["modifier"] = modifiers
    return made


def care_plan(key: str, subject: Json, code: Json, period: Json) -> Json:
    """A CarePlan with one activity."""
    ended = "end" in period
    made = resource("CarePlan", key)
    made |= {
        "status": "completed" if ended else "active",
        "intent": "plan",
        "subject": subject,
        "period": period,
        "activity": [
            {
                "detail": {
                    "code": code,
                    "status": "completed" if ended else "in-progress",
                    "scheduledPeriod": period,
                }
            }
        ],
    }
    return made


def prescription(
    key: str, subject: Json, drug: Json, period: Json, sig: str, tablets: float, daily: int
) -> Json:
    """A MedicationRequest that was followed."""
    made = resource("MedicationRequest", key)
    made |= {
        "status": "completed" if "end" in period else "active",
        "intent": "order",
        "medicationCodeableConcept": drug,
        "subject": subject,
        "authoredOn": period["start"],
        "dosageInstruction": [
            {
                "text": sig,
                "timing": {
                    "repeat": {
                        "boundsPeriod": period,
                        "frequency": daily,
                        "period": 1,
                        "periodUnit": "d",
                    }
                },
                "doseAndRate": [{"doseQuantity": {"value": tablets, "unit": "tablet"}}],
            }
        ],
    }
    return made


def statement(key: str, subject: Json, drug: Json, period: Json) -> Json:
    """A MedicationStatement: what the patient says that is taken."""
    made = resource("MedicationStatement", key)
    made |= {
        "status": "completed" if "end" in period else "active",
        "medicationCodeableConcept": drug,
        "subject": subject,
        "effectivePeriod": period,
    }
    return made


def report(key: str, subject: Json, code: Json, on: str, conclusion: str) -> Json:
    """A DiagnosticReport."""
    made = resource("DiagnosticReport", key)
    made |= {
        "status": "final",
        "code": code,
        "subject": subject,
        "effectiveDateTime": on,
        "conclusion": conclusion,
    }
    return made


def study(key: str, subject: Json, modality: str, description: str, on: str) -> Json:
    """An ImagingStudy."""
    made = resource("ImagingStudy", key)
    made |= {
        "status": "available",
        "modality": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": modality}],
        "subject": subject,
        "started": on,
        "description": description,
    }
    return made


def observation(key: str, subject: Json, code: Json, on: str, **value: object) -> Json:
    """An Observation with its value."""
    made = resource("Observation", key)
    made |= {
        "status": "final",
        "code": code,
        "subject": subject,
        "effectiveDateTime": on,
    }
    made |= value
    return made


def order(key: str, subject: Json, code: Json, *, authored: str, on: str) -> Json:
    """A ServiceRequest for a procedure that is booked."""
    made = resource("ServiceRequest", key)
    made |= {
        "status": "active",
        "intent": "order",
        "code": code,
        "subject": subject,
        "authoredOn": authored,
        "occurrenceDateTime": on,
    }
    return made


def organization(key: str, name: str) -> Json:
    """A clinic."""
    return resource("Organization", key) | {"active": True, "name": name}


def practitioner(key: str) -> Json:
    """A clinician, numbered; with the specialty code of interventional pain medicine."""
    return resource("Practitioner", key) | {
        "active": True,
        "qualification": [
            {
                "code": {
                    "coding": [
                        {"system": "http://nucc.org/provider-taxonomy", "code": "208VP0014X"}
                    ]
                }
            }
        ],
    }


def bundle(resources: list[Json]) -> Json:
    """A collection."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "fullUrl": f"https://cohort.example/fhir/{r['resourceType']}/{r['id']}",
                "resource": r,
            }
            for r in resources
        ],
    }
