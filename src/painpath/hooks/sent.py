"""Resources as they were sent: looked at as far as the hooks need, and handed on as they came.

A chart opened with everything sent along is mostly what no hook looks into. So a resource stays
the bytes that it is until the reader of records decodes it, once, into what it needs.
"""

# ruff: noqa: N815 - names of FHIR elements

from __future__ import annotations

from typing import Any

import msgspec

from painpath.hooks.errors import BadRequestError
from painpath.records.resources import TYPES

_DEEPEST = 3
_FAILED = ("error", "fatal")
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError)
_NULL = msgspec.Raw(b"null")


class Sent(msgspec.Struct, frozen=True, gc=False):
    """One resource."""

    kind: str
    key: str | None
    """Its id; `None` without one, empty if that is no text."""
    whose: str | None
    """The patient that it names, as an id."""
    data: bytes | msgspec.Raw


class Contents(msgspec.Struct, frozen=True):
    """What one answer of a FHIR server holds."""

    resources: list[Sent]
    next: str | None = None
    """Address of the next page."""
    failed: bool = False
    """It says that the search or read did not work."""

    @property
    def whole(self) -> bool:
        """Nothing is lacking."""
        return not self.failed and self.next is None


class _Named(msgspec.Struct, gc=False):
    reference: str | None = None


class _Head(msgspec.Struct, gc=False):
    """What is looked at."""

    resourceType: str
    id: str | None = None
    subject: _Named | None = None
    patient: _Named | None = None
    beneficiary: _Named | None = None


class _HeadEntry(msgspec.Struct, gc=False):
    resource: _Head | None = None


class _Heads(msgspec.Struct, gc=False):
    entry: list[_HeadEntry] = []


class _Entry(msgspec.Struct, gc=False):
    resource: msgspec.Raw = msgspec.Raw(b"null")


class _Bundle(msgspec.Struct, gc=False):
    entry: list[_Entry] = []
    link: Any = None


_HEAD = msgspec.json.Decoder(_Head)
_HEADS = msgspec.json.Decoder(_Heads)
_BUNDLE = msgspec.json.Decoder(_Bundle)


def contents(data: bytes | msgspec.Raw, name: str, depth: int = 0) -> Contents:
    """The resources of a single resource or of a Bundle.

    Args:
        data: JSON.
        name: what it is called in messages.
        depth: in how many Bundles it stands.

    Raises:
        BadRequestError: if it is no FHIR resource.
    """
    head = _head(data)
    if head is None:
        raise BadRequestError(f"{name} is not a FHIR resource.")
    if head.resourceType == "OperationOutcome":
        # Alone it stands where the data should be; within a Bundle it may be only a remark.
        return Contents([], failed=depth == 0 or _is_failure(msgspec.json.decode(data)))
    if head.resourceType != "Bundle":
        return Contents([_sent(head, data)])
    if depth == _DEEPEST:
        raise BadRequestError(f"{name} holds Bundles within Bundles.")
    bundle = _bundle(data, f"{name}.entry")
    try:
        heads = [entry.resource for entry in _HEADS.decode(data).entry]
    except _BROKEN:
        heads = [_head(entry.resource) for entry in bundle.entry]
    resources: list[Sent] = []
    failed = False
    for inner, entry in zip(heads, bundle.entry, strict=True):
        if inner is not None and inner.resourceType in TYPES:
            resources.append(_sent(inner, entry.resource))
        elif entry.resource != _NULL:
            found = contents(entry.resource, f"{name}.entry", depth + 1)
            resources += found.resources
            failed |= found.failed
    return Contents(resources, _next(bundle.link), failed)


def sent(resource: dict[str, Any]) -> Sent:
    """A resource that was taken apart, as if it had just come.

    Raises:
        BadRequestError: if it is none, or holds what is no JSON text.
    """
    try:
        data = msgspec.json.encode(resource)
    except (UnicodeEncodeError, RecursionError, OverflowError):
        raise BadRequestError("The record cannot be read: it holds what is no JSON text.") from None
    head = _head(data)
    if head is None:
        raise BadRequestError("The record cannot be read: it holds what is no resource.")
    return _sent(head, data)


def with_id(resource: Sent, key: str) -> Sent:
    """A resource that came without an id, with this one."""
    return sent({**msgspec.json.decode(resource.data), "id": key})


def _head(data: bytes | msgspec.Raw) -> _Head | None:
    """What is looked at, whatever else is wrong; `None` for what is no resource."""
    try:
        return _HEAD.decode(data)
    except _BROKEN:
        pass
    try:
        found = msgspec.json.decode(data)
    except _BROKEN:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        return None
    head = _Head(found["resourceType"])
    if "id" in found:
        head.id = found["id"] if isinstance(found["id"], str) else ""
    for name in ("subject", "patient", "beneficiary"):
        target = found[name].get("reference") if isinstance(found.get(name), dict) else None
        setattr(head, name, _Named(target if isinstance(target, str) else None))
    return head


def _bundle(data: bytes | msgspec.Raw, name: str) -> _Bundle:
    try:
        return _BUNDLE.decode(data)
    except _BROKEN:
        raise BadRequestError(f"{name} is not a list of objects.") from None


def _sent(head: _Head, data: bytes | msgspec.Raw) -> Sent:
    for named in (head.subject, head.patient, head.beneficiary):
        if named is not None and named.reference is not None:
            whose = _patient(named.reference)
            if whose is not None:
                return Sent(head.resourceType, head.id, whose, data)
    return Sent(head.resourceType, head.id, None, data)


def _patient(target: str) -> str | None:
    """`1` of `https://ehr.example.org/fhir/Patient/1/_history/2`."""
    parts = target.partition("/_history")[0].rstrip("/").rsplit("/", 2)
    return parts[-1] if len(parts) >= 2 and parts[-2] == "Patient" else None


def _is_failure(outcome: Any) -> bool:
    issues = outcome.get("issue")
    if not isinstance(issues, list):
        return True
    return any(isinstance(each, dict) and each.get("severity") in _FAILED for each in issues)


def _next(links: Any) -> str | None:
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == "next":
            address = link.get("url")
            return address if isinstance(address, str) and address else "unknown"
    return None
