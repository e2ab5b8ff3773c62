"""The request as a FHIR Bundle in the style of Da Vinci Prior Authorization Support 2.0.1.

A Claim for preauthorization with all that it refers to: patient, coverage, insurer, provider, the
service, the filled-in form and the evidence. It is a draft that a clinician checks and sends.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.paperwork import absent, dtr, participants
from painpath.paperwork.checklist import Checklist
from painpath.planning.plan import Evidence, OptionResult, Plan, ProblemResult, RequestResult
from painpath.records.originals import Originals, Resource
from painpath.records.record import is_icd
from painpath.report.fhir_maker import SPACE, is_reference

_PAS = "http://hl7.org/fhir/us/davinci-pas"
_ITEM = f"{_PAS}/StructureDefinition/extension"
_HL7 = "http://terminology.hl7.org/CodeSystem"
_X12 = "https://codesystem.x12.org/005010"
_CPT = "http://www.ama-assn.org/go/cpt"
_HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
_PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
DRAFT = "Prepared by PainPath from the record; a clinician checks and signs before it is sent."


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is made from."""

    plan: Plan
    problem: ProblemResult
    option: OptionResult
    checklist: Checklist
    knowledge: Knowledge
    originals: Originals


def answers(request: Request) -> Resource:
    """The filled-in form alone, with references as in the Bundle."""
    entries = bundle(request)["entry"]
    kind = "QuestionnaireResponse"
    found: Resource = next(e["resource"] for e in entries if e["resource"]["resourceType"] == kind)
    return found


def bundle(request: Request) -> Resource:
    """The Bundle, Claim first; every reference in it that can be resolved leads to an entry."""
    make = _Entries(request)
    plan, made = request.plan, request.checklist
    day = plan.as_of.isoformat()
    patient = make.put("patient", participants.patient(plan, request.originals), "Patient")
    payor = make.put("insurer", participants.insurer(made.parties, request.originals))
    asker = make.put("provider", participants.provider(made.parties, request.originals))
    cover = make.put(
        "coverage", participants.coverage(made.parties, request.originals, patient, payor)
    )
    proof = [make.original(item) for item in _evidence(request)]
    order = make.put("service", _service(request, patient, asker, cover, proof))
    make.put("form", dtr.questionnaire(made, request.option, request.knowledge))
    filled = make.put("answers", dtr.response(made, request.option, patient, [cover, order], day))
    claim = _claim(request, patient, payor, asker, cover, order, filled)
    make.put("claim", claim)
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{_PAS}/StructureDefinition/profile-pas-request-bundle"]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": make.url("bundle")},
        "type": "collection",
        "timestamp": f"{day}T00:00:00Z",
        "entry": make.resolved(),
    }


