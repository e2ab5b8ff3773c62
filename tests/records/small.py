"""A small vocabulary and short ways to write records, for the tests of reading."""

from __future__ import annotations

import datetime
import json
from functools import cache
from typing import Any

from painpath.knowledge.loading import Knowledge, convert_file
from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.reading import Record, read_bytes

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
OLD_HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
OWN = "urn:painpath:observation"
NUCC = "http://nucc.org/provider-taxonomy"

KNOWLEDGE = """
regions:
  - {id: cervical, name: neck, words: ["cervical", "neck"], snomed: [122494005]}
  - {id: thoracic, name: upper back, words: ["thoracic"]}
  - {id: lumbar-sacral, name: low back, parts: [lumbar, sacral]}
  - {id: lumbar, name: lumbar, counts_as: lumbar-sacral, words: ["lumbar", "low back"]}
  - {id: sacral, name: sacrum, counts_as: lumbar-sacral, words: ["sacral"]}
  - {id: cervical-thoracic, name: neck or chest, parts: [cervical, thoracic]}
  - {id: thoracolumbar, name: mid back, parts: [thoracic, lumbar]}
  - id: knee
    name: knee
    words: ["knees?"]
    snomed: [72696002, {codes: [6757004], side: right}, {codes: [82169009], side: left}]
concepts:
  - id: root-pain-somewhere
    name: Root pain
    category: condition
    icd10cm: [M54.10, {codes: [G56.82], side: left}]
    may_be: [cervical-radiculopathy]
  - id: lumbar-radiculopathy
    name: Lumbar radiculopathy
    category: condition
    icd10cm: [{codes: [M54.16], region: lumbar}]
    snomed: [{codes: [128196005], region: lumbar}]
    words: ["lumbar radiculopathy", "radiculopathy,? lumbar"]
  - id: cervical-radiculopathy
    name: Cervical radiculopathy
    category: condition
    region: cervical
    icd10cm: [M54.12]
    words: ["cervical radiculopathy"]
  - id: knee-osteoarthritis
    name: Knee osteoarthritis
    category: condition
    region: knee
    icd10cm:
      - {codes: [M17.11], side: right}
      - {codes: [M17.12], side: left}
      - {codes: [M17.0], side: both}
      - M17.9
    snomed: [239873007]
    words: ["osteoarthritis of (?:the )?(?:right |left )?knee", "knee osteoarthritis"]
  - {id: sciatica, name: Sciatica, category: condition, icd10cm: ["M54.3*"]}
  - {id: low-back-pain, name: LBP, category: condition, region: lumbar, icd10cm: ["M54.5*"],
     words: ["low back pain"]}
  - {id: diabetes, name: Diabetes, category: condition, icd10cm: ["E11*"], snomed: [44054006],
     words: ["diabetes"]}
  - {id: discitis, name: Discitis, category: condition, words: ["discitis"]}
  - {id: lumbar-stenosis, name: Stenosis, category: condition, region: lumbar,
     words: ["lumbar (?:spinal )?stenosis"], snomed: [18347007]}
  - id: knee-arthroplasty
    name: Knee replacement
    category: procedure
    region: knee
    icd10cm: [{codes: [Z96.651], side: right}, {codes: [Z96.652], side: left}]
    cpt: [27447]
    words: ["knee (?:replacement|arthroplasty)", "tka"]
  - id: esi-transforaminal
    name: Transforaminal injection
    category: procedure
    cpt: [{codes: [64483, 64484], region: lumbar-sacral}]
    words: ["transforaminal (?:epidural )?(?:steroid )?injection"]
  - {id: esi-interlaminar, name: Interlaminar, category: procedure,
     cpt: [{codes: [62321], region: cervical-thoracic}, {codes: [62323], region: lumbar-sacral}]}
  - {id: facet-injection, name: Facet injection, category: procedure, cpt: [64493]}
  - {id: facet-mbb-diagnostic, name: Diagnostic block, category: procedure,
     cpt: [{codes: [64493], modifier: KX}], words: ["medial branch blocks?"],
     not_words: ["therapeutic"]}
  - {id: genicular-nerve-block, name: Genicular block, category: procedure, cpt: [64454],
     words: ["genicular nerve block"]}
  - {id: hyaluronate, name: HA, category: procedure, region: knee, hcpcs: [J7321]}
  - {id: physical-therapy, name: PT, category: care, cpt: [97110], snomed: [91251008],
     words: ["physical therapy"]}
  - {id: home-exercise, name: Home exercise, category: care, snomed: [229070002],
     words: ["home exercises?"]}
  - {id: duloxetine, name: Duloxetine, category: drug, rxnorm: [72625],
     words: ["duloxetine", "cymbalta"]}
  - {id: apixaban, name: Apixaban, category: drug, rxnorm: [1364430],
     words: ["apixaban", "eliquis"]}
  - {id: opioid, name: Opioid, category: drug, words: ["oxycodone", "hydrocodone"]}
  - {id: acetaminophen, name: Acetaminophen, category: drug, rxnorm: [161],
     words: ["acetaminophen"]}
  - id: pain-score
    name: Pain
    category: observation
    unit: "{score}"
    loinc: [72514-3, 38208-5, 38221-8, 38214-3]
    scale_from: {"38214-3": 0.1, "38221-8": 0.1}
  - {id: peg, name: PEG, category: observation, unit: "{score}", loinc: [91147-9]}
  - {id: phq-9, name: PHQ-9, category: observation, unit: "{score}", loinc: [44261-6]}
  - {id: hba1c, name: HbA1c, category: laboratory, unit: "%", loinc: [4548-4, 59261-8],
     conversions: [{unit: mmol/mol, times: 0.09148, plus: 2.152, cite: test}]}
  - {id: inr, name: INR, category: laboratory, unit: "1", loinc: [6301-6, 34714-6]}
  - {id: platelets, name: Platelets, category: laboratory, unit: 10*9/L, loinc: [777-3]}
  - {id: creatinine, name: Creatinine, category: laboratory, unit: mg/dL, loinc: [2160-0],
     conversions: [{unit: umol/L, times: 0.011312, cite: test}]}
  - {id: glucose, name: Glucose, category: laboratory, unit: mg/dL, loinc: [2345-7],
     conversions: [{unit: mmol/L, times: 18.016, cite: test}]}
  - {id: urea, name: Urea, category: laboratory, unit: mg/dL, loinc: [3094-0]}
  - {id: crp, name: CRP, category: laboratory, unit: mg/L, loinc: [1988-5]}
  - {id: egfr, name: eGFR, category: laboratory, unit: mL/min, loinc: [62238-1, 33914-3]}
  - {id: psych-clearance, name: Psychological evaluation, category: document, cpt: [90791],
     words: ["psychological evaluation"]}
  - {id: three-positive-si-tests, name: SI tests, category: finding,
     words: ["three positive si tests"]}
  - id: spine-mri-ct
    name: Spine MRI
    category: imaging
    cpt: [{codes: [72148], region: lumbar}]
    loinc: [24968-4]
    words: ["mri (?:of (?:the )?)?(?:lumbar|cervical) spine"]
  - {id: knee-radiograph, name: Knee films, category: imaging, region: knee, cpt: [73560],
     words: ["x-ray (?:of )?(?:right |left )?knee"]}
  - {id: contrast-allergy, name: Contrast allergy, category: allergy, snomed: [293637006],
     words: ["contrast", "iodinated contrast"]}
  - {id: cardiac-implant, name: Pacemaker, category: device, snomed: [14106009],
     words: ["pacemaker"]}
  - {id: pain-specialist, name: Pain specialist, category: specialist,
     nucc: [208VP0014X, 208VP0000X, 207LP2900X, 2081P2900X, 2084P2900X]}
options:
  - {id: esi-transforaminal, name: TFESI, family: epidural, rung: initial,
     done: esi-transforaminal, fits: [], cite: x}
  - {id: genicular-nerve-block, name: block, family: genicular, rung: diagnostic,
     done: genicular-nerve-block, fits: [], cite: x}
"""


