"""The answers of a FHIR server taken apart: resources as they came, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from painpath.fhirserver.errors import AskError, Why

_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_PATIENT = re.compile(r"(?:.*/)?Patient/([^/]+)(?:/_history/.*|/)?")
_SEVERE = ("error", "fatal")


class _Bundle(msgspec.Struct):
    resourceType: str  # noqa: N815 - as FHIR names it
    entry: list[msgspec.Raw] = []
    link: Any = None


class _Entry(msgspec.Struct):
    resource: msgspec.Raw


class _Head(msgspec.Struct):
    resourceType: str  # noqa: N815 - as FHIR names it
    id: Any = None
    subject: Any = None
    patient: Any = None
    beneficiary: Any = None
    issue: Any = None


_BUNDLE = msgspec.json.Decoder(_Bundle)
_ENTRY = msgspec.json.Decoder(_Entry)
_HEAD = msgspec.json.Decoder(_Head)


class Entry(msgspec.Struct, frozen=True):
    """One resource on a page."""

    kind: str
    id: str | None
    patients: tuple[str, ...]
    """Ids of the patients whom it names as its own."""
    whole: msgspec.Raw
    """The entry as it came, with its `fullUrl`."""
    raw: msgspec.Raw
    """The resource alone."""

    def is_of(self, patient: str) -> bool:
        """Whether it is this patient's, or nobody's in particular."""
        if self.kind == "Patient":
            return self.id == patient
        return all(each == patient for each in self.patients)

    @property
    def resource(self) -> bytes:
        """The resource alone."""
        return bytes(self.raw)


class Page(msgspec.Struct, frozen=True):
    """One page of a search."""

    entries: list[Entry]
    next: str | None
    """Where the next one is, as the server says it."""
    is_failed: bool
    """It says itself that something is not given, or holds what cannot be read."""


def page(data: bytes) -> Page:
    """A page.

    Raises:
        AskError: if it is no Bundle.
    """
    try:
        bundle_ = _BUNDLE.decode(data)
    except _BROKEN:
        raise AskError(Why.unread) from None
    if bundle_.resourceType != "Bundle":
        raise AskError(Why.unread)
    entries, is_failed = [], False
    for whole in bundle_.entry:
        try:
            raw = _ENTRY.decode(whole).resource
            head = _HEAD.decode(raw)
        except _BROKEN:
            is_failed = True
            continue
        if head.resourceType == "OperationOutcome":
            is_failed = is_failed or _is_severe(head.issue)
            continue
        id_ = head.id if isinstance(head.id, str) else None
        entries.append(Entry(head.resourceType, id_, _patients(head), whole, raw))
    following = _next(bundle_.link)
    return Page(entries, following or None, is_failed or following == "")


def is_resource(data: bytes, kind: str, id_: str) -> bool:
    """Whether this is the resource of a type and an id."""
    try:
        head = _HEAD.decode(data)
    except _BROKEN:
        return False
    return head.resourceType == kind and bool(head.id == id_)


def entry_of(resource: bytes) -> bytes:
    """An entry that holds a resource."""
    return b'{"resource":' + resource + b"}"


def bundle(entries: Iterable[bytes]) -> bytes:
    """One Bundle of entries as they are."""
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join(entries) + b"]}"


def _patients(head: _Head) -> tuple[str, ...]:
    found = []
    for value in (head.subject, head.patient, head.beneficiary):
        reference = value.get("reference") if isinstance(value, dict) else None
        parts = _PATIENT.fullmatch(reference) if isinstance(reference, str) else None
        if parts is not None:
            found.append(parts[1])
    return tuple(found)


def _is_severe(issues: Any) -> bool:
    """An outcome that does not say what it is about is taken for a bad one."""
    if not isinstance(issues, list):
        return True
    return any(isinstance(each, dict) and each.get("severity") in _SEVERE for each in issues)


def _next(links: Any) -> str | None:
    """`None`: there is no next page; empty: there is one, and nobody says where."""
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next":
            url = link.get("url")
            return url if isinstance(url, str) else ""
    return None
