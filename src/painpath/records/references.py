"""Finding what a reference points to: relative, absolute, `urn:uuid:`, contained.

Nothing here follows a chain, so circles cannot hurt.
"""

# ruff: noqa: N815 - names of FHIR elements

from __future__ import annotations

import msgspec

from painpath.records.datatypes import Reference
from painpath.records.repair import UnreadableError, decode
from painpath.records.resources import TYPES, Resource


class Target(msgspec.Struct, frozen=True, gc=False):
    """A resource of the record and how messages call it."""

    ref: str
    resource: Resource


class _Head(msgspec.Struct):
    resourceType: str = ""
    id: str | None = None


_HEAD = msgspec.json.Decoder(_Head)


class Index:
    """The resources of one record by the ways others may refer to them."""

    def __init__(self, shared: Index | None = None) -> None:
        self._shared = shared
        """Resources of nobody in particular: medications, organizations."""
        self._by_ref: dict[str, Target] = {}
        self._urls: list[tuple[str, str]] = []
        self._by_url: dict[str, str] = {}

    def add(self, target: Target, url: str | None) -> Target | None:
        """File a resource under its `Type/id` and its `fullUrl`.

        Returns:
            The one that is already filed under this `Type/id`; then that one stays.
        """
        if url is not None:
            self._urls.append((url, target.ref))
        known = self._by_ref.setdefault(target.ref, target)
        return None if known is target else known

    def replace(self, target: Target) -> None:
        """Put a resource in the place of the one of the same `Type/id`."""
        self._by_ref[target.ref] = target

    def get(self, ref: str) -> Target | None:
        """The resource called `Type/id`."""
        found = self._by_ref.get(ref)
        return self._shared.get(ref) if found is None and self._shared is not None else found

    def name(self, reference: str) -> str | None:
        """`Type/id` that a reference stands for, whether or not it is in the record."""
        text = reference.strip()
        if text.startswith("#") or not text:
            return None
        if text in self._by_ref:
            return text
        known = self._by_url_name(text)
        if known is None and self._shared is not None:
            known = self._shared._by_url_name(text)
        if known is not None:
            return known
        if text.startswith("urn:"):
            return None
        parts = text.split("?")[0].split("/_history")[0].rstrip("/").split("/")
        return f"{parts[-2]}/{parts[-1]}" if len(parts) >= 2 else None

    def _by_url_name(self, url: str) -> str | None:
        self._by_url.update(self._urls)
        self._urls.clear()
        return self._by_url.get(url)

    def find(self, reference: Reference | None, owner: Resource | None = None) -> Target | None:
        """What a reference points to; `None` if that is not in the record."""
        if reference is None or reference.reference is None:
            return None
        text = reference.reference.strip()
        if text.startswith("#"):
            return None if owner is None else _contained(owner, text[1:])
        name = self.name(text)
        return None if name is None else self.get(name)


def _contained(owner: Resource, name: str) -> Target | None:
    for target in contained(owner):
        if target.resource.id in (name, f"#{name}"):
            return target
    return None


def contained(owner: Resource) -> list[Target]:
    """The resources inside a resource that are of a type we read."""
    found: list[Target] = []
    for raw in owner.contained:
        try:
            head = _HEAD.decode(raw)
            kind = TYPES.get(head.resourceType)
            if kind is not None:
                found.append(Target(f"#{head.id}", decode(raw, kind)[0]))
        except (msgspec.DecodeError, RecursionError, UnreadableError):
            continue
    return found
