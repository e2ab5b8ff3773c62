"""What a proceduralist wants to know before a needle: red flags, drugs, allergies, devices."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Iterator
from typing import Any

from painpath.paperwork.parties import listed
from painpath.planning.facts import FactBook, known_by, partial_date, printable
from painpath.planning.plan import OptionResult, Plan, SafetyItem
from painpath.records.originals import Originals, Resource
from painpath.records.record import Record
from painpath.report.phrases import comes_first, open_question
from painpath.report.words import day_words

_NOT_SO = ("entered-in-error", "refuted", "inactive", "resolved")
_LISTS = ("MedicationRequest", "MedicationStatement")
_ROOM = 230
_LONGEST = 60
_DATES = ("onsetDateTime", "recordedDate")


def red_flags(plan: Plan) -> list[str]:
    """Each red flag with what it asks for."""
    return [f"{flag.text} {flag.act.rstrip('.')} ({flag.urgency})." for flag in plan.red_flags]


def cautions(option: OptionResult | None, plan: Plan, *, listed: bool) -> list[str]:
    """What stops, what to hold, what to weigh; and that nothing is to be held, where that is so.

    Of a list without medicines (not `listed`) that is not said: it may not have been kept.
    """
    items = option.safety if option is not None else plan.safety
    known = [item for item in items if item.level != "info" and open_question(item) is None]
    told = [item.text for item in sorted(known, key=lambda item: not comes_first(item))]
    if listed and option is not None and not any(comes_first(item) for item in known):
        told.insert(0, "No medicine on the list is known to need holding for this option.")
    return told


def medicines(plan: Plan, record: Record) -> list[str]:
    """What is taken on the day, by the list."""
    day = plan.as_of
    return [
        printable(each.text)
        for each in record.prescriptions
        if each.kind in _LISTS
        and (each.start is None or each.start <= day)
        and (each.open or (each.end is not None and each.end >= day))
    ]


def questions(option: OptionResult | None, plan: Plan) -> list[tuple[str, str]]:
    """Safety questions that the record leaves open, and what would settle each."""
    items: list[SafetyItem] = option.safety if option is not None else plan.safety
    return [
        (
            open_question(item) or item.text.split(":" if item.drug else " (")[0],
            "; ".join(_small(ask) for ask in item.ask),
        )
        for item in items
        if item.ask and item.level != "info"
    ]


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def allergies(plan: Plan, record: Record, originals: Originals) -> list[str]:
    """`contrast medium (2019)`, in the record's own words where it was given."""
    return list(_stated(originals, plan)) or _facts(record, plan, "allergy")


def devices(plan: Plan, record: Record) -> list[str]:
    """`pacemaker (3 May 2021)`."""
    return _facts(record, plan, "device")


def listing(label: str, told: list[str]) -> str:
    """`Allergies: latex`; names as far as there is room, how many more there are, or that none is.

    None on record is not none: someone has to ask.
    """
    names = list(dict.fromkeys(textwrap.shorten(name, _LONGEST, placeholder=" …") for name in told))
    if not names:
        return f"{label}: none recorded; please ask."
    shown: list[str] = []
    for name in names:
        if shown and len("; ".join([*shown, name])) > _ROOM:
            break
        shown.append(name)
    more = f"; and {len(names) - len(shown)} more on record" if len(names) > len(shown) else ""
    return f"{label}: {'; '.join(shown)}{more}."


def _facts(record: Record, plan: Plan, kind: str) -> list[str]:
    book = FactBook(known_by(record.facts, plan.as_of), plan.as_of)
    kinds = record.facts.column("kind").to_pylist()
    numbers = record.facts.column("fact").to_pylist()
    wanted = [number for number, each in zip(numbers, kinds, strict=True) if each == kind]
    told = [
        f"{printable(row['text'] or row['concept'])}"
        f" ({day_words(partial_date(row['start_lo'], row['start_hi']))})"
        for row in book.rows(wanted)
    ]
    return list(dict.fromkeys(told))


def _stated(originals: Originals, plan: Plan) -> Iterator[str]:
    """Allergies in the record's own words, also those that no concept knows."""
    for ref, resource in originals.items():
        if ref.startswith("AllergyIntolerance/") and _of(resource, plan.patient.id):
            states = [_code(resource.get(n)) for n in ("clinicalStatus", "verificationStatus")]
            name = _text(resource.get("code"))
            day = next((resource[d] for d in _DATES if isinstance(resource.get(d), str)), None)
            if name and not set(states) & set(_NOT_SO) and not _after(day, plan.as_of):
                yield f"{printable(name)} ({day_words(day[:10])})" if day else printable(name)


def _after(day: str | None, as_of: datetime.date) -> bool:
    return day is not None and day[:10] > as_of.isoformat()


def _of(resource: Resource, patient: str) -> bool:
    subject = resource.get("patient")
    target = subject.get("reference") if isinstance(subject, dict) else None
    # In a Bundle of one patient a `urn:uuid:` reference can only mean this one.
    return not isinstance(target, str) or "/" not in target or target.split("/")[-1] == patient


def _text(concept: Any) -> str | None:
    if not isinstance(concept, dict):
        return None
    codings = [each for each in listed(concept.get("coding")) if isinstance(each, dict)]
    texts = [concept.get("text"), *(coding.get("display") for coding in codings)]
    return next((text for text in texts if isinstance(text, str) and text.strip()), None)


def _code(concept: Any) -> str | None:
    if not isinstance(concept, dict):
        return None
    codings = [each for each in listed(concept.get("coding")) if isinstance(each, dict)]
    return next((c["code"] for c in codings if isinstance(c.get("code"), str)), None)
