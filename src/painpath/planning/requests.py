"""Which requests a plan judges: those on record, and what the user books by hand."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge import levels, schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, expand
from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.facts import Request
from painpath.records.places import Place, with_level_region
from painpath.records.record import Record

_SIDES = {None: 0, "left": 1, "right": 2, "both": 3}
_SYSTEMS = (
    "http://www.ama-assn.org/go/cpt",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
)


class UnknownProcedureError(ValueError):
    """What was booked by hand is no option, no procedure code of one, or no spinal level."""


class BookedProcedure(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure that the user adds by hand (`--procedure ... --on ...`)."""

    what: str
    """An option id or a procedure code."""
    on: datetime.date
    side: str | None = None
    levels: str | None = None


def options_of(concepts: Iterable[str], knowledge: Knowledge) -> list[schema.Option]:
    """The options that are performed by one of these procedures, or may be where none says it."""
    named = list(concepts)
    return _performed_by(named, knowledge) or _performed_by(_may_be(named, knowledge), knowledge)


def readings(request: Request, knowledge: Knowledge) -> list[Request]:
    """The request as each procedure that it may be; itself where its code tells which it is."""
    if _performed_by(request.concepts, knowledge):
        return [request]
    possible = _may_be(request.concepts, knowledge)
    return [msgspec.structs.replace(request, concepts=(each,)) for each in possible]


def _performed_by(concepts: Iterable[str], knowledge: Knowledge) -> list[schema.Option]:
    wanted = set(concepts)
    known = {concept.id: concept for concept in knowledge.concepts}
    return [o for o in knowledge.options if wanted & set(expand(as_tuple(o.done), known))]


def _may_be(concepts: Iterable[str], knowledge: Knowledge) -> list[str]:
    """The procedures that these may turn out to be."""
    known = {concept.id: concept for concept in knowledge.concepts}
    found = [name for each in concepts if each in known for name in known[each].may_be]
    return list(dict.fromkeys(found))


def on_record(record: Record, knowledge: Knowledge, day: datetime.date) -> list[Request]:
    """The record's requests that are for an option and had been written by a day.

    Other procedures (a joint replacement) are left out: the plan has nothing to judge them by.
    """
    recorded, ref = record.facts.column("recorded"), record.facts.column("ref")
    late = pc.fill_null(pc.greater(recorded, pa.scalar(day, pa.date32())), False)
    later = set(ref.filter(late).to_pylist())
    return [
        request
        for request in record.requests
        if request.ref not in later and options_of(request.concepts, knowledge)
    ]


def by_hand(booked: BookedProcedure, knowledge: Knowledge, vocabulary: Vocabulary) -> Request:
    """The request that stands for a procedure given on the command line.

    Raises:
        UnknownProcedureError: if no option has that name or code, or the levels are none.
    """
    options = {option.id: option for option in knowledge.options}
    region = 0
    if booked.what in options:
        concepts = as_tuple(options[booked.what].done)
    else:
        found = [match for system in _SYSTEMS for match in vocabulary.lookup(system, booked.what)]
        # A bare code is not the one that a claim modifier would mark.
        found = [match for match in found if match.modifier is None] or found
        concepts = tuple(dict.fromkeys(vocabulary.concepts[match.concept] for match in found))
        for match in found:
            region |= match.region
    if not options_of(concepts, knowledge):
        raise UnknownProcedureError(
            f'"{booked.what}" is neither an option (see `painpath knowledge list options`)'
            " nor a procedure code that an option knows"
        )
    level = levels.parse(booked.levels) if booked.levels is not None else 0
    if booked.levels is not None and not level:
        raise UnknownProcedureError(f'"{booked.levels}" names no spinal level such as L4-L5')
    place = with_level_region(Place(region, _SIDES[booked.side], level), vocabulary)
    return Request(
        ref="(booked by hand)",
        code=booked.what,
        concepts=concepts,
        text=booked.what,
        on=booked.on,
        region=place.region,
        side=place.side,
        level=place.level,
        status="proposed",
    )
