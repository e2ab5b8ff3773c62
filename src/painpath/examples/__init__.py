"""Example patients: numbered, synthetic, one FHIR R4 Bundle each; nobody real is behind them."""

from __future__ import annotations

import datetime
from importlib import resources

import msgspec


class Example(msgspec.Struct, frozen=True):
    """An example patient and the day on which the example is told."""

    id: str
    title: str
    as_of: datetime.date = datetime.date(2026, 11, 1)


EXAMPLES: tuple[Example, ...] = (
    Example("example-01", "Pain after knee replacement, infection and loosening not yet excluded"),
    Example("example-04", "Pain after spine surgery, ready for a trial of spinal cord stimulation"),
    Example("example-06", "Lumbar radiculopathy, first epidural"),
    Example("example-08", "Lumbar facet pain, two positive blocks"),
    Example("example-02", "Pain after knee replacement, work-up complete, block positive"),
    Example("example-03", "Pain after knee replacement, prosthesis infected"),
    Example("example-05", "Pain after spine surgery, good stimulation trial, on clopidogrel"),
    Example("example-07", "Lumbar radiculopathy, four epidurals in a year and a fifth booked"),
    Example("example-09", "Cervical facet pain, block without recorded relief"),
    Example("example-10", "Radiculopathy with signs of cauda equina compression"),
    Example("example-11", "Painful diabetic neuropathy"),
    Example("example-12", "Sacroiliac pain, injected two months ago with good relief"),
    Example("example-13", "Vertebral compression fracture, one word missing in the chart"),
    Example("example-14", "Shoulder osteoarthritis, suprascapular nerve block positive"),
    Example("example-15", "Chronic migraine, third botulinum toxin booked too early"),
    Example("example-16", "Complex regional pain syndrome of the leg, on rivaroxaban"),
)
"""The first four are one per family, and the first is the one `painpath demo` prints."""


def example_bytes(key: str) -> bytes:
    """The Bundle of one example."""
    return resources.files("painpath.examples").joinpath(f"{key}.json").read_bytes()
