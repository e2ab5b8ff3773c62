"""A planner over a small knowledge, and records in a few words, shared by the planning tests."""

from __future__ import annotations

import datetime
import json
from functools import cache
from itertools import count
from typing import Any

from painpath.knowledge.store import compile_knowledge
from painpath.planning.plan import Plan
from painpath.planning.planner import Planner
from painpath.records.reading import read_bytes
from tests.engine.small import read

OWN = "urn:painpath:observation"

KNOWLEDGE = """
regions:
  - {id: knee, name: Knee}
  - {id: cervical, name: Neck}
  - {id: lumbar, name: Low back}
sources: [{id: test, title: Test, date: "2026"}]
concepts:
  - {id: knee-ache, name: Knee ache, category: condition, region: knee}
  - {id: neck-ache, name: Neck ache, category: condition, region: cervical}
  - {id: back-ache, name: Back ache, category: condition, region: lumbar}
  - {id: cord-sign, name: Cord sign, category: condition}
  - {id: fever, name: Fever, category: finding}
  - {id: exercise, name: Exercise, category: care}
  - {id: mood, name: Mood score, category: observation}
  - {id: pain-score, name: Pain score, category: observation}
  - {id: test-block, name: Test block, category: procedure, words: [test block]}
  - {id: knee-needle, name: Knee needle, category: procedure, region: knee}
  - {id: joint-surgery, name: Joint surgery, category: procedure, region: knee}
problems:
  - {id: knee-ache, name: Knee ache, patient_name: knee ache, region: knee, sided: true,
     pain_type: nociceptive, recognise: [{all: [knee-ache]}]}
  - {id: neck-ache, name: Neck ache, patient_name: neck ache, region: cervical,
     pain_type: nociceptive, recognise: [{all: [neck-ache]}]}
  - {id: back-ache, name: Back ache, patient_name: back ache, region: lumbar,
     pain_type: nociceptive, recognise: [{all: [back-ache]}]}
options:
  - {id: block, name: Block, family: spine, rung: diagnostic, done: test-block,
     fits: [{problem: neck-ache}, {problem: back-ache}],
     not_for: [{problems: [knee-ache], why: The knee is not reached from the spine., cite: test}]}
  - {id: knee-injection, name: Knee injection, family: knee, rung: initial, done: knee-needle,
     fits: [{problem: knee-ache}]}
payers:
  - {id: alpha, name: Alpha, words: [alpha]}
  - {id: beta, name: Beta, words: [beta]}
policies:
  - id: plain
    name: Plain
    issuer: test
    payer: clinical
    axis: clinical
    cite: test
    rules:
      - {options: [block, knee-injection], position: criteria, statement: Plain.,
         criteria: [{id: four-weeks, text: Four weeks of pain, kind: lasted, at_least: 4 weeks}]}
  - id: alpha-policy
    name: Alpha
    issuer: test
    payer: alpha
    axis: coverage
    cite: test
    rules:
      - {options: [block, knee-injection], position: criteria, statement: Alpha.,
         criteria: [{id: alpha-weeks, text: Four weeks of pain, kind: lasted, at_least: 4 weeks}]}
  - id: beta-policy
    name: Beta
    issuer: test
    payer: beta
    axis: coverage
    cite: test
    rules:
      - {options: [block, knee-injection], position: criteria, statement: Beta.,
         criteria: [{id: beta-years, text: Nine years of pain, kind: lasted, at_least: 9 years}]}
red_flags:
  - id: cord
    text: A cord sign is on record.
    act: Ask a surgeon before any needle at the spine.
    urgency: within days
    when:
      - {id: spine, text: Spine pain, kind: problem, of: [neck-ache, back-ache]}
      - {id: cord-sign-active, text: Cord sign, kind: present, of: cord-sign, absent: not-met}
    cite: test
  - id: fever
    text: Fever is on record.
    act: No needle anywhere.
    urgency: same day
    when: [{id: fever-noted, text: Fever, kind: present, of: fever, absent: not-met}]
    cite: test
care:
  - {id: exercise, text: Exercise, area: physical, stance: for, done_by: exercise, cite: test}
  - {id: mood, text: Mood, area: psychological, stance: for, done_by: mood, cite: test}
"""

_numbers = count(1)


@cache
def planner(text: str = KNOWLEDGE) -> Planner:
    """One planner for all tests of a knowledge."""
    ready = compile_knowledge(read(text))
    return Planner(ready.knowledge, ready.vocabulary, ready.rules)


def resource(kind: str, what: str | None = None, **more: Any) -> dict[str, Any]:
    """A resource about the patient, coded by a concept's own id."""
    made: dict[str, Any] = {"resourceType": kind, "id": f"{kind.lower()}-{next(_numbers)}"}
    made["subject"] = {"reference": "Patient/p"}
    if what is not None:
        made["code"] = {"coding": [{"system": OWN, "code": what}]}
    return made | more


def ache(what: str, since: str = "2024-01-05", **more: Any) -> dict[str, Any]:
    """An active condition."""
    active = {"coding": [{"code": "active"}]}
    return resource("Condition", what, onsetDateTime=since, clinicalStatus=active, **more)


def done(what: str, at: str, **more: Any) -> dict[str, Any]:
    """A procedure that was performed."""
    return resource("Procedure", what, status="completed", performedDateTime=at, **more)


def said(what: str, at: str, **more: Any) -> dict[str, Any]:
    """An observation."""
    return resource("Observation", what, status="final", effectiveDateTime=at, **more)


def order(what: str, on: str, **more: Any) -> dict[str, Any]:
    """A procedure that is ordered."""
    return resource(
        "ServiceRequest", what, status="active", intent="order", occurrenceDateTime=on, **more
    )


def cover(payer: str, start: str, end: str) -> dict[str, Any]:
    """A Coverage."""
    return {
        "resourceType": "Coverage",
        "id": f"coverage-{next(_numbers)}",
        "status": "active",
        "beneficiary": {"reference": "Patient/p"},
        "payor": [{"display": payer}],
        "period": {"start": start, "end": end},
    }


def plan(*resources: dict[str, Any], on: str = "2026-11-01", **terms: Any) -> Plan:
    """The plan for a patient with these resources.

    `born`, `person` (more of the Patient), `knowledge` and the terms of a plan may be given.
    """
    known = planner(terms.pop("knowledge", KNOWLEDGE))
    patient = {"resourceType": "Patient", "id": "p", "birthDate": terms.pop("born", "1958-03-02")}
    patient |= terms.pop("person", {})
    bundle = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": each} for each in (patient, *resources)]
    record = read_bytes(json.dumps(bundle).encode(), known.vocabulary)
    return known.plan(record, as_of=datetime.date.fromisoformat(on), **terms)
