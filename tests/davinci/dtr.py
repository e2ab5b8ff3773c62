"""What the Da Vinci DTR test kit asks of a filled-in form, in Python: one sentence a fault.

Written after `dtr_questionnaire_response_validation` of inferno-framework/davinci-dtr-test-kit
and the invariants of DTR 2.0.1 (dtrx-1) and of SDC's QuestionnaireResponse (sdcqr-2, qrs-1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

ORIGIN = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/information-origin"
SOURCES = {"auto", "manual", "override"}


def faults(response: Any, form: Json | None = None) -> list[str]:
    """Of a QuestionnaireResponse.

    Args:
        response: the form filled in.
        form: the Questionnaire; default: whether everything required is answered is not looked at.
    """
    if not isinstance(response, dict) or response.get("resourceType") != "QuestionnaireResponse":
        return ["there is no QuestionnaireResponse"]
    found = [fault for item in items(response) for fault in _answered(item)]
    if response.get("status") not in ("in-progress", "completed", "amended", "entered-in-error"):
        found.append("status is not allowed")
    if form is not None:
        known = {item["linkId"]: item for item in items(form)}
        answered = {item["linkId"] for item in items(response) if _said(item)}
        found += [f"{link} is not in the form" for link in sorted(_links(response) - set(known))]
        found += [
            f"{link} is not answered"
            for link, item in known.items()
            if item.get("required") and link not in answered
        ]
    return found


def items(part: Json) -> Iterator[Json]:
    """Items at every depth, also below answers."""
    for item in part.get("item", ()):
        yield item
        yield from items(item)
        for answer in item.get("answer", ()):
            yield from items(answer)


def _links(response: Json) -> set[str]:
    return {item["linkId"] for item in items(response)}


def _said(item: Json) -> bool:
    return any(
        name.startswith("value") and value is not None
        for answer in item.get("answer", ())
        for name, value in answer.items()
    )


def _answered(item: Json) -> Iterator[str]:
    """The kit asks where the first answer to a question comes from."""
    link = item.get("linkId")
    if item.get("answer") and item.get("item"):
        yield f"{link}: items stand beside the answer instead of below it"
    if "answer" in item and not _said(item):
        yield f"{link}: an answer without a value"
    for answer in item.get("answer", ())[:1]:
        source = _origin(answer).get("source", {}).get("valueCode")
        if source is None:
            yield f"{link}: the answer does not say where it comes from"
        elif source not in SOURCES:
            yield f"{link}: the source of the answer is {source}"


def _origin(answer: Json) -> dict[str, Json]:
    """Parts of the origin of an answer, by their names."""
    origins = [each for each in answer.get("extension", ()) if each.get("url") == ORIGIN]
    return {part["url"]: part for origin in origins for part in origin.get("extension", ())}


def origins(response: Json) -> list[str]:
    """dtrx-1 of every answer: what the chart gave has no author, what a person gave has one.

    The kit's own conformant example does not keep it, so it is apart.
    """
    return [
        f"{item['linkId']}: dtrx-1"
        for item in items(response)
        for answer in item.get("answer", ())
        if (_origin(answer).get("source", {}).get("valueCode") == "auto")
        == ("author" in _origin(answer))
    ]
