"""The FHIR R4 resources that are read, with only the elements used; what is not here is skipped.

Strict like their data types (see `datatypes`). "DSTU2" and "STU3" mark what R4 has no more.
"""

# ruff: noqa: N815 - names of FHIR elements; msgspec copies defaults

from __future__ import annotations

import msgspec
from msgspec import Raw

from painpath.records.datatypes import (
    ABSENT,
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
    Waiting,
    concepts,
)


class Resource(Lean, tag_field="resourceType", tag=True):
    """Told apart by `resourceType`, so that a whole Bundle decodes at once."""

    id: str | None = None
    meta: Meta | None = None
    contained: tuple[Raw, ...] = ()

    def settle(self) -> None:
        """Decode what waits for it.

        Raises:
            msgspec.DecodeError: if something cannot be read strictly.
        """


class Patient(Resource):
    birthDate: str | None = None
    gender: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
    address: tuple[Address, ...] = ()
    managingOrganization: Reference | None = None
    generalPractitioner: tuple[Reference, ...] = ()


class _OfSubject(Resource):
    subject: Reference | None = None


class _Coded(_OfSubject):
    code_: Waiting = msgspec.field(default=ABSENT, name="code")

    @property
    def code(self) -> CodeableConcept | None:
        return concepts[bytes(self.code_)]

    def settle(self) -> None:
        concepts[bytes(self.code_)]


class _OfPatient(Resource):
    patient: Reference | None = None


class DatedExtension(Lean):
    url: str | None = None
    valueDateTime: str | None = None


class Condition(_Coded):
    extension: tuple[DatedExtension, ...] = ()
    clinicalStatus: CodeableConcept | None = None
    verificationStatus: CodeableConcept | None = None
    bodySite: tuple[CodeableConcept, ...] = ()
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
    assertedDate: str | None = None  # STU3
    dateRecorded: str | None = None  # DSTU2
    patient: Reference | None = None  # DSTU2
    severity: CodeableConcept | None = None


class Procedure(_Coded):
    status: str | None = None
    notDone: bool | None = None  # STU3
    notPerformed: bool | None = None  # DSTU2
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    performedAge: Quantity | None = None
    performedRange: Range | None = None
    performedString: str | None = None
    bodySite: tuple[CodeableConcept, ...] = ()
    reasonCode: tuple[CodeableConcept, ...] = ()
    reasonReference: tuple[Reference, ...] = ()
    outcome: CodeableConcept | None = None
    note: tuple[Annotation, ...] = ()


class Component(Lean):
    code_: Waiting = msgspec.field(default=ABSENT, name="code")
    valueQuantity: Quantity | None = None
    answer: Waiting = msgspec.field(default=ABSENT, name="valueCodeableConcept")
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: float | None = None
    valueRange: Range | None = None
    valueRatio: Ratio | None = None
    dataAbsentReason: CodeableConcept | None = None

    @property
    def code(self) -> CodeableConcept | None:
        return concepts[bytes(self.code_)]

    @property
    def valueCodeableConcept(self) -> CodeableConcept | None:  # noqa: N802
        return None if self.answer is ABSENT else concepts[bytes(self.answer)]


class Observation(_Coded):
    status: str | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    effectiveInstant: str | None = None
    effectiveTiming: Timing | None = None
    issued: str | None = None
    bodySite: CodeableConcept | None = None
    partOf: tuple[Reference, ...] = ()
    focus: tuple[Reference, ...] = ()
    derivedFrom: tuple[Reference, ...] = ()
    hasMember: tuple[Reference, ...] = ()
    valueQuantity: Quantity | None = None
    answer: Waiting = msgspec.field(default=ABSENT, name="valueCodeableConcept")
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: float | None = None
    valueRange: Range | None = None
    valueRatio: Ratio | None = None
    dataAbsentReason: CodeableConcept | None = None
    component: tuple[Component, ...] = ()

    @property
    def valueCodeableConcept(self) -> CodeableConcept | None:  # noqa: N802
        return None if self.answer is ABSENT else concepts[bytes(self.answer)]

    def settle(self) -> None:
        if self.answer is not ABSENT:
            concepts[bytes(self.answer)]
        for component in self.component:
            concepts[bytes(component.code_)]
            concepts[bytes(component.answer)]
        concepts[bytes(self.code_)]


class AnswerExtension(Lean):
    url: str | None = None
    valueDecimal: float | None = None


class AnswerCoding(Coding):
    extension: tuple[AnswerExtension, ...] = ()