class _Entries:
    """Collects resources; their ids are the same in every run."""

    def __init__(self, request: Request) -> None:
        plan = request.plan
        self._key = f"{plan.patient.id}|{plan.as_of}|{request.checklist.policy}|{request.option.id}"
        self._own_patient = f"Patient/{plan.patient.id}"
        self._originals = request.originals
        self._entries: dict[str, Resource] = {}
        self._moved: dict[str, str] = {}

    def url(self, name: str) -> str:
        return f"urn:uuid:{_uuid(f'{self._key}|{name}')}"

    def put(self, name: str, resource: Resource, kind: str | None = None) -> Resource:
        """Add a resource of ours; returns a reference to it."""
        url = self.url(name)
        self._entries[url] = _named(resource, url)
        if kind == "Patient":
            self._went(self._own_patient, url)
        return {"reference": url}

    def original(self, item: Evidence) -> Resource:
        """A reference to evidence; the resource itself goes along if the record was given."""
        known = self._originals.get(item.ref)
        if known is not None and item.ref not in self._moved:
            url = self.url(item.ref)
            self._went(item.ref, url)
            self._entries[url] = _named(known, url)
        return {"reference": item.ref, "display": item.text}

    def _went(self, ref: str, url: str) -> None:
        """Remember under both names that a record may use: `Condition/1`, `urn:uuid:1`."""
        self._moved[ref] = url
        self._moved[f"urn:uuid:{ref.partition('/')[2]}"] = url

    def resolved(self) -> list[Resource]:
        """Entries, the Claim first, with references turned to where the resources stand now."""
        claim = self.url("claim")
        urls = [claim, *(url for url in self._entries if url != claim)]
        return [{"fullUrl": url, "resource": self._turned(self._entries[url])} for url in urls]

    def _turned(self, value: Any) -> Any:
        if isinstance(value, dict):
            turned = {name: self._turned(each) for name, each in value.items()}
            return self._led(turned) if isinstance(value.get("reference"), str) else turned
        return [self._turned(each) for each in value] if isinstance(value, list) else value

    def _led(self, reference: Resource) -> Resource:
        """A reference to an entry; what does not go along is named only in words."""
        target: str = reference["reference"]
        if target.startswith("#") or target in self._entries:
            return reference
        short = "/".join(target.split("/_history")[0].split("/")[-2:])
        if short in self._moved:
            return {**reference, "reference": self._moved[short]}
        kept = {name: each for name, each in reference.items() if name != "reference"}
        return kept if "display" in kept else {**kept, "display": f"{short} (not sent along)"}


def _uuid(name: str) -> uuid.UUID:
    """The same for the same name. Shaped as version 4, the only one that some readers take."""
    return uuid.UUID(bytes=hashlib.sha256(SPACE.bytes + name.encode()).digest()[:16], version=4)


def _named(resource: Resource, url: str) -> Resource:
    """With the id that its full URL has."""
    kind = {"resourceType": resource["resourceType"], "id": url.removeprefix("urn:uuid:")}
    return {**kind, **resource, **kind}


def _evidence(request: Request) -> list[Evidence]:
    """What proves the criteria and the problem, each resource once."""
    items = [*request.problem.evidence]
    items += [e for c in request.option.criteria for e in c.evidence]
    return list({item.ref: item for item in items if is_reference(item.ref)}.values())


def _service(
    request: Request, patient: Resource, asker: Resource, cover: Resource, proof: list[Resource]
) -> Resource:
    made = request.checklist
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "meta": {"profile": [f"{_PAS}/StructureDefinition/profile-servicerequest"]},
        "status": "draft",
        "intent": "order",
        "code": _code(request),
        "subject": patient,
        "authoredOn": request.plan.as_of.isoformat(),
        "requester": asker,
        "insurance": [cover],
        "reasonCode": [{"text": made.problem}],
        "note": [{"text": DRAFT}],
    }
    if proof:
        resource["supportingInfo"] = proof
    if made.place:
        resource["bodySite"] = [{"text": made.place}]
    return resource


def _claim(
    request: Request,
    patient: Resource,
    payor: Resource,
    asker: Resource,
    cover: Resource,
    order: Resource,
    filled: Resource,
) -> Resource:
    made, plan = request.checklist, request.plan
    booked = _booked(plan, request.option)
    diagnoses = _diagnoses(request)
    informed: list[Resource] = [
        {**_info("additionalInformation"), "valueReference": filled},
        {**_info("freeFormMessage"), "valueString": f"{DRAFT} {made.status}."},
    ]
    if booked is not None:
        informed.append({**_info("patientEvent"), "timingDate": booked.on.isoformat()})
    informed = [{"sequence": number, **info} for number, info in enumerate(informed, 1)]
    claim: Resource = {
        "resourceType": "Claim",
        "meta": {"profile": [f"{_PAS}/StructureDefinition/profile-claim"]},
        "identifier": [{"system": "urn:painpath:request", "value": _number(request)}],
        "status": "active",
        "type": _coded(f"{_HL7}/claim-type", "professional"),
        "use": "preauthorization",
        "patient": patient,
        "created": plan.as_of.isoformat(),
        "insurer": payor,
        "provider": asker,
        "priority": _coded(f"{_HL7}/processpriority", "normal"),
        "supportingInfo": informed,
        "insurance": [{"sequence": 1, "focal": True, "coverage": cover}],
        "item": [_item(request, order, booked, len(informed), len(diagnoses))],
    }
    if diagnoses:
        claim["diagnosis"] = diagnoses
    return claim


