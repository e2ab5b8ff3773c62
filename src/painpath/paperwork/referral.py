"""The referral as FHIR: the plan's proposed ServiceRequest, with what the letter says."""

from __future__ import annotations

from painpath.paperwork.letter import Letter
from painpath.planning.plan import Plan
from painpath.report import fhir
from painpath.report.fhir_maker import Resource


def bundle(plan: Plan, made: Letter) -> Resource | None:
    """A Bundle of the patient and the referral; none where nothing is open to refer for."""
    found = fhir.referral_bundle(plan)
    if found is None:
        return None
    referral = found["entry"][-1]["resource"]
    told = [f"{made.about}. {' '.join(made.request)}"]
    told += [f"{part.title}: {line}" for part in made.parts for line in part.lines]
    referral["note"] += [{"text": text} for text in told]
    return found
