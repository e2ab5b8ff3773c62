"""What reading a record gives: tables of facts and patients, and everything that was left out."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import pyarrow as pa

from painpath.records.datatypes import CodeableConcept
from painpath.records.facts import CoverageEntry, Prescription, Request, Skipped

UnknownCode = tuple[str | None, str | None, str | None]
"""System, code, display."""

_PAIN_CODES = re.compile(r"[MGS]\d|R52|R10|R51|R07|T8[45]|Z96\.?6|B02\.?2", re.IGNORECASE)
_PAIN_WORDS = re.compile(
    r"pain|algia|neuropath|neurit|radicul|sciatic|spondyl|spinal stenosis|causalgia|dynia"
    r"|osteoarthr|arthropath|herniat|laminectomy|dis[ck] (?:degen|displ|prolaps)|headache"
    r"|migraine|fibromyal|crps|reflex sympathetic|myelopath|post[- ]?herpetic|neuroma|epidural"
    r"|nerve block|neurotomy|rhizotomy|radiofrequency|facet|sacroiliac|cord stimulat",
    re.IGNORECASE,
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One patient's record (or several patients', for a population) as the engine reads it."""

    patients: pa.Table
    """Per `painpath.records.facts.PATIENTS`."""
    facts: pa.Table
    """Per `painpath.records.facts.FACTS`."""
    prescriptions: tuple[Prescription, ...] = ()
    requests: tuple[Request, ...] = ()
    coverages: tuple[CoverageEntry, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    """Resources and elements that were not used, and why."""
    counts: dict[str, dict[str, int]] = {}
    """Resource type to how many were used, ignored and skipped; these add up to all."""
    unmatched: Counter[bytes] = Counter()
    """CodeableConcepts (JSON) of conditions and procedures that no concept knows, counted."""

    @property
    def unknown_codes(self) -> Counter[UnknownCode]:
        """Those among the unmatched codes that look like pain."""
        return pain_codes(self.unmatched)


def pain_codes(unmatched: Counter[bytes]) -> Counter[UnknownCode]:
    """Those among CodeableConcepts (JSON) that look like pain, by code."""
    found: Counter[UnknownCode] = Counter()
    for data, number in unmatched.items():
        for code in _codes(data):
            if looks_like_pain(code):
                found[code] += number
    return found


def _codes(data: bytes) -> list[UnknownCode]:
    try:
        codeable = msgspec.json.decode(data, type=CodeableConcept)
    except msgspec.DecodeError:
        return []
    codes: list[UnknownCode] = [
        (c.system, c.code, c.display or codeable.text) for c in codeable.coding if c.code
    ]
    return codes or [(None, None, codeable.text)]


def looks_like_pain(code: UnknownCode) -> bool:
    """Whether a code belongs to pain medicine as far as its letters or display tell."""
    system, value, display = code
    if display and _PAIN_WORDS.search(display):
        return True
    return bool(is_icd(system) and value and _PAIN_CODES.match(value))


def is_icd(system: str | None) -> bool:
    """Whether a code system is ICD-10 in one of its names."""
    return system is not None and ("icd" in system.lower() or system.endswith("6.90"))
