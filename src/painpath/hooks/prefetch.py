"""What a client sent along: which templates it answered, and which it did not.

A key with null means that there are no data. A key that is not there was not answered, and so was
one that holds an OperationOutcome or a list cut off after its first page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from painpath.hooks.catalogue import QUERIES, TOKEN, Query
from painpath.hooks.errors import BadRequestError, MissingDataError
from painpath.hooks.request import HookRequest, Resource
from painpath.hooks.sent import Sent, contents, sent, with_id


class Gathered(msgspec.Struct, frozen=True):
    """The resources at hand and the queries that are still open."""

    resources: list[Sent]
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
    resources: list[Sent] = []
    lacking: list[Query] = []
    for query in queries:
        if query.key not in request.prefetch:
            lacking.append(query)
            continue
        value = request.prefetch[query.key]
        if bytes(value) == b"null":
            continue
        found = contents(value, f"prefetch.{query.key}")
        if found.whole:
            resources += found.resources
        else:
            lacking.append(query)
    return Gathered(resources, lacking)


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
    if not any(each.kind == "Patient" for each in own):
        if any(each.kind == "Patient" for each in gathered.resources):
            raise BadRequestError("The patient sent is not the one of context.patientId.")
        raise MissingDataError("Not sent, and not to be fetched: the patient.")
    return Gathered(own, gathered.lacking)


def _own(resources: Iterable[Sent], patient: str) -> Iterable[Sent]:
    """Resources of the patient, and those of nobody in particular."""
    for resource in resources:
        if resource.kind != "Patient":
            if resource.whose in (None, patient):
                yield resource
        elif resource.key is None:
            yield with_id(resource, patient)
        elif resource.key == patient:
            yield resource


def own_drafts(drafts: Iterable[Resource], patient: str) -> list[Resource]:
    """Drafts that name no other patient."""
    return [draft for draft in drafts if sent(draft).whose in (None, patient)]
