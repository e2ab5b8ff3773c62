"""Bundles with wide margins: simdjson skips the white space, and only what is wanted is decoded.

Needs the `fast` extra. A resource is looked at through simdjson's proxies, which is quick for one
or two elements; a Bundle without white space is decoded faster as a whole (see `splitting`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from painpath.records.parts import Item, Parts
from painpath.records.resource_types import AnyResource
from painpath.records.resources import TYPES
from painpath.records.salvage import WRAPPED
from painpath.records.sieve import Sieve


def _simdjson() -> Any:
    try:
        return importlib.import_module("simdjson")
    except ImportError:
        return None


simdjson = _simdjson()

_Wants = Callable[[Any], bool]
_Found = tuple[str, bytes, str | None, int]

_MANY = msgspec.json.Decoder(list[AnyResource])
_MARGIN = 400
"""Where the first line break with an indent must stand."""
_KEEP = 8_000_000
"""A parser that has read more bytes than this is let go."""
_REPORTED = ("conclusion", "conclusionCode", "codedDiagnosis", "presentedForm", "contained")

_kept: list[Any] = []
"""A parser between two documents: its memory is warm, which spares much of the next one's time."""


def is_wide(data: bytes) -> bool:
    """Whether a document is printed with line breaks and indents, and simdjson is there."""
    return simdjson is not None and b"\n  " in data[:_MARGIN]


def peek(data: bytes, parts: Parts, sieve: Sieve | None) -> bool:
    """Add a Bundle's wanted resources as bytes; false (and nothing added) on any surprise."""
    items: list[_Found] = []
    ignored: list[str] = []
    try:
        bundle: Any = _parse(data)
        if bundle["resourceType"] != "Bundle":
            return False
        entries = bundle["entry"]
        people = _sift(entries, _Peek(sieve).wants if sieve is not None else {}, items, ignored)
        if people is None:
            return False
        if people != 1 and sieve is not None:
            # With several patients every resource counts for the choice of one.
            items, ignored, sieve = [], [], None
            _sift(entries, {}, items, ignored)
    except (ValueError, KeyError, TypeError, RuntimeError, AttributeError):
        return False
    parts.items.extend(_decoded(items))
    parts.ignored.update(ignored)
    if sieve is not None:
        parts.unknown.update(sieve.unknown)
    return True


def _decoded(items: list[_Found]) -> Sequence[Item]:
    """All at once; as they are if one of them must be mended first."""
    try:
        resources = _MANY.decode(b"[" + b",".join([item[1] for item in items]) + b"]")
        for resource in resources:
            resource.settle()
    except (msgspec.DecodeError, RecursionError):
        return items
    return [
        (kind, resource, url, number)
        for resource, (kind, _, url, number) in zip(resources, items, strict=True)
    ]


def _parse(data: bytes) -> Any:
    parser = _kept.pop() if _kept else simdjson.Parser()
    if len(data) <= _KEEP:
        _kept.append(parser)
    try:
        return parser.parse(data)
    except RuntimeError:
        # Something still looks into its last document (another thread, a traceback).
        return simdjson.Parser().parse(data)


def _sift(
    entries: Any, wants: Mapping[str, _Wants], items: list[_Found], ignored: list[str]
) -> int | None:
    """Resources worth decoding as bytes, the others as ignored.

    Returns:
        The number of Patients; `None` if there is something to be unwrapped first.
    """
    people = 0
    for number, entry in enumerate(entries, 1):
        resource = entry["resource"]
        kind = resource["resourceType"]
        wanted = wants.get(kind)
        if wanted is not None:
            try:
                if not wanted(resource):
                    ignored.append(kind)
                    continue
            except (KeyError, TypeError, AttributeError):
                pass
        elif kind not in TYPES:
            if kind in WRAPPED or not kind or type(kind) is not str:
                return None
            ignored.append(kind)
            continue
        elif kind == "Patient":
            people += 1
        try:
            url = entry["fullUrl"]
        except KeyError:
            url = None
        items.append((kind, resource.mini, url if type(url) is str else None, number))
    return people


class _Peek:
    """A sieve for resources given as simdjson objects. In doubt a resource is wanted."""

    def __init__(self, sieve: Sieve) -> None:
        self._sieve = sieve
        self._observation = sieve.observation
        self._claims: set[str] = set()
        self.wants: dict[str, _Wants] = {
            "Observation": self._wants_observation,
            "Procedure": self._wants_procedure,
            "DiagnosticReport": self._wants_report,
            "Claim": self._wants_claim,
            "ExplanationOfBenefit": self._wants_benefit,
            "Practitioner": _wants_practitioner,
        }

    def _wants_observation(self, resource: Any) -> bool:
        known = self._observation
        if known[resource["code"].mini]:
            return True
        # Asking for what is not there is slow (an exception), the keys are quick.
        keys = list(resource)
        if "valueCodeableConcept" in keys and known[resource["valueCodeableConcept"].mini]:
            return True
        if "hasMember" in keys:
            return True
        if "component" in keys:
            for component in resource["component"]:
                if known[component["code"].mini] or "valueCodeableConcept" in list(component):
                    return True
        return False

    def _wants_procedure(self, resource: Any) -> bool:
        return self._sieve.wants_procedure(resource["code"].mini)

    def _wants_report(self, resource: Any) -> bool:
        if self._sieve.report[resource["code"].mini]:
            return True
        keys = list(resource)
        return any(key in keys for key in _REPORTED)

    def _wants_claim(self, resource: Any) -> bool:
        self._claims.add(resource["id"])
        known = self._sieve.claimed
        return any(known[item["productOrService"].mini] for item in resource["item"])

    def _wants_benefit(self, resource: Any) -> bool:
        try:
            claim: str = resource["claim"]["reference"]
        except KeyError:
            claim = ""
        if claim.removeprefix("Claim/").removeprefix("urn:uuid:") in self._claims:
            return False  # It repeats a Claim that has been seen.
        known = self._sieve.claimed
        return any(known[item["productOrService"].mini] for item in resource["item"])


def _wants_practitioner(resource: Any) -> bool:
    return "qualification" in list(resource)
