"""Where a row comes from, by its type concept: an order, a claim, a prescription, a dispensing.

By the concept's name where the source has a `concept` table, else by the ids of the Type Concept
vocabulary (and of the ones it replaced) that are met most.
"""

from __future__ import annotations

import re
from typing import Literal

from painpath.omop.concepts import Concepts

Origin = Literal["order", "claim", "record"]
Supply = Literal["prescription", "dispensing", "administration", "statement"]

_ORDER = re.compile(r"\border\b|\bplanned\b|\breferral\b")
_CLAIM = re.compile(r"\bclaim|\bbilling\b")
_DISPENSED = re.compile(r"dispens|mail order|pharmacy claim|\bclaim")
_GIVEN = re.compile(r"administ")
_SAID = re.compile(r"self.?report|survey|medication list|patient report")

_NAMES: dict[int, str] = {
    32810: "claim",
    32855: "inpatient claim",
    32860: "outpatient claim",
    32821: "ehr billing record",
    32818: "ehr administration record",
    32825: "ehr dispensing record",
    32833: "ehr order",
    32838: "ehr prescription",
    32865: "patient self-report",
    32869: "pharmacy claim",
    38000175: "prescription dispensed in pharmacy",
    38000176: "prescription dispensed through mail order",
    38000177: "prescription written",
    38000178: "medication list entry",
    38000179: "physician administered drug",
    38000180: "inpatient administration",
    38000275: "ehr order list entry",
    44787730: "patient self-reported medication",
}


def name_of(type_: str | None, concepts: Concepts) -> str:
    """Name of a type concept, in lower case."""
    named = concepts.names(type_)
    if named or type_ is None or not type_.isdigit():
        return named
    return _NAMES.get(int(type_), "")


def origin_of(type_: str | None, concepts: Concepts) -> Origin:
    """Whether something was only ordered, was billed, or is on record as done."""
    name = name_of(type_, concepts)
    if _ORDER.search(name):
        return "order"
    return "claim" if _CLAIM.search(name) else "record"


def supply_of(type_: str | None, concepts: Concepts) -> Supply:
    """How a drug came to be on record; a prescription where that is not said."""
    name = name_of(type_, concepts)
    if _GIVEN.search(name):
        return "administration"
    if _SAID.search(name):
        return "statement"
    return "dispensing" if _DISPENSED.search(name) else "prescription"