class Answer(Lean):
    valueBoolean: bool | None = None
    valueDecimal: float | None = None
    valueInteger: float | None = None
    valueDate: str | None = None
    valueString: str | None = None
    valueCoding: AnswerCoding | None = None
    valueQuantity: Quantity | None = None
    item: tuple[ResponseItem, ...] = ()


class ResponseItem(Lean):
    linkId: str | None = None
    definition: str | None = None
    text: str | None = None
    answer: tuple[Answer, ...] = ()
    item: tuple[ResponseItem, ...] = ()


class QuestionnaireResponse(_OfSubject):
    status: str | None = None
    questionnaire: str | None = None
    authored: str | None = None
    partOf: tuple[Reference, ...] = ()
    item: tuple[ResponseItem, ...] = ()


class QuestionItem(Lean):
    linkId: str | None = None
    code: tuple[Coding, ...] = ()
    item: tuple[QuestionItem, ...] = ()


class Questionnaire(Resource):
    url: str | None = None
    code: tuple[Coding, ...] = ()
    item: tuple[QuestionItem, ...] = ()


class ImagingSeries(Lean):
    modality: Coding | None = None
    bodySite: Coding | None = None
    laterality: Coding | None = None


class ImagingStudy(_OfSubject):
    status: str | None = None
    started: str | None = None
    modality: tuple[Coding, ...] = ()
    procedureCode: tuple[CodeableConcept, ...] = ()
    description: str | None = None
    series: tuple[ImagingSeries, ...] = ()


class DiagnosticReport(_Coded):
    status: str | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    issued: str | None = None
    conclusion: str | None = None
    conclusionCode: tuple[CodeableConcept, ...] = ()
    codedDiagnosis: tuple[CodeableConcept, ...] = ()  # STU3
    presentedForm: tuple[Attachment, ...] = ()


class Medication(Resource):
    code: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()


class Ingredient(Lean):
    itemCodeableConcept: CodeableConcept | None = None


class SupplyRequest(Lean):
    validityPeriod: Period | None = None
    numberOfRepeatsAllowed: float | None = None
    quantity: Quantity | None = None
    expectedSupplyDuration: Quantity | None = None


class _OfMedication(_OfSubject):
    status: str | None = None
    drug: Waiting = msgspec.field(default=ABSENT, name="medicationCodeableConcept")
    medicationReference: Reference | None = None

    @property
    def medicationCodeableConcept(self) -> CodeableConcept | None:  # noqa: N802
        return concepts[bytes(self.drug)]

    def settle(self) -> None:
        concepts[bytes(self.drug)]


class MedicationRequest(_OfMedication):
    intent: str | None = None
    reportedBoolean: bool | None = None
    reportedReference: Reference | None = None
    reasonCode: tuple[CodeableConcept, ...] = ()
    reasonReference: tuple[Reference, ...] = ()
    doNotPerform: bool | None = None
    authoredOn: str | None = None
    dosageInstruction: tuple[Dosage, ...] = ()
    dispenseRequest: SupplyRequest | None = None
    priorPrescription: Reference | None = None


class MedicationOrder(MedicationRequest):
    """DSTU2's name of it."""

    patient: Reference | None = None
    dateWritten: str | None = None


class MedicationStatement(_OfMedication):
    patient: Reference | None = None  # DSTU2
    taken: str | None = None  # STU3
    wasNotTaken: bool | None = None  # DSTU2
    reasonCode: tuple[CodeableConcept, ...] = ()
    reasonReference: tuple[Reference, ...] = ()
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    dateAsserted: str | None = None
    dosage: tuple[Dosage, ...] = ()


class MedicationDispense(_OfMedication):
    whenPrepared: str | None = None
    whenHandedOver: str | None = None
    quantity: Quantity | None = None
    daysSupply: Quantity | None = None
    dosageInstruction: tuple[Dosage, ...] = ()
    authorizingPrescription: tuple[Reference, ...] = ()


class AdministeredDosage(Lean):
    text: str | None = None
    route: CodeableConcept | None = None
    dose: Quantity | None = None
    rateQuantity: Quantity | None = None
    rateRatio: Ratio | None = None


class MedicationAdministration(_OfMedication):
    reasonCode: tuple[CodeableConcept, ...] = ()
    reasonReference: tuple[Reference, ...] = ()
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    dosage: AdministeredDosage | None = None
    request: Reference | None = None


