"""The FHIR R4 resources that are read, with only the elements used; what is not here is skipped.

Strict like their data types (see `datatypes`).
"""

# ruff: noqa: N815, RUF012 - names of FHIR elements; msgspec copies defaults

from __future__ import annotations

import msgspec
from msgspec import Raw

from painpath.records.datatypes import (
    Address,
    Annotation,
    Attachment,
    CodeableConcept,
    Coding,
    Dosage,
    Identifier,
    Lean,
    Meta,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    Timing,
)


class Resource(Lean, tag_field="resourceType", tag=True):
    """Told apart by `resourceType`, so that a whole Bundle decodes at once."""

    id: str | None = None
    meta: Meta | None = None
    contained: list[Raw] = []


class Patient(Resource):
    birthDate: str | None = None
    gender: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
    address: list[Address] = []


class _OfSubject(Resource):
    subject: Reference | None = None


class _OfPatient(Resource):
    patient: Reference | None = None


class Condition(_OfSubject):
    clinicalStatus: CodeableConcept | None = None
    verificationStatus: CodeableConcept | None = None
    code: CodeableConcept | None = None
    bodySite: list[CodeableConcept] = []
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    onsetAge: Quantity | None = None
    onsetRange: Range | None = None
    onsetString: str | None = None
    abatementDateTime: str | None = None
    abatementPeriod: Period | None = None
    abatementAge: Quantity | None = None
    abatementRange: Range | None = None
    abatementString: str | None = None
    recordedDate: str | None = None
    severity: CodeableConcept | None = None


class Procedure(_OfSubject):
    status: str | None = None
    code: CodeableConcept | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    performedAge: Quantity | None = None
    performedRange: Range | None = None
    performedString: str | None = None
    bodySite: list[CodeableConcept] = []
    reasonCode: list[CodeableConcept] = []
    reasonReference: list[Reference] = []
    outcome: CodeableConcept | None = None
    note: list[Annotation] = []


class Component(Lean):
    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: float | None = None
    valueRange: Range | None = None
    valueRatio: Ratio | None = None
    dataAbsentReason: CodeableConcept | None = None


class Observation(_OfSubject):
    status: str | None = None
    code: CodeableConcept | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    effectiveInstant: str | None = None
    effectiveTiming: Timing | None = None
    issued: str | None = None
    bodySite: CodeableConcept | None = None
    partOf: list[Reference] = []
    focus: list[Reference] = []
    derivedFrom: list[Reference] = []
    hasMember: list[Reference] = []
    valueQuantity: Quantity | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: float | None = None
    valueRange: Range | None = None
    valueRatio: Ratio | None = None
    dataAbsentReason: CodeableConcept | None = None
    component: list[Component] = []


class AnswerExtension(Lean):
    url: str | None = None
    valueDecimal: float | None = None


class AnswerCoding(Coding):
    extension: list[AnswerExtension] = []


class Answer(Lean):
    valueBoolean: bool | None = None
    valueDecimal: float | None = None
    valueInteger: float | None = None
    valueDate: str | None = None
    valueString: str | None = None
    valueCoding: AnswerCoding | None = None
    valueQuantity: Quantity | None = None
    item: list[ResponseItem] = []


class ResponseItem(Lean):
    linkId: str | None = None
    definition: str | None = None
    text: str | None = None
    answer: list[Answer] = []
    item: list[ResponseItem] = []


class QuestionnaireResponse(_OfSubject):
    status: str | None = None
    questionnaire: str | None = None
    authored: str | None = None
    partOf: list[Reference] = []
    item: list[ResponseItem] = []


class QuestionItem(Lean):
    linkId: str | None = None
    code: list[Coding] = []
    item: list[QuestionItem] = []


class Questionnaire(Resource):
    url: str | None = None
    code: list[Coding] = []
    item: list[QuestionItem] = []


class ImagingSeries(Lean):
    modality: Coding | None = None
    bodySite: Coding | None = None
    laterality: Coding | None = None


class ImagingStudy(_OfSubject):
    status: str | None = None
    started: str | None = None
    modality: list[Coding] = []
    procedureCode: list[CodeableConcept] = []
    description: str | None = None
    series: list[ImagingSeries] = []


class DiagnosticReport(_OfSubject):
    status: str | None = None
    code: CodeableConcept | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    issued: str | None = None
    conclusion: str | None = None
    conclusionCode: list[CodeableConcept] = []
    presentedForm: list[Attachment] = []


class Medication(Resource):
    code: CodeableConcept | None = None
    ingredient: list[Ingredient] = []


class Ingredient(Lean):
    itemCodeableConcept: CodeableConcept | None = None


class SupplyRequest(Lean):
    validityPeriod: Period | None = None
    numberOfRepeatsAllowed: float | None = None
    quantity: Quantity | None = None
    expectedSupplyDuration: Quantity | None = None


class _OfMedication(_OfSubject):
    status: str | None = None
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None


class MedicationRequest(_OfMedication):
    intent: str | None = None
    doNotPerform: bool | None = None
    authoredOn: str | None = None
    dosageInstruction: list[Dosage] = []
    dispenseRequest: SupplyRequest | None = None
    priorPrescription: Reference | None = None


class MedicationStatement(_OfMedication):
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    dateAsserted: str | None = None
    dosage: list[Dosage] = []


class MedicationDispense(_OfMedication):
    whenPrepared: str | None = None
    whenHandedOver: str | None = None
    quantity: Quantity | None = None
    daysSupply: Quantity | None = None
    dosageInstruction: list[Dosage] = []
    authorizingPrescription: list[Reference] = []


