"""Patient, Coverage, insurer and provider for a FHIR request: taken from the record, or absent.

Elements are taken over only in the shape that FHIR gives them; what is not there has a
data-absent-reason.
"""

from __future__ import annotations

import re
from typing import Any

from painpath.paperwork import absent
from painpath.paperwork.parties import Parties, listed
from painpath.planning.plan import Plan
from painpath.records.originals import Originals, Resource

_PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
_SEXES = ("female", "male", "other", "unknown")
_V2_0203 = "http://terminology.hl7.org/CodeSystem/v2-0203"
_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def patient(plan: Plan, originals: Originals) -> Resource:
    """The beneficiary."""
    known = originals.get(f"Patient/{plan.patient.id}", {})
    made: Resource = {
        "resourceType": "Patient",
        "meta": {"profile": [f"{_PAS}/profile-beneficiary"]},
        "identifier": _identifiers(known),
        "name": _taken(known, "name", ("family", "text", "given")) or [absent.reason()],
        "gender": plan.patient.sex if plan.patient.sex in _SEXES else "unknown",
    }
    for element in ("telecom", "address"):
        taken = _taken(known, element, ())
        if taken:
            made[element] = taken
    born = plan.patient.birth_date
    absent.primitive(made, "birthDate", born if born and _FULL_DATE.fullmatch(born) else None)
    return made


def coverage(
    who: Parties, originals: Originals, beneficiary: Resource, payor: Resource
) -> Resource:
    """The insurance; nothing but the payer's name where the record has no Coverage of it."""
    known = originals.get(who.coverage_ref or "", {})
    made: Resource = {
        "resourceType": "Coverage",
        "meta": {"profile": [f"{_PAS}/profile-coverage"]},
        "status": "active",
        "beneficiary": beneficiary,
        "payor": [payor],
    }
    member = known.get("subscriberId")
    member = member if isinstance(member, str) and member.strip() else None
    absent.primitive(made, "subscriberId", member)
    made["identifier"] = _member(known, member)
    classes = _taken(known, "class", ("value",))
    if classes:
        made["class"] = classes
    for element in ("type", "period"):
        if isinstance(known.get(element), dict):
            made[element] = known[element]
    relationship = known.get("relationship")
    made["relationship"] = relationship if isinstance(relationship, dict) else absent.reason()
    return made


def _member(known: Resource, number: str | None) -> list[Resource]:
    """The identifiers of a Coverage, the member number among them and called so."""
    found = [each for each in _identifiers(known) if "value" in each]
    if any(_is_member(each) for each in found):
        return found
    own: Resource = {"type": {"coding": [{"system": _V2_0203, "code": "MB"}]}}
    absent.primitive(own, "system", None)
    absent.primitive(own, "value", number)
    return [own, *found]


def _is_member(identifier: Resource) -> bool:
    kind = identifier.get("type")
    codings = listed(kind.get("coding")) if isinstance(kind, dict) else []
    return any(isinstance(each, dict) and each.get("code") == "MB" for each in codings)


def _identifiers(known: Resource) -> list[Resource]:
    """Identifiers with system and value, or why they lack one."""
    found: list[Resource] = []
    for each in _taken(known, "identifier", ("value",)) or [{}]:
        made = dict(each)
        for part in ("system", "value"):
            if not isinstance(made.get(part), str):
                made.pop(part, None)
                absent.primitive(made, part, None)
        found.append(made)
    return found


def insurer(who: Parties, originals: Originals) -> Resource:
    """The payer: the Coverage's Organization if the record has it, else its name alone."""
    known = originals.get(who.coverage_ref or "", {})
    name = next((p.get("display") for p in listed(known.get("payor")) if _named(p)), None)
    made = _organization(_referred(known.get("payor"), originals), "profile-insurer")
    if "name" not in made:
        made.pop("_name", None)
        made["name"] = name or who.payer
    return made


def provider(who: Parties, originals: Originals) -> Resource:
    """Who asks: the clinic, else the clinician, else an organisation without a name."""
    clinician = originals.get(who.clinician_ref or "", {})
    if who.clinic_ref is None and clinician.get("resourceType") == "Practitioner":
        return {
            "resourceType": "Practitioner",
            "meta": {"profile": [f"{_PAS}/profile-practitioner"]},
            "identifier": _identifiers(clinician),
            "name": _taken(clinician, "name", ("family", "text")) or [absent.reason()],
        }
    known = originals.get(who.clinic_ref or "", {})
    if not known and clinician.get("resourceType") == "Organization":
        known = clinician
    return _organization(known, "profile-requestor")


def _organization(known: Resource, profile: str) -> Resource:
    made: Resource = {
        "resourceType": "Organization",
        "meta": {"profile": [f"{_PAS}/{profile}"]},
        "active": True,
        "identifier": _identifiers(known),
    }
    name = known.get("name")
    absent.primitive(made, "name", name if isinstance(name, str) and name.strip() else None)
    for element in ("telecom", "address"):
        taken = _taken(known, element, ())
        if taken:
            made[element] = taken
    return made


def _taken(resource: Resource, element: str, one_of: tuple[str, ...]) -> list[Any]:
    """The parts of a repeating element that have at least one of these keys."""
    return [
        part
        for part in listed(resource.get(element))
        if isinstance(part, dict) and (not one_of or any(part.get(key) for key in one_of))
    ]


def _named(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("display"), str)


def _referred(value: Any, originals: Originals) -> Resource:
    for part in listed(value):
        target = part.get("reference") if isinstance(part, dict) else None
        if isinstance(target, str):
            found = originals.get("/".join(target.split("/")[-2:]), {})
            if found.get("resourceType") == "Organization":
                return found
    return {}
