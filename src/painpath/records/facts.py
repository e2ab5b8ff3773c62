"""The fact table: one row per dated thing in a record, tied to a concept.

This is the whole interface between reading (`painpath.records`) and deciding
(`painpath.engine`). Facts carry what was recorded and where, and nothing of what it means.
"""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec
import pyarrow as pa

FACTS = pa.schema(
    [
        # Unique over the whole table; `about` points to it.
        ("fact", pa.int64()),
        # Row of the patients table.
        ("patient", pa.int32()),
        # Index into the vocabulary's concepts (dictionary = `Vocabulary.concepts`, in its order).
        ("concept", pa.dictionary(pa.int32(), pa.string())),
        # Which kind of resource said it. A drug that is only planned, or given for something else
        # than pain, is `drug-not-tried`: it bears on safety, and is no pain care that was tried.
        ("kind", pa.dictionary(pa.int8(), pa.string())),
        # Start and end, each an interval: both ends equal for a full date.
        ("start_lo", pa.date32()),
        ("start_hi", pa.date32()),
        ("end_lo", pa.date32()),
        ("end_hi", pa.date32()),
        # Still holding when recorded: an active condition, a drug being taken.
        ("open", pa.bool_()),
        # When it entered the record; null if not stated.
        ("recorded", pa.date32()),
        # Value in the concept's unit; a boolean is 1.0 or 0.0.
        ("value", pa.float64()),
        # Region and level as bit masks (`Vocabulary.region_bits`, `levels`); 0 = not recorded.
        ("region", pa.int64()),
        # 1 left, 2 right, 3 both, 0 not recorded.
        ("side", pa.int8()),
        ("level", pa.int64()),
        # For relief and scores tied to a procedure: that procedure's fact.
        ("about", pa.int64()),
        # stated, computed (relief from pain scores), scaled (0-100 to 0-10).
        ("origin", pa.dictionary(pa.int8(), pa.string())),
        # `Condition/1`, and what a person reads: `M54.16 Radiculopathy, lumbar region`.
        ("ref", pa.string()),
        ("text", pa.string()),
    ]
)

PATIENTS = pa.schema(
    [
        ("patient", pa.int32()),
        ("id", pa.string()),
        ("birth_lo", pa.date32()),
        ("birth_hi", pa.date32()),
        # female, male, other, unknown or null.
        ("sex", pa.string()),
        ("state", pa.string()),
        ("deceased", pa.bool_()),
        # Who looks after the patient, by name or else by reference: for counts by clinic.
        ("clinic", pa.string()),
        ("clinician", pa.string()),
    ]
)

FactKind = Literal[
    "condition",
    "procedure",
    "order",
    "observation",
    "drug",
    "drug-not-tried",
    "imaging",
    "document",
    "allergy",
    "device",
    "care",
    "specialist",
]


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A resource (or element of one) that could not be used, and why, in one sentence."""

    ref: str
    why: str


class CoverageEntry(msgspec.Struct, frozen=True):
    """A payer on the record. Dates are intervals; `None` is open."""

    ref: str
    text: str
    """Everything that names the payer: displays, identifiers, type and class."""
    type: str
    active: bool
    start: datetime.date | None
    end: datetime.date | None
    order: float | None = None
    """Which payer is asked first, where the record says so."""


class Request(msgspec.Struct, frozen=True):
    """A procedure that is ordered or booked."""

    ref: str
    code: str
    concepts: tuple[str, ...]
    text: str
    on: datetime.date | None
    region: int
    side: int
    level: int
    status: str
    places: tuple[str, ...] = ()
    """Codes and words that name the place of service."""


class DoseInstruction(msgspec.Struct, frozen=True, gc=False):
    """One dosage line of a prescription, as the record has it; `None` is not stated."""

    text: str | None
    dose_low: float | None
    dose_high: float | None
    dose_unit: str | None
    frequency: float | None
    frequency_max: float | None
    period: float | None
    period_max: float | None
    period_unit: str | None
    times_of_day: int
    when_count: int
    as_needed: bool
    max_per_day: float | None
    max_per_day_unit: str | None
    route: str | None
    timing: str | None = None
    """How often, as its code or the words of it (`BID`, `every 6 hours`)."""
    start: datetime.date | None = None
    end: datetime.date | None = None
    """Days between which this line holds, where they are its own."""


class Prescription(msgspec.Struct, frozen=True, gc=False):
    """A medication order or statement, with what is needed to compute a daily dose."""

    ref: str
    kind: str
    """MedicationRequest, MedicationStatement, MedicationDispense or MedicationAdministration."""
    status: str
    intent: str | None
    text: str
    codes: tuple[tuple[str, str, str], ...]
    """(system, code, display)."""
    start: datetime.date | None
    end: datetime.date | None
    open: bool
    dosages: tuple[DoseInstruction, ...]
    quantity: float | None
    quantity_unit: str | None
    days_supply: float | None
    prior: str | None = None
