"""What a client sent along: which templates it answered, and which it did not.

A key with null means that there are no data. A key that is not there was not answered, and so was
one that holds an OperationOutcome or a list cut off after its first page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from painpath.hooks.catalogue import QUERIES, TOKEN, Query
from painpath.hooks.errors import BadRequestError, MissingDataError
from painpath.hooks.request import HookRequest, Resource
from painpath.records.resources import TYPES

_DEEPEST = 3
_FAILED = ("error", "fatal")


class Contents(msgspec.Struct, frozen=True):
    """What one answer of a FHIR server holds."""

    resources: list[Resource]
    next: str | None = None
    """Address of the next page."""
    failed: bool = False
    """It says that the search or read did not work."""

    @property
    def whole(self) -> bool:
        """Nothing is lacking."""
        return not self.failed and self.next is None


class Gathered(msgspec.Struct, frozen=True):
    """The resources at hand and the queries that are still open."""

    resources: list[Resource]
    lacking: list[Query]

    def short(self) -> list[str]:
        """What was not sent, in words."""
        return [query.words for query in self.lacking]


def filled(query: Query, request: HookRequest) -> str:
    """The relative address of a query: its token replaced."""
    return query.template.replace(TOKEN, request.patient)


def gather(request: HookRequest, queries: Sequence[Query] = QUERIES) -> Gathered:
    """What came with a request.

    Raises:
        BadRequestError: if a key holds something that is no FHIR resource.
    """
    resources: list[Resource] = []
    lacking: list[Query] = []
    for query in queries:
        if query.key not in request.prefetch:
            lacking.append(query)
            continue
        value = request.prefetch[query.key]
        if value is None:
            continue
        found = contents(value, f"prefetch.{query.key}")
        if found.whole:
            resources += found.resources
        else:
            lacking.append(query)
    return Gathered(resources, lacking)


def contents(value: Any, name: str, depth: int = 0) -> Contents:
    """The resources of a single resource or of a Bundle.

    Raises:
        BadRequestError: if it is no FHIR resource.
    """
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        raise BadRequestError(f"{name} is not a FHIR resource.")
    kind = value["resourceType"]
    if kind == "OperationOutcome":
        # Alone it stands where the data should be; within a Bundle it may be only a remark.
        return Contents([], failed=depth == 0 or _is_failure(value))
    if kind != "Bundle":
        return Contents([value])
    if depth == _DEEPEST:
        raise BadRequestError(f"{name} holds Bundles within Bundles.")
    entries = value.get("entry", [])
    if not isinstance(entries, list):
        raise BadRequestError(f"{name}.entry is not a list.")
    resources: list[Resource] = []
    failed = False
    for entry in entries:
        if not isinstance(entry, dict):
            raise BadRequestError(f"{name}.entry holds something that is not an object.")
        if entry.get("resource") is None:
            continue
        resource = entry["resource"]
        if isinstance(resource, dict):
            kind = resource.get("resourceType")
            if isinstance(kind, str) and kind in TYPES:
                resources.append(resource)
                continue
        inner = contents(resource, f"{name}.entry", depth + 1)
        resources += inner.resources
        failed |= inner.failed
    return Contents(resources, _next(value.get("link")), failed)


def _is_failure(outcome: Resource) -> bool:
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


def complete(gathered: Gathered, request: HookRequest) -> Gathered:
    """The resources that are this patient's, if everything that is needed is there.

    Raises:
        MissingDataError: if something that is needed was neither sent nor fetched.
        BadRequestError: if the patient sent is another one.
    """
    needed = [query.words for query in gathered.lacking if query.required]
    if needed:
        raise MissingDataError(
            f"Not sent, and not to be fetched: {', '.join(needed)}."
            " The keys of prefetch are listed at /cds-services."
        )
    own = list(_own(gathered.resources, request.patient))
    patients = [each for each in own if each["resourceType"] == "Patient"]
    if not patients:
        others = any(each["resourceType"] == "Patient" for each in gathered.resources)
        if others:
            raise BadRequestError("The patient sent is not the one of context.patientId.")
        raise MissingDataError("Not sent, and not to be fetched: the patient.")
    return Gathered(own, gathered.lacking)


def _own(resources: Iterable[Resource], patient: str) -> Iterable[Resource]:
    """Resources of the patient, and those of nobody in particular."""
    plainly = f"Patient/{patient}"
    for resource in resources:
        named = resource.get("subject")
        if isinstance(named, dict) and named.get("reference") == plainly:
            yield resource
            continue
        if resource["resourceType"] == "Patient":
            key = resource.get("id", patient)
            if key == patient:
                yield {**resource, "id": patient}
        elif _whose(resource) in (None, patient):
            yield resource


def _whose(resource: Resource) -> str | None:
    """The patient that a resource names, as an id."""
    for field in ("subject", "patient", "beneficiary"):
        named = resource.get(field)
        target = named.get("reference") if isinstance(named, dict) else None
        if isinstance(target, str):
            parts = target.split("/_history")[0].rstrip("/").split("/")
            if len(parts) >= 2 and parts[-2] == "Patient":
                return parts[-1]
    return None


def own_drafts(drafts: Iterable[Resource], patient: str) -> list[Resource]:
    """Drafts that name no other patient."""
    return [draft for draft in drafts if _whose(draft) in (None, patient)]
