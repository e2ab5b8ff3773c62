"""Pages of searches taken apart, resources as they came, and one Bundle made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from painpath.serve.smart.asking import AskError

_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"\\\s]{1,500})"')
_PATIENT = re.compile(r"(?:.*/)?Patient/([^/]+)(?:/_history/.*)?")
_SEVERE = ("error", "fatal")


class _Page(msgspec.Struct):
    resourceType: str  # noqa: N815 - as FHIR names it
    entry: list[msgspec.Raw] = []
    link: Any = None


class _Entry(msgspec.Struct):
    resource: msgspec.Raw


class _Head(msgspec.Struct):
    resourceType: Any = None  # noqa: N815 - as FHIR names it
    id: Any = None
    subject: Any = None
    patient: Any = None
    beneficiary: Any = None
    issue: Any = None


_PAGES = msgspec.json.Decoder(_Page)
_ENTRY = msgspec.json.Decoder(_Entry)
_HEAD = msgspec.json.Decoder(_Head)


class Page(msgspec.Struct, frozen=True):
    """One page of a search."""

    resources: list[bytes]
    next: str | None
    failed: bool
    """It says itself that something could not be searched, or holds what cannot be read."""


def page(data: bytes, kind: str, patient: str) -> Page:
    """The resources of one type on a page, but for those that name another patient.

    Raises:
        AskError: if it is no Bundle.
    """
    try:
        whole = _PAGES.decode(data)
    except _BROKEN:
        raise AskError("no Bundle") from None
    if whole.resourceType != "Bundle":
        raise AskError("no Bundle")
    resources, failed = [], False
    for entry in whole.entry:
        try:
            resource = bytes(_ENTRY.decode(entry).resource)
            head = _HEAD.decode(resource)
        except _BROKEN:
            failed = True
            continue
        if head.resourceType == "OperationOutcome":
            failed = failed or _is_severe(head.issue)
        elif head.resourceType == kind and not _is_anothers(head, patient):
            resources.append(resource)
    return Page(resources, _next(whole.link), failed)


def is_patient(data: bytes, patient: str) -> bool:
    """Whether this is the Patient of an id."""
    try:
        head = _HEAD.decode(data)
    except _BROKEN:
        return False
    return head.resourceType == "Patient" and bool(head.id == patient)


def kind_of(data: bytes) -> str | None:
    """The type of a resource; `None` if it is none."""
    try:
        kind = _HEAD.decode(data).resourceType
    except _BROKEN:
        return None
    return kind if isinstance(kind, str) else None


def pointed_at(resources: Sequence[bytes], kind: str, base: str) -> list[str]:
    """Ids of a type to which the resources point on the same server, each once, in order."""
    wanted = re.compile(rf"(?:{re.escape(base)}/)?{kind}/([A-Za-z0-9.-]{{1,64}})(?:/_history/.*)?")
    found: dict[str, None] = {}
    for resource in resources:
        for reference in _REFERENCE.findall(resource):
            parts = wanted.fullmatch(reference.decode("utf-8", "replace"))
            if parts is not None:
                found[parts[1]] = None
    return list(found)


def bundle(resources: Sequence[bytes]) -> bytes:
    """All of them in one Bundle, as they came."""
    entries = b",".join(b'{"resource":' + each + b"}" for each in resources)
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}"


def _is_anothers(head: _Head, patient: str) -> bool:
    for value in (head.subject, head.patient, head.beneficiary):
        reference = value.get("reference") if isinstance(value, dict) else None
        parts = _PATIENT.fullmatch(reference) if isinstance(reference, str) else None
        if parts is not None and parts[1] != patient:
            return True
    return False


def _is_severe(issues: Any) -> bool:
    return isinstance(issues, list) and any(
        isinstance(each, dict) and each.get("severity") in _SEVERE for each in issues
    )


def _next(links: Any) -> str | None:
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next":
            url = link.get("url")
            return url if isinstance(url, str) else None
    return None