@cache
def vocabulary() -> Vocabulary:
    """The small vocabulary."""
    file, _ = convert_file(KNOWLEDGE, "small.yaml")
    return Vocabulary(
        Knowledge(
            regions=tuple(file.regions),
            concepts=tuple(file.concepts),
            options=tuple(file.options),
        )
    )


PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "birthDate": "1958-03-02",
    "gender": "female",
    "address": [{"state": "AZ"}],
}


def bundle(*resources: dict[str, Any], patient: dict[str, Any] | None = PATIENT) -> dict[str, Any]:
    """A collection Bundle; resources get a subject and an id if they lack one."""
    entries: list[dict[str, Any]] = [{"resource": patient}] if patient else []
    for number, resource in enumerate(resources, 1):
        entries.append({"resource": {"id": str(number), **resource}})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def read(*resources: dict[str, Any], **options: Any) -> Record:
    """The record of patient p1 with these resources."""
    return read_bytes(json.dumps(bundle(*resources)).encode(), vocabulary(), **options)


def facts(*resources: dict[str, Any]) -> list[dict[str, Any]]:
    """Facts as rows."""
    return read(*resources).facts.to_pylist()


def only(*resources: dict[str, Any]) -> dict[str, Any]:
    """The one fact of these resources."""
    rows = facts(*resources)
    assert len(rows) == 1, rows
    return rows[0]


def coded(system: str, code: str, display: str | None = None) -> dict[str, Any]:
    """A CodeableConcept with one coding."""
    coding = {"system": system, "code": code}
    if display:
        coding["display"] = display
    return {"coding": [coding]}


def condition(code: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """A Condition."""
    return {"resourceType": "Condition", "code": code, **rest}


def procedure(code: dict[str, Any], on: str | None = "2026-01-10", **rest: Any) -> dict[str, Any]:
    """A completed Procedure."""
    day = {"performedDateTime": on} if on else {}
    return {"resourceType": "Procedure", "status": "completed", "code": code, **day, **rest}


def observation(code: dict[str, Any], on: str = "2026-02-01", **rest: Any) -> dict[str, Any]:
    """A final Observation."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "effectiveDateTime": on,
        **rest,
    }


def day(text: str) -> datetime.date:
    """A date from ISO text."""
    return datetime.date.fromisoformat(text)


def region(name: str) -> int:
    """Mask of a region of the small vocabulary."""
    return vocabulary().region_bits[name]
