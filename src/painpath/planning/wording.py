"""Sentences about what was looked for and what was found. No medicine: words only."""

from __future__ import annotations

from collections.abc import Sequence

from painpath.knowledge import schema
from painpath.knowledge.quantities import parse_duration
from painpath.knowledge.rules import as_tuple

_FOUND: dict[str, str] = {
    "possible": "found, but its side, region or exact date is not recorded",
    "no-date": "the date is not recorded",
    "partial-date": "the date is recorded only in part, and the day decides",
    "no-relief": "no relief is recorded after it",
    "not-followed": "relief was good when last recorded, and has not been recorded since",
    "not-yet": "relief holds so far; the time is not over yet",
    "fewer": "fewer positive results in a row than asked for",
    "levels": "the positive results were at different levels; each tests its own joint",
    "too-close": "the results lie too close together",
    "no-duration": "it is on record, but not for how long",
    "too-short": "it is on record, but not for long enough",
    "no-value": "an amount is missing",
    "negative": "the latest record says no",
}


def reason_words(reason: str | None) -> str:
    """Why something is unknown, without the words of one criterion."""
    return _FOUND.get(reason or "") or {
        "outside": "what the record holds lies outside the time or place asked for",
        "none": "nothing in the record",
        None: "nothing in the record",
    }.get(reason, reason or "")


def concept_words(leaf: schema.Leaf, names: dict[str, str], most: int = 3) -> str:
    """What a criterion looks for: `HbA1c`, or `physical therapy, home exercise or 4 others`."""
    of: schema.OneOrMany = getattr(leaf, "of", [])
    listed = [names.get(concept, concept) for concept in as_tuple(of)]
    if len(listed) <= most:
        return " or ".join(filter(None, [", ".join(listed[:-1]), listed[-1]])) if listed else ""
    return f"{', '.join(listed[:most])} or {len(listed) - most} others"


def looked_for(leaf: schema.Leaf, names: dict[str, str], place: str) -> str:
    """`Looked for an HbA1c of the last 3 months`."""
    words = concept_words(leaf, names)
    if not words:
        return ""
    parts = [words]
    if getattr(leaf, "same", None) and place:
        parts.append(f"at the {place}")
    within = getattr(leaf, "within", None)
    if within:
        parts.append(f"of the last {parse_duration(within)}")
    since = getattr(leaf, "since", None)
    if since == "onset":
        parts.append("since the pain began")
    elif since:
        parts.append(f"since the {names.get(since, since)}")
    return "Looked for " + " ".join(parts)


def why_not_known(
    leaf: schema.Leaf, reason: str | None, found: bool, names: dict[str, str], place: str
) -> str:
    """Why a criterion is unknown or not met, in one sentence."""
    sought = looked_for(leaf, names, place)
    if isinstance(leaf, schema.Lasted):
        return (
            "The record does not say when this pain began."
            if reason == "no-date"
            else ("The date the pain began is recorded only in part, and the day decides.")
        )
    if isinstance(leaf, schema.Age):
        if reason == "no-date":
            return "The birth date is not recorded."
        return "The birth date is recorded only in part, and the day decides."
    if isinstance(leaf, schema.Sex):
        return "The sex is not recorded as female or male."
    if not found and reason in (None, "outside", "none"):
        return f"{sought}: nothing found in the record."
    if reason == "outside":
        return f"{sought}: what the record holds lies outside that time or place, or has no value."
    detail = _FOUND.get(reason or "")
    return f"{sought}: {detail}." if detail else f"{sought}."


def why_without_facts(leaf: schema.Leaf, names: dict[str, str], place: str) -> str:
    """What was looked at where a criterion is met or not met and no fact stands behind it."""
    if isinstance(leaf, schema.Age):
        return "Counted from the birth date on record."
    if isinstance(leaf, schema.Sex):
        return "By the sex on record."
    sought = looked_for(leaf, names, place)
    return f"{sought}: nothing that counts found in the record." if sought else ""


def place_words(side: str | None, region: str | None) -> str:
    """`right knee`, `lumbar spine`."""
    spine = {"cervical", "thoracic", "lumbar", "sacral"}
    if region is None:
        return f"{side} side" if side else ""
    where = f"{region} spine" if region in spine else region.replace("-", " ")
    return f"{side} {where}" if side else where


def listing(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
