"""Records in FHIR DSTU2 or STU3: told by what R4 has no more, said once, read as far as they agree.

The elements of the older versions that are read stand beside those of R4 in `resources`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Version = Literal["DSTU2", "STU3"]

_TYPES: dict[str, Version] = {
    "Conformance": "DSTU2",
    "DeviceUseRequest": "DSTU2",
    "DiagnosticOrder": "DSTU2",
    "ImagingObjectSelection": "DSTU2",
    "MedicationOrder": "DSTU2",
    "Order": "DSTU2",
    "OrderResponse": "DSTU2",
    "BodySite": "STU3",
    "EligibilityRequest": "STU3",
    "EligibilityResponse": "STU3",
    "ImagingManifest": "STU3",
    "ProcedureRequest": "STU3",
    "ReferralRequest": "STU3",
}
"""Resource types that R4 does not have, with the latest version that had them."""

_EXPECTED = frozenset(
    f"{element} is plain text, not an object; read as its text"
    for element in ("clinicalStatus", "verificationStatus", "category")
)
"""Notes on what is no fault in the older versions."""


def version(signs: Iterable[Version], types: Iterable[str]) -> Version | None:
    """The version of a record, from what was met while reading; `None` for R4."""
    found = {*signs, *(_TYPES[kind] for kind in types if kind in _TYPES)}
    return "DSTU2" if "DSTU2" in found else "STU3" if found else None


def sentence(found: Version) -> str:
    """What the reader is told."""
    return f"the record is FHIR {found}, not R4; what the two have in common was read"


def is_expected(note: str) -> bool:
    """Whether a note only says that the record is of an older version."""
    return note in _EXPECTED
