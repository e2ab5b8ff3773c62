"""The FHIR R4 elements that are read, as lean typed structs. What is not here is never decoded.

Strict: a value of the wrong type is an error, which `repair` mends or notes. Field names are
FHIR's. Structs are not garbage-collected: they hold no cycles.
"""

# ruff: noqa: N815 - names of FHIR elements

from __future__ import annotations

import re
from typing import Any, Union

import msgspec
from msgspec import Raw


class _Lean(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """Base of every struct here."""


# --- data types ----------------------------------------------------------------------------------


class Coding(_Lean):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(_Lean):
    coding: list[Coding] = []
    text: str | None = None


class Reference(_Lean):
    reference: str | None = None
    type: str | None = None
    display: str | None = None


class CodeableReference(_Lean):
    """R5's, met in the wild."""

    concept: CodeableConcept | None = None
    reference: Reference | None = None


class Identifier(_Lean):
    system: str | None = None
    value: str | None = None


class Period(_Lean):
    start: str | None = None
    end: str | None = None


class Quantity(_Lean):
    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(_Lean):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(_Lean):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Meta(_Lean):
    lastUpdated: str | None = None


class Address(_Lean):
    use: str | None = None
    state: str | None = None
    period: Period | None = None


class Annotation(_Lean):
    text: str | None = None
    time: str | None = None


class Attachment(_Lean):
    contentType: str | None = None
    data: str | None = None
    title: str | None = None
    creation: str | None = None


class Repeat(_Lean):
    boundsDuration: Quantity | None = None
    boundsRange: Range | None = None
    boundsPeriod: Period | None = None
    count: float | None = None
    frequency: float | None = None
    frequencyMax: float | None = None
    period: float | None = None
    periodMax: float | None = None
    periodUnit: str | None = None
    timeOfDay: list[str] = []
    when: list[str] = []
    dayOfWeek: list[str] = []


class Timing(_Lean):
    event: list[str] = []
    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(_Lean):
    doseQuantity: Quantity | None = None
    doseRange: Range | None = None
    rateQuantity: Quantity | None = None
    rateRatio: Ratio | None = None


class Dosage(_Lean):
    text: str | None = None
    patientInstruction: str | None = None
    timing: Timing | None = None
    asNeededBoolean: bool | None = None
    asNeededCodeableConcept: CodeableConcept | None = None
    route: CodeableConcept | None = None
    doseAndRate: list[DoseAndRate] = []
    maxDosePerPeriod: Ratio | None = None


# --- resources -----------------------------------------------------------------------------------


class Resource(_Lean, tag_field="resourceType", tag=True):
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


class Component(_Lean):
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
    valueQuantity: Quantity | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: float | None = None
    valueRange: Range | None = None
    valueRatio: Ratio | None = None
    dataAbsentReason: CodeableConcept | None = None
    component: list[Component] = []


class AnswerExtension(_Lean):
    url: str | None = None
    valueDecimal: float | None = None


class AnswerCoding(Coding):
    extension: list[AnswerExtension] = []


class Answer(_Lean):
    valueBoolean: bool | None = None
    valueDecimal: float | None = None
    valueInteger: float | None = None
    valueDate: str | None = None
    valueString: str | None = None
    valueCoding: AnswerCoding | None = None
    valueQuantity: Quantity | None = None
    item: list[ResponseItem] = []


class ResponseItem(_Lean):
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


class QuestionItem(_Lean):
    linkId: str | None = None
    code: list[Coding] = []
    item: list[QuestionItem] = []


class Questionnaire(Resource):
    url: str | None = None
    code: list[Coding] = []
    item: list[QuestionItem] = []


class ImagingSeries(_Lean):
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


class Ingredient(_Lean):
    itemCodeableConcept: CodeableConcept | None = None


class SupplyRequest(_Lean):
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


class AdministeredDosage(_Lean):
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


class ActivityDetail(_Lean):
    code: CodeableConcept | None = None
    status: str | None = None
    doNotPerform: bool | None = None
    scheduledPeriod: Period | None = None
    scheduledTiming: Timing | None = None
    productCodeableConcept: CodeableConcept | None = None
    description: str | None = None


class Activity(_Lean):
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


class Participant(_Lean):
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


class Reaction(_Lean):
    substance: CodeableConcept | None = None


class AllergyIntolerance(_OfPatient):
    clinicalStatus: CodeableConcept | None = None
    verificationStatus: CodeableConcept | None = None
    code: CodeableConcept | None = None
    onsetDateTime: str | None = None
    recordedDate: str | None = None
    reaction: list[Reaction] = []


class DeviceName(_Lean):
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


class DocumentContent(_Lean):
    attachment: Attachment | None = None


class DocumentContext(_Lean):
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


class CoverageClass(_Lean):
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


class Qualification(_Lean):
    code: CodeableConcept | None = None


class Practitioner(Resource):
    active: bool | None = None
    qualification: list[Qualification] = []


class PractitionerRole(Resource):
    active: bool | None = None
    code: list[CodeableConcept] = []
    specialty: list[CodeableConcept] = []


class ClaimItem(_Lean):
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

_UNREAD = re.findall(
    r"\w+",
    """
Account ActivityDefinition AdverseEvent AuditEvent Basic Binary BiologicallyDerivedProduct
BodyStructure CapabilityStatement CareTeam CatalogEntry ChargeItem ChargeItemDefinition
ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
CompartmentDefinition Composition ConceptMap Consent Contract CoverageEligibilityRequest
CoverageEligibilityResponse DetectedIssue DeviceDefinition DeviceMetric DeviceRequest
DocumentManifest EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest
EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario
FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService
Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide
InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media
MedicationKnowledge MedicinalProduct MessageDefinition MessageHeader MolecularSequence
NamingSystem NutritionOrder ObservationDefinition OperationDefinition OperationOutcome
OrganizationAffiliation PaymentNotice PaymentReconciliation Person PlanDefinition Provenance
RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy
ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter Slot Specimen
SpecimenDefinition StructureDefinition StructureMap Subscription Substance SupplyDelivery
SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult
VisionPrescription
""",
)


class Unread(msgspec.Struct, gc=False):
    """A resource of a type that is known and not read."""


UNREAD = {
    name: msgspec.defstruct(name, [], bases=(Unread,), tag_field="resourceType", tag=name, gc=False)
    for name in _UNREAD
}

AnyResource: Any = Union[tuple(TYPES.values()) + tuple(UNREAD.values())]  # noqa: UP007
"""Every resource type of R4 but the wrapping ones, told apart by `resourceType`."""