def _item(
    request: Request, order: Resource, booked: RequestResult | None, informed: int, diagnoses: int
) -> Resource:
    made = request.checklist
    kinds = {
        "requestedService": {"valueReference": order},
        "serviceItemRequestType": {"valueCodeableConcept": _coded(f"{_X12}/1525", "HS")},
        "certificationType": {"valueCodeableConcept": _coded(f"{_X12}/1322", "I")},
    }
    item: Resource = {
        "extension": [{"url": f"{_ITEM}-{name}", **value} for name, value in kinds.items()],
        "sequence": 1,
        "informationSequence": list(range(1, informed + 1)),
        "category": _coded(f"{_X12}/1365", _category(made.codes)),
        "productOrService": _code(request),
    }
    if diagnoses:
        item["diagnosisSequence"] = list(range(1, diagnoses + 1))
    if booked is not None:
        item["servicedDate"] = booked.on.isoformat()
    if made.place:
        item["bodySite"] = {"text": made.place}
    asks = request.option.prior_authorisation
    place = next((p for p in request.knowledge.places if asks and p.id == asks.place), None)
    known = place.pos if place is not None else ()
    item["locationCodeableConcept"] = _coded(_PLACES, str(known[0])) if known else absent.reason()
    return item


def _category(codes: Iterable[str]) -> str:
    """X12's kind of service: surgical (2) for codes of CPT's surgery section, else medical (1)."""
    return "2" if any(code[:1] in "123456" and code.isdigit() for code in codes) else "1"


def _code(request: Request) -> Resource:
    """The procedure's code if only one is possible; else the option's name, and no code."""
    made = request.checklist
    booked = _booked(request.plan, request.option)
    if booked is not None and booked.code in made.codes:
        return {**_coded(_system(booked.code), booked.code), "text": made.option_name}
    if len(made.codes) == 1:
        return {**_coded(_system(made.codes[0]), made.codes[0]), "text": made.option_name}
    return {**absent.reason(), "text": made.option_name}


def _system(code: str) -> str:
    """CPT codes begin with a digit, HCPCS codes with a letter."""
    return _CPT if code[:1].isdigit() else _HCPCS


def _booked(plan: Plan, option: OptionResult) -> RequestResult | None:
    """What is already ordered or booked for this option, the next one first."""
    mine = [r for r in plan.requests if r.option == option.id and r.on >= plan.as_of]
    return min(mine, key=lambda r: r.on, default=None)


def _diagnoses(request: Request) -> list[Resource]:
    """Conditions of the problem: by ICD-10-CM where the record codes them, else in its words."""
    found = [
        _diagnosis(request.originals.get(item.ref, {}), item)
        for item in request.problem.evidence
        if item.ref.startswith("Condition/")
    ]
    return [
        {"sequence": number, "diagnosisCodeableConcept": concept}
        for number, concept in enumerate(found, 1)
    ]


def _diagnosis(resource: Resource, item: Evidence) -> Resource:
    code = resource.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    icd = [c for c in _dicts(codings) if is_icd(c.get("system")) and c.get("code")]
    return {"coding": icd[:1], "text": item.text} if icd else {"text": item.text}


def _dicts(value: Any) -> Iterable[Resource]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _info(category: str) -> Resource:
    return {"category": _coded(f"{_PAS}/CodeSystem/PASTempCodes", category)}


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _number(request: Request) -> str:
    """A number for the request: the same in every run for patient, day, policy and option."""
    plan = request.plan
    key = f"{plan.patient.id}|{plan.as_of}|{request.option.policy}|{request.option.id}|request"
    return str(_uuid(key))
