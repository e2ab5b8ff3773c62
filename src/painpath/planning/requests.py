"""Procedures that the user books by hand (`--procedure CODE_OR_OPTION --on DATE`)."""

from __future__ import annotations

import datetime

import msgspec

from painpath.knowledge import levels
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.facts import Request

_SIDES = {None: 0, "left": 1, "right": 2, "both": 3}
_SYSTEMS = ("http://www.ama-assn.org/go/cpt", "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets")


class UnknownProcedure(ValueError):
    """Neither an option id nor a procedure code that a concept knows."""


class BookedProcedure(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure that the user adds by hand (`--procedure ... --on ...`)."""

    what: str
    """An option id or a procedure code."""
    on: datetime.date
    side: str | None = None
    levels: str | None = None


def by_hand(booked: BookedProcedure, knowledge: Knowledge, vocabulary: Vocabulary) -> Request:
    """The request that stands for a procedure given on the command line.

    Raises:
        UnknownProcedure: if nothing of that name or code is known.
    """
    options = {option.id: option for option in knowledge.options}
    region = 0
    if booked.what in options:
        concepts = as_tuple(options[booked.what].done)
    else:
        found = [match for system in _SYSTEMS for match in vocabulary.lookup(system, booked.what)]
        concepts = tuple(dict.fromkeys(vocabulary.concepts[match.concept] for match in found))
        for match in found:
            region |= match.region
    if not concepts:
        raise UnknownProcedure(
            f'"{booked.what}" is neither an option (see `painpath knowledge list options`)'
            " nor a procedure code that an option knows"
        )
    return Request(
        ref="(booked by hand)",
        code=booked.what,
        concepts=concepts,
        text=booked.what,
        on=booked.on,
        region=region,
        side=_SIDES[booked.side],
        level=levels.parse(booked.levels) if booked.levels else 0,
        status="proposed",
    )
