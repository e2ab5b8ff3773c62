"""Prior authorisation on a proposed ServiceRequest, as an extension of our own.

The answer uses the codes of Da Vinci's coverage information (`no-auth`, `auth-needed`,
`conditional`), but not its extension: that is a payer's assertion, this is what the lists on file
say.
"""

from __future__ import annotations

from painpath.planning.asking import PlaceAnswer, PriorAuthorisation
from painpath.planning.payer import CLINICAL
from painpath.report.fhir_maker import Resource

URL = "urn:painpath:prior-authorisation"
_OPEN = "conditional"


def authorisation(answer: PriorAuthorisation | None) -> list[Resource]:
    """The extension, or nothing where no payer is on record."""
    if answer is None or answer.payer == CLINICAL:
        return []
    parts = [
        _part("pa-needed", "Code", _needed(answer.required)),
        _part("reason", "String", answer.why),
    ]
    for name, text in (
        ("payer", answer.payer),
        ("state", answer.state),
        ("place-of-service", answer.place),
        ("effect", answer.effect),
        ("programme", answer.programme),
        ("send-to", answer.where),
        ("decision", answer.decision),
        ("condition", answer.condition),
        ("info-needed", answer.ask),
        ("source-grade", answer.review),
    ):
        if text:
            parts.append(_part(name, "String", text))
    for name, day in (("since", answer.since), ("until", answer.until)):
        if day is not None:
            parts.append(_part(name, "Date", day.isoformat()))
    if answer.valid_days is not None:
        parts.append(_part("valid-days", "PositiveInt", answer.valid_days))
    parts += [_part("together", "Code", code) for code in answer.together]
    parts += [_part("document", "String", each) for each in answer.documents]
    parts += [_part("source", "String", each) for each in answer.cite]
    parts += [
        {
            "url": "item",
            "extension": [_part("text", "String", i.text), _part("state", "Code", i.state)],
        }
        for i in answer.items
    ]
    parts += [_place(each) for each in answer.by_place]
    return [{"url": URL, "extension": parts}]


def _place(answer: PlaceAnswer) -> Resource:
    parts = [
        _part("place", "String", answer.name),
        _part("pa-needed", "Code", _needed(answer.required)),
    ]
    if answer.since is not None:
        parts.append(_part("since", "Date", answer.since.isoformat()))
    return {"url": "by-place", "extension": parts}


def _needed(required: bool | None) -> str:
    if required is None:
        return _OPEN
    return "auth-needed" if required else "no-auth"


def _part(url: str, kind: str, value: str | int) -> Resource:
    return {"url": url, f"value{kind}": value}
