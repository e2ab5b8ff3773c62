"""The resources of a request as one document, read into a record as any other."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from painpath.hooks.errors import BadRequestError
from painpath.hooks.request import Resource, reference
from painpath.hooks.sent import Sent, sent
from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.errors import RecordError
from painpath.records.facts import Prescription
from painpath.records.reading import Record, read_bytes

_NAME = "the data sent"


def record_of(
    resources: Sequence[Sent],
    drafts: Sequence[Resource],
    day: datetime.date,
    vocabulary: Vocabulary,
) -> Record:
    """The patient's record with the drafts in it.

    Args:
        resources: what is on record; of what is also a draft, the draft counts.
        drafts: orders and appointments in the making.
        day: today, on which a draft is written, whatever the client's clock says.
        vocabulary: what the codes mean.

    Raises:
        BadRequestError: if nothing in it can be used.
    """
    written = [_dated(draft, day) for draft in drafts]
    again = {reference(draft) for draft in written}
    kept = [each for each in resources if _name(each) not in again] if again else resources
    return _read([*kept, *map(sent, written)], vocabulary)


def prescriptions_of(
    resources: Iterable[Sent],
    drafts: Sequence[Resource],
    day: datetime.date,
    vocabulary: Vocabulary,
) -> tuple[Prescription, ...]:
    """The draft medication orders as if they had been signed."""
    orders = [d for d in signed(drafts, day) if d["resourceType"] == "MedicationRequest"]
    if not orders:
        return ()
    orders += [draft for draft in drafts if draft["resourceType"] == "Medication"]
    beside = [each for each in resources if each.kind in ("Patient", "Medication")]
    record = _read([*beside, *map(sent, orders)], vocabulary)
    names = {reference(order) for order in orders}
    return tuple(p for p in record.prescriptions if p.ref in names)


def signed(drafts: Iterable[Resource], day: datetime.date) -> list[Resource]:
    """The drafts as they will be once they are signed."""
    return [
        {**_dated(draft, day), "status": "active"}
        if draft.get("status") in (None, "draft", "on-hold")
        else draft
        for draft in drafts
    ]


def _dated(draft: Resource, day: datetime.date) -> Resource:
    return {**draft, "authoredOn": day.isoformat()} if "authoredOn" in draft else draft


def _name(resource: Sent) -> str | None:
    return f"{resource.kind}/{resource.key}" if resource.key else None


def _read(resources: Sequence[Sent], vocabulary: Vocabulary) -> Record:
    entries = b",".join(b'{"resource":%b}' % bytes(each.data) for each in resources)
    data = b'{"resourceType":"Bundle","type":"collection","entry":[%b]}' % entries
    try:
        return read_bytes(data, vocabulary, name=_NAME)
    except RecordError as error:
        raise BadRequestError(f"The record cannot be read: {error}.") from None
