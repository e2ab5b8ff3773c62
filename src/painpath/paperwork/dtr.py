"""The criteria as a FHIR form: Questionnaire, and QuestionnaireResponse filled in from the chart.

In the style of Da Vinci Documentation Templates and Rules 2.0.1. The form is PainPath's reading of
the policy, not the payer's own: its status is `draft`, and it says so.
"""

from __future__ import annotations

import html

from painpath.knowledge.loading import Knowledge
from painpath.paperwork.checklist import Checklist, Line
from painpath.planning.plan import CriterionResult, OptionResult
from painpath.report.fhir_maker import Resource

_DTR = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition"
_CRD = "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp"
_SUPPORT = "http://hl7.org/fhir/StructureDefinition/questionnaire-supportLink"
_ABOUT = (
    "Criteria as PainPath reads them; not the payer's own form. A clinician checks every answer"
    " before it is sent."
)


def canonical(made: Checklist) -> str:
    """The form's name: the same for every patient with this problem, option and policy."""
    return f"urn:painpath:questionnaire:criteria:{made.policy}:{made.option}:{made.problem_id}"


def questionnaire(made: Checklist, option: OptionResult, knowledge: Knowledge) -> Resource:
    """The form: one item a criterion, named by the criterion's id."""
    links = {source.id: source.url for source in knowledge.sources if source.url}
    title = f"{made.option_name}: {made.policy_name}"
    return {
        "resourceType": "Questionnaire",
        "id": "criteria",
        "meta": {"profile": [f"{_DTR}/dtr-std-questionnaire"]},
        "text": _narrative(f"{title}. {_ABOUT}"),
        "url": canonical(made),
        "version": made.version,
        "title": title,
        "status": "draft",
        "subjectType": ["Patient"],
        "publisher": "PainPath",
        "description": _ABOUT,
        "item": [_question(criterion, links) for criterion in option.criteria],
    }


def _question(criterion: CriterionResult, links: dict[str, str]) -> Resource:
    urls = [links[name] for name in (c.split("#")[0] for c in criterion.cite) if name in links]
    item: Resource = {
        "linkId": criterion.id,
        "text": criterion.text,
        "type": "boolean",
        "required": False,
        "item": [
            {
                "linkId": f"{criterion.id}.evidence",
                "text": "What the chart says",
                "type": "text",
                "repeats": True,
            }
        ],
    }
    if urls:
        item["extension"] = [{"url": _SUPPORT, "valueUri": url} for url in dict.fromkeys(urls)]
    return item


def response(
    made: Checklist,
    option: OptionResult,
    subject: Resource,
    context: list[Resource],
    day: str,
) -> Resource:
    """The form filled in: what is met is true, what is not is false, what is unknown is open.

    Args:
        made: the checklist of the option.
        option: the option, for the order of its criteria.
        subject: reference to the patient.
        context: references to the Coverage and the order that the answers belong to.
        day: ISO date of the answers.
    """
    lines = {line.id: line for line in (*made.missing, *made.unmet, *made.met, *made.also)}
    extensions: list[Resource] = [
        {"url": f"{_DTR}/qr-context", "valueReference": reference} for reference in context
    ]
    use = {"system": _CRD, "code": "withpa", "display": "Include with prior authorization"}
    extensions.append({"url": f"{_DTR}/intendedUse", "valueCodeableConcept": {"coding": [use]}})
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "criteria-answers",
        "meta": {"profile": [f"{_DTR}/dtr-questionnaireresponse"]},
        "extension": extensions,
        "questionnaire": f"{canonical(made)}|{made.version}",
        "status": "completed" if made.complete else "in-progress",
        "subject": subject,
        "authored": day,
        "author": {"type": "Device", "display": f"PainPath {made.version}"},
        "item": [_answered(criterion, lines.get(criterion.id)) for criterion in option.criteria],
    }


def _answered(criterion: CriterionResult, line: Line | None) -> Resource:
    item: Resource = {"linkId": criterion.id, "text": criterion.text}
    if line is None or criterion.verdict not in ("met", "not-met"):
        return item
    answer: Resource = {"extension": [_auto()], "valueBoolean": criterion.verdict == "met"}
    if line.quotes:
        answer["item"] = [
            {
                "linkId": f"{criterion.id}.evidence",
                "text": "What the chart says",
                "answer": [
                    {"extension": [_auto()], "valueString": quote.line()} for quote in line.quotes
                ],
            }
        ]
    item["answer"] = [answer]
    return item


def _auto() -> Resource:
    """The answer came out of the chart; nobody has changed it."""
    return {
        "url": f"{_DTR}/information-origin",
        "extension": [{"url": "source", "valueCode": "auto"}],
    }


def _narrative(text: str) -> Resource:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{html.escape(text)}</p></div>'
    return {"status": "generated", "div": div}