class ServiceRequest(_OfSubject):
    status: str | None = None
    intent: str | None = None
    doNotPerform: bool | None = None
    code: CodeableConcept | None = None
    orderDetail: tuple[CodeableConcept, ...] = ()
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None
    occurrenceTiming: Timing | None = None
    authoredOn: str | None = None
    bodySite: tuple[CodeableConcept, ...] = ()
    reasonCode: tuple[CodeableConcept, ...] = ()
    reasonReference: tuple[Reference, ...] = ()
    locationCode: tuple[CodeableConcept, ...] = ()
    locationReference: tuple[Reference, ...] = ()


class ProcedureRequest(ServiceRequest):
    """STU3's and DSTU2's name of it."""

    orderedOn: str | None = None
    scheduledDateTime: str | None = None
    scheduledPeriod: Period | None = None


class ActivityDetail(Lean):
    code: CodeableConcept | None = None
    status: str | None = None
    doNotPerform: bool | None = None
    reasonCode: tuple[CodeableConcept, ...] = ()
    reasonReference: tuple[Reference, ...] = ()
    scheduledPeriod: Period | None = None
    scheduledTiming: Timing | None = None
    productCodeableConcept: CodeableConcept | None = None
    description: str | None = None


class Activity(Lean):
    detail: ActivityDetail | None = None
    reference: Reference | None = None


class CarePlan(_OfSubject):
    status: str | None = None
    intent: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    addresses: tuple[Reference, ...] = ()
    period: Period | None = None
    created: str | None = None
    activity: tuple[Activity, ...] = ()


class Participant(Lean):
    actor: Reference | None = None


class Appointment(Resource):
    status: str | None = None
    serviceType: tuple[CodeableConcept, ...] = ()
    reasonCode: tuple[CodeableConcept, ...] = ()
    reasonReference: tuple[Reference, ...] = ()
    basedOn: tuple[Reference, ...] = ()
    description: str | None = None
    start: str | None = None
    requestedPeriod: tuple[Period, ...] = ()
    participant: tuple[Participant, ...] = ()


class Reaction(Lean):
    substance: CodeableConcept | None = None
    manifestation: tuple[CodeableConcept, ...] = ()
    severity: str | None = None


class AllergyIntolerance(_OfPatient):
    clinicalStatus: CodeableConcept | None = None
    verificationStatus: CodeableConcept | None = None
    code: CodeableConcept | None = None
    substance: CodeableConcept | None = None  # DSTU2
    status: str | None = None  # DSTU2
    onsetDateTime: str | None = None
    recordedDate: str | None = None
    assertedDate: str | None = None  # STU3
    reaction: tuple[Reaction, ...] = ()


class DeviceName(Lean):
    name: str | None = None


class Device(_OfPatient):
    status: str | None = None
    type: CodeableConcept | None = None
    deviceName: tuple[DeviceName, ...] = ()


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
    event: tuple[CodeableConcept, ...] = ()


class DocumentReference(_OfSubject):
    status: str | None = None
    docStatus: str | None = None
    type: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    date: str | None = None
    description: str | None = None
    content: tuple[DocumentContent, ...] = ()
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
    payor: tuple[Payor, ...] = ()
    class_: tuple[CoverageClass, ...] = msgspec.field(default=(), name="class")
    order: float | None = None


class Organization(Resource):
    name: str | None = None
    alias: tuple[str, ...] = ()
    identifier: tuple[Identifier, ...] = ()


class Qualification(Lean):
    code: CodeableConcept | None = None


class Practitioner(Resource):
    active: bool | None = None
    qualification: tuple[Qualification, ...] = ()


class PractitionerRole(Resource):
    active: bool | None = None
    code: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()


class ClaimItem(Lean):
    service: Waiting = msgspec.field(default=ABSENT, name="productOrService")
    modifier: tuple[CodeableConcept, ...] = ()
    servicedDate: str | None = None
    servicedPeriod: Period | None = None
    bodySite: CodeableConcept | None = None

    @property
    def productOrService(self) -> CodeableConcept | None:  # noqa: N802
        return concepts[bytes(self.service)]


class Claim(_OfPatient):
    status: str | None = None
    use: str | None = None
    billablePeriod: Period | None = None
    created: str | None = None
    item: tuple[ClaimItem, ...] = ()

    def settle(self) -> None:
        for item in self.item:
            concepts[bytes(item.service)]


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
        MedicationOrder,
        MedicationStatement,
        MedicationDispense,
        MedicationAdministration,
        ServiceRequest,
        ProcedureRequest,
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
