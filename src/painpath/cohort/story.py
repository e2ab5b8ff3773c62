"""What happened to a patient, whatever was written down of it."""

from __future__ import annotations

import msgspec

from painpath.cohort.spec import Family, Payer


class Event(msgspec.Struct, gc=False):
    """Something that happened. Days are numbers (`date.toordinal`)."""

    thing: str
    day: int
    until: int | None = None
    goes_on: bool = False
    side: str | None = None
    value: float | None = None
    yes: bool | None = None
    """Of a finding: whether it is there."""
    one_visit: bool = False
    step: int = 0
    """Step of dosage."""
    relief: list[tuple[int, int]] = []
    """Day on which it was judged, and percent."""
    lasted: int | None = None
    """Days for which relief lasted, where somebody counted them."""
    stated: bool = True
    """Relief was asked for and written down; else it can at most be told from scores."""
    family: int = 0
    """Which of the patient's pains it belongs to; -1: none."""


class Complaint(msgspec.Struct):
    """A pain: its family, side and beginning."""

    family: Family
    side: str | None
    onset: int


class Story(msgspec.Struct):
    """A patient's life as far as it concerns us."""

    id: str
    birth: int
    female: bool
    state: str
    payer: Payer
    complaints: list[Complaint]
    events: list[Event]
    scores: dict[int, int]
    """Pain score by day."""
