"""A vignette as a FHIR R4 Bundle.

Whatever is given by its concept (`is:`) is coded in PainPath's own system, in which every concept
has its id as code.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from painpath.knowledge.vocabulary import Vocabulary
from tests.vignettes import form

Resource = dict[str, Any]

PATIENT = "Patient/patient-1"
_SYSTEMS = {
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "snomed": "http://snomed.info/sct",
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "nucc": "http://nucc.org/provider-taxonomy",
    "is_": "urn:painpath:observation",
}
_SIDES = {
    "right": ("24028007", "Right"),
    "left": ("7771000", "Left"),
    "both": ("51440002", "Right and left"),
}
_SEVERE = [{"manifestation": [{"text": "reaction not described"}], "severity": "severe"}]
_LASTED = re.compile(r"(\d+(?:\.\d+)?) (days?|weeks?|months?|years?)")


class BuildError(ValueError):
    """A vignette cannot become a record; the message says why."""


def bundle(vignette: form.Vignette, vocabulary: Vocabulary) -> Resource:
    """The record of the vignette's patient.

    Raises:
        BuildError: if it names a concept that is not known, or gives nothing to code a thing by.
    """
    builder = _Builder(vocabulary)
    builder.add(_patient(vignette.patient))
    single = [] if vignette.coverage is None else [form.Payer(text=vignette.coverage)]
    for payer in [*single, *vignette.coverages]:
        builder.coverage(payer)
    for entry in vignette.record:
        for name in entry.__struct_fields__:
            thing = getattr(entry, name)
            if thing is not None:
                getattr(builder, name)(thing)
    entries = [
        {"fullUrl": f"https://example.org/fhir/{r['resourceType']}/{r['id']}", "resource": r}
        for r in builder.resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _patient(patient: form.Patient) -> Resource:
    resource: Resource = {"resourceType": "Patient", "id": "patient-1"}
    if patient.born is not None:
        resource["birthDate"] = str(patient.born)
    if patient.sex is not None:
        resource["gender"] = patient.sex
    if patient.state is not None:
        resource["address"] = [{"state": patient.state, "country": "US"}]
    return resource


class _Builder:
    """Collects resources; each entry of a vignette has the method of its name."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.resources: list[Resource] = []
        self._count: Counter[str] = Counter()

    def add(self, resource: Resource) -> Resource:
        """Keep a resource; the order of the vignette is the order of the Bundle."""
        self.resources.append(resource)
        return resource

    def _new(self, kind: str, key: str | None, **content: Any) -> Resource:
        self._count[kind] += 1
        made: Resource = {
            "resourceType": kind,
            "id": key or f"{kind.lower()}-{self._count[kind]}",
            **{name: value for name, value in content.items() if value is not None},
        }
        if any(made["id"] == r["id"] and kind == r["resourceType"] for r in self.resources):
            raise BuildError(f"two are called {kind}/{made['id']}")
        return self.add(made)

    def coverage(self, payer: form.Payer) -> None:
        """Who pays, and when."""
        system = "https://nahdo.org/sopt"
        coding = None if payer.type is None else [{"system": system, "code": str(payer.type)}]
        self._new(
            "Coverage",
            None,
            status="active",
            type=None if coding is None else {"coding": coding},
            beneficiary={"reference": PATIENT},
            period=_period(payer.from_, payer.to),
            payor=[{"display": payer.text}],
        )

    # -- the entries --

    def condition(self, thing: form.Condition) -> None:
        """A diagnosis."""
        status = thing.status or ("resolved" if thing.until is not None else "active")
        self._new(
            "Condition",
            thing.id,
            clinicalStatus=_coded("condition-clinical", status),
            verificationStatus=_coded("condition-ver-status", thing.verification),
            code=self._code(thing),
            bodySite=_sites(thing),
            subject={"reference": PATIENT},
            onsetDateTime=_day(thing.onset),
            abatementDateTime=_day(thing.until),
            recordedDate=_day(thing.recorded),
        )

    def procedure(self, thing: form.Procedure) -> None:
        """Something done, with an Observation for each statement of relief."""
        made = self._new(
            "Procedure",
            thing.id,
            status=thing.status,
            code=self._code(thing, thing.modifiers),
            subject={"reference": PATIENT},
            performedDateTime=_day(thing.on),
            performedPeriod=_period(thing.from_, thing.to),
            bodySite=_sites(thing),
        )
        for relief in thing.relief:
            self._relief(relief, f"Procedure/{made['id']}")

    def booked(self, thing: form.Booked) -> None:
        """An order for a day."""
        self._new(
            "ServiceRequest",
            thing.id,
            status="active",
            intent="order",
            code=self._code(thing, thing.modifiers),
            subject={"reference": PATIENT},
            occurrenceDateTime=_day(thing.on),
            bodySite=_sites(thing),
        )

    def care(self, thing: form.Care) -> None:
        """A visit or a course of conservative care."""
        going_on = thing.on is None and thing.to is None
        self._new(
            "Procedure",
            thing.id,
            status="in-progress" if going_on else "completed",
            code=self._code(thing),
            subject={"reference": PATIENT},
            performedDateTime=_day(thing.on),
            performedPeriod=_period(thing.from_, thing.to),
            bodySite=_sites(thing),
        )

    def drug(self, thing: form.Drug) -> None:
        """A drug taken."""
        self._new(
            "MedicationStatement",
            thing.id,
            status="active" if thing.to is None else "completed",
            medicationCodeableConcept=self._code(thing),
            subject={"reference": PATIENT},
            effectivePeriod=_period(thing.from_, thing.to),
            dosage=[{"text": thing.dose}] if thing.dose else None,
        )

    def score(self, thing: form.Measured) -> None:
        """A pain or function score."""
        self._observation(thing)

    def lab(self, thing: form.Measured) -> None:
        """A laboratory value."""
        self._observation(thing)

    def finding(self, thing: form.Measured) -> None:
        """Something found on examination; there unless its value says otherwise."""
        self._observation(thing, default=True)

    def document(self, thing: form.Measured) -> None:
        """Something on file."""
        self._observation(thing, default=True)

    def imaging(self, thing: form.Imaging) -> None:
        """A report. It has no body site in FHIR: side, site and level go into its name."""
        code = self._code(thing)
        words = [thing.text, thing.side and _SIDES[thing.side][1].lower(), thing.site, thing.level]
        named = " ".join(word for word in words if word)
        if named:
            code["text"] = named
        self._new(
            "DiagnosticReport",
            thing.id,
            status="final",
            code=code,
            subject={"reference": PATIENT},
            effectiveDateTime=_day(thing.on),
            conclusion=thing.conclusion,
        )

    def device(self, thing: form.Device) -> None:
        """An implanted device, and since when if that is known."""
        made = self._new(
            "Device",
            thing.id,
            status="active",
            type=self._code(thing),
            patient={"reference": PATIENT},
        )
        if thing.on is not None:
            sites = _sites(thing)
            self._new(
                "DeviceUseStatement",
                None,
                status="active",
                subject={"reference": PATIENT},
                timingPeriod={"start": _day(thing.on)},
                device={"reference": f"Device/{made['id']}"},
                bodySite=sites[0] if sites else None,
            )

    def allergy(self, thing: form.Allergy) -> None:
        """An allergy."""
        self._new(
            "AllergyIntolerance",
            thing.id,
            clinicalStatus=_coded("allergyintolerance-clinical", "active"),
            verificationStatus=_coded("allergyintolerance-verification", "confirmed"),
            reaction=_SEVERE if thing.severe else None,
            code=self._code(thing),
            patient={"reference": PATIENT},
            recordedDate=_day(thing.on),
        )

    def specialist(self, thing: form.Specialist) -> None:
        """A practitioner with this specialty."""
        self._new("Practitioner", thing.id, qualification=[{"code": self._code(thing)}])

    # -- parts --

    def _observation(self, thing: form.Measured, *, default: bool | None = None) -> None:
        value = thing.value if thing.value is not None else default
        code = self._code(thing)
        if value is None:
            raise BuildError(f"{thing.is_} has no value")
        content: Resource = {}
        if isinstance(value, bool):
            content["valueBoolean"] = value
        elif isinstance(value, str):
            content["valueString"] = value
        else:
            unit = thing.unit or self.vocabulary.about[self.vocabulary.key[thing.is_]].unit or "1"
            content["valueQuantity"] = {
                "value": value,
                "unit": unit,
                "system": "http://unitsofmeasure.org",
                "code": unit,
            }
        sites = _sites(thing)
        self._new(
            "Observation",
            thing.id,
            status="final",
            code=code,
            subject={"reference": PATIENT},
            effectiveDateTime=_day(thing.on),
            bodySite=sites[0] if sites else None,
            **content,
        )

    def _relief(self, relief: form.Relief, about: str) -> None:
        if relief.percent is None and relief.lasted is None:
            raise BuildError(f"relief of {about} says neither percent nor how long it lasted")
        quantities = []
        if relief.percent is not None:
            quantities.append(("relief-percent", relief.percent, "%", "%"))
        if relief.lasted is not None:
            match = _LASTED.fullmatch(relief.lasted)
            if match is None:
                raise BuildError(f'"{relief.lasted}" is not a time such as 3 months')
            ucum = {"day": "d", "week": "wk", "month": "mo", "year": "a"}[match[2].rstrip("s")]
            quantities.append(("relief-duration", float(match[1]), match[2], ucum))
        for name, value, unit, ucum in quantities:
            self._new(
                "Observation",
                None,
                partOf=[{"reference": about}],
                status="final",
                code={"coding": [{"system": _SYSTEMS["is_"], "code": name}]},
                subject={"reference": PATIENT},
                effectiveDateTime=_day(relief.on),
                valueQuantity={
                    "value": value,
                    "unit": unit,
                    "system": "http://unitsofmeasure.org",
                    "code": ucum,
                },
            )

    def _code(self, thing: Any, modifiers: list[str] | None = None) -> Resource:
        """Every code given of a thing, its claim modifiers and its text."""
        concept = getattr(thing, "is_", None)
        if concept is not None and concept not in self.vocabulary.key:
            raise BuildError(f'no concept is called "{concept}"')
        codings = [
            {"system": system, "code": str(getattr(thing, name))}
            for name, system in _SYSTEMS.items()
            if getattr(thing, name, None) is not None
        ]
        codings += [{"system": _SYSTEMS["cpt"], "code": word} for word in modifiers or ()]
        text = getattr(thing, "text", None)
        if not codings and not text:
            raise BuildError(f"nothing says what it is: {thing}")
        code: Resource = {"coding": codings} if codings else {}
        return {**code, "text": text} if text else code


def _day(day: form.Day | None) -> str | None:
    return None if day is None else str(day)


def _period(start: form.Day | None, end: form.Day | None) -> Resource | None:
    if start is None and end is None:
        return None
    period = {"start": _day(start), "end": _day(end)}
    return {name: day for name, day in period.items() if day is not None}


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def _sites(thing: Any) -> list[Resource] | None:
    """One body site: the side as its SNOMED CT qualifier, the rest in words."""
    site: Resource = {}
    if thing.side is not None:
        code, display = _SIDES[thing.side]
        site["coding"] = [{"system": _SYSTEMS["snomed"], "code": code, "display": display}]
    words = " ".join(word for word in (thing.site, thing.level) if word)
    if words:
        site["text"] = words
    return [site] if site else None