class AdministeredDosage(Lean):
    text: str | None = None
    route: CodeableConcept | None = None
    dose: Quantity | None = None
    rateQuantity: Quantity | None = None
    rateRatio: Ratio | None = None


class MedicationAdministration(_OfMedication):
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    dosage: AdministeredDosage | None = None
    request: Reference | None = None


class ServiceRequest(_OfSubject):
    status: str | None = None
    intent: str | None = None
    doNotPerform: bool | None = None
    code: CodeableConcept | None = None
    orderDetail: list[CodeableConcept] = []
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None
    occurrenceTiming: Timing | None = None
    authoredOn: str | None = None
    bodySite: list[CodeableConcept] = []
    reasonCode: list[CodeableConcept] = []
    reasonReference: list[Reference] = []
    locationCode: list[CodeableConcept] = []
    locationReference: list[Reference] = []


class ActivityDetail(Lean):
    code: CodeableConcept | None = None
    status: str | None = None
    doNotPerform: bool | None = None
    scheduledPeriod: Period | None = None
    scheduledTiming: Timing | None = None
    productCodeableConcept: CodeableConcept | None = None
    description: str | None = None


class Activity(Lean):
    detail: ActivityDetail | None = None
    reference: Reference | None = None
    outcomeCodeableConcept: list[CodeableConcept] = []


class CarePlan(_OfSubject):
    status: str | None = None
    intent: str | None = None
    category: list[CodeableConcept] = []
    period: Period | None = None
    created: str | None = None
    activity: list[Activity] = []


class Participant(Lean):
    actor: Reference | None = None


class Appointment(Resource):
    status: str | None = None
    serviceType: list[CodeableConcept] = []
    reasonCode: list[CodeableConcept] = []
    reasonReference: list[Reference] = []
    basedOn: list[Reference] = []
    description: str | None = None
    start: str | None = None
    requestedPeriod: list[Period] = []
    participant: list[Participant] = []


class Reaction(Lean):
    substance: CodeableConcept | None = None


class AllergyIntolerance(_OfPatient):
    clinicalStatus: CodeableConcept | None = None
    verificationStatus: CodeableConcept | None = None
    code: CodeableConcept | None = None
    onsetDateTime: str | None = None
    recordedDate: str | None = None
    reaction: list[Reaction] = []


class DeviceName(Lean):
    name: str | None = None


class Device(_OfPatient):
    status: str | None = None
    type: CodeableConcept | None = None
    deviceName: list[DeviceName] = []
    manufactureDate: str | None = None


class DeviceUseStatement(_OfSubject):
    status: str | None = None
    device: Reference | None = None
    timingPeriod: Period | None = None
    timingDateTime: str | None = None
    recordedOn: str | None = None
    bodySite: CodeableConcept | None = None


class DocumentContent(Lean):
    attachment: Attachment | None = None


class DocumentContext(Lean):
    period: Period | None = None
    event: list[CodeableConcept] = []


class DocumentReference(_OfSubject):
    status: str | None = None
    docStatus: str | None = None
    type: CodeableConcept | None = None
    category: list[CodeableConcept] = []
    date: str | None = None
    description: str | None = None
    content: list[DocumentContent] = []
    context: DocumentContext | None = None


class CoverageClass(Lean):
    type: CodeableConcept | None = None
    value: str | None = None
    name: str | None = None


class Payor(Reference):
    identifier: Identifier | None = None


class Coverage(Resource):
    status: str | None = None
    type: CodeableConcept | None = None
    beneficiary: Reference | None = None
    subscriberId: str | None = None
    period: Period | None = None
    payor: list[Payor] = []
    class_: list[CoverageClass] = msgspec.field(default_factory=list, name="class")
    order: float | None = None


class Organization(Resource):
    name: str | None = None
    alias: list[str] = []
    identifier: list[Identifier] = []


class Qualification(Lean):
    code: CodeableConcept | None = None


class Practitioner(Resource):
    active: bool | None = None
    qualification: list[Qualification] = []


class PractitionerRole(Resource):
    active: bool | None = None
    code: list[CodeableConcept] = []
    specialty: list[CodeableConcept] = []


class ClaimItem(Lean):
    productOrService: CodeableConcept | None = None
    modifier: list[CodeableConcept] = []
    servicedDate: str | None = None
    servicedPeriod: Period | None = None
    bodySite: CodeableConcept | None = None


class Claim(_OfPatient):
    status: str | None = None
    use: str | None = None
    billablePeriod: Period | None = None
    created: str | None = None
    item: list[ClaimItem] = []


class ExplanationOfBenefit(Claim):
    claim: Reference | None = None


TYPES: dict[str, type[Resource]] = {
    kind.__name__: kind
    for kind in (
        Patient,
        Condition,
        Procedure,
        Observation,
        QuestionnaireResponse,
        Questionnaire,
        ImagingStudy,
        DiagnosticReport,
        Medication,
        MedicationRequest,
        MedicationStatement,
        MedicationDispense,
        MedicationAdministration,
        ServiceRequest,
        CarePlan,
        Appointment,
        AllergyIntolerance,
        Device,
        DeviceUseStatement,
        DocumentReference,
        Coverage,
        Organization,
        Practitioner,
        PractitionerRole,
        Claim,
        ExplanationOfBenefit,
    )
}
"""Resource types that are read, by name."""
