"""Every R4 resource type: those that are read, and those that are only known by name."""

from __future__ import annotations

import re
from typing import Any, Union

import msgspec

from painpath.records.resources import TYPES

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
