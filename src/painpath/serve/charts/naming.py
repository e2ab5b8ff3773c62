"""Who a record is about, as far as lists need it: the name; the planner reads everything else."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from painpath.planning.facts import printable

_LONGEST = 200


class _Name(msgspec.Struct):
    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: list[str | None] = []


class _Patient(msgspec.Struct):
    id: str | None = None
    name: list[_Name] = []


class _Head(msgspec.Struct):
    resourceType: str | None = None  # noqa: N815 - as FHIR names it


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw()


class _Bundle(msgspec.Struct):
    entry: list[_Entry] = []


_BUNDLE = msgspec.json.Decoder(_Bundle)
_HEAD = msgspec.json.Decoder(_Head)
_PATIENT = msgspec.json.Decoder(_Patient)
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def shown_name(data: bytes, patient: str, *, lines: bool) -> str:
    """The patient's name, or the id where there is none that can be read."""
    for resource in _resources(data, lines=lines):
        name = _name(resource, patient)
        if name:
            return name
    return printable(patient)[:_LONGEST] or "without a name"


def _resources(data: bytes, *, lines: bool) -> Iterator[bytes]:
    if lines:
        yield from (line for line in data.splitlines() if b'"Patient"' in line)
        return
    try:
        bundle = _BUNDLE.decode(data)
    except _BROKEN:
        return
    yield from (bytes(entry.resource) for entry in bundle.entry if entry.resource)
    yield data


def _name(resource: bytes, patient: str) -> str | None:
    try:
        if _HEAD.decode(resource).resourceType != "Patient":
            return None
        read = _PATIENT.decode(resource)
    except _BROKEN:
        return None
    if read.id != patient:
        return None
    # An official name before a nickname or an old one.
    named = sorted(
        read.name,
        key=lambda n: (
            ("official", "usual", None).index(n.use) if n.use in ("official", "usual", None) else 3
        ),
    )
    for name in named:
        given = " ".join(each for each in name.given if each)
        family = name.family or ""
        text = ", ".join(part for part in (family, given) if part) or name.text or ""
        text = " ".join(printable(text).split())
        if text:
            return text[:_LONGEST]
    return None
