"""Which prescriptions count on a day, and which repeat another one.

Reads status, dates and kind of a prescription only; it knows nothing of doses.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec

from painpath.opioids.products import Product
from painpath.records.facts import Prescription

_COUNTS: dict[str, frozenset[str]] = {
    "MedicationRequest": frozenset({"active", "unknown", ""}),
    "MedicationStatement": frozenset({"active", "unknown", ""}),
    # What was handed over is taken until its days' supply is used up.
    "MedicationDispense": frozenset({"completed", "in-progress", "unknown", ""}),
}
"""FHIR statuses of a drug that is being taken. A single administration is no daily dose."""

_ENDED = frozenset({"completed", "stopped"})
"""Taken until the stated end, for who looks back."""

_NOT_ORDERED = frozenset({"proposal", "option"})
_RANK = {"MedicationRequest": 0, "MedicationStatement": 1, "MedicationDispense": 2}


class Order(msgspec.Struct, frozen=True):
    """A prescription of an opioid that is taken on the day."""

    prescription: Prescription
    product: Product
    flags: tuple[str, ...] = ()

    @property
    def runs_out(self) -> datetime.date | None:
        """First day without supply, by days' supply, else the day after the stated end."""
        start, end = self.prescription.start, self.prescription.end
        if start is not None and self.prescription.days_supply:
            return start + datetime.timedelta(days=int(self.prescription.days_supply))
        return end + datetime.timedelta(days=1) if end is not None else None


def taken_on(prescription: Prescription, day: datetime.date, *, history: bool = False) -> bool:
    """Whether the record says that it is taken on this day.

    With `history`, an order that has ended by now counts from its start to its stated end.
    """
    counts = _COUNTS.get(prescription.kind, frozenset())
    if prescription.status not in counts:
        looked_back = history and counts and prescription.status in _ENDED
        if not looked_back or prescription.start is None or prescription.end is None:
            return False
    if prescription.intent in _NOT_ORDERED:
        return False
    if prescription.start is not None and prescription.start > day:
        return False
    if prescription.kind == "MedicationDispense":
        if prescription.start is None or not prescription.days_supply:
            return False
        supply = datetime.timedelta(days=int(prescription.days_supply))
        return day < prescription.start + supply
    return prescription.end is None or prescription.end >= day


def notes(order: Order, day: datetime.date) -> list[str]:
    """What a reader should know of the order's own dates and status."""
    prescription = order.prescription
    found = []
    if prescription.status in ("unknown", ""):
        found.append("the status is not known; counted as taken")
    if prescription.intent == "plan":
        found.append("recorded as a plan, not an order; counted")
    out = order.runs_out
    if out is not None and out <= day and prescription.kind != "MedicationDispense":
        found.append(
            f"the supply, without refills, ran out on {out}; counted because the order is active"
        )
    return found


def repeated(
    orders: Sequence[Order], computed: Sequence[bool], overlap: int
) -> dict[int, tuple[int, str]]:
    """Orders that another one stands for: index to (index of that one, why).

    Args:
        orders: The opioids taken on the day.
        computed: Whether the dose of each could be computed.
        overlap: A later order that starts at most so many days before the supply of the earlier
            one ends renews it.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, order in enumerate(orders):
        groups.setdefault(_group(order), []).append(index)
    stands: dict[int, tuple[int, str]] = {}
    for group in groups.values():
        stands |= _renewed(orders, group, overlap)
        left = [index for index in group if index not in stands]
        stands |= _told_twice(orders, computed, left)
    return stands


def _group(order: Order) -> tuple[object, ...]:
    if order.product.strength is None:
        return (*order.product.key, order.prescription.text.lower())
    return order.product.key


def _renewed(
    orders: Sequence[Order], group: Sequence[int], overlap: int
) -> dict[int, tuple[int, str]]:
    """Earlier orders of a product whose supply ends about when a later one starts."""
    slack = datetime.timedelta(days=overlap)
    found: dict[int, tuple[int, str]] = {}
    for old in group:
        for new in group:
            earlier, later = orders[old].prescription, orders[new].prescription
            if old == new or earlier.kind != later.kind:
                continue
            linked = later.prior is not None and later.prior == earlier.ref
            start, out = later.start, orders[old].runs_out
            follows = (
                start is not None
                and out is not None
                and earlier.start is not None
                and start > earlier.start
                and start >= out - slack
            )
            if linked or follows:
                found[old] = (new, f"renewed by {later.ref}")
    return found


def _told_twice(
    orders: Sequence[Order], computed: Sequence[bool], left: Sequence[int]
) -> dict[int, tuple[int, str]]:
    """A medication list and a pharmacy tell of the same drug as the order."""
    kinds = {orders[index].prescription.kind for index in left}
    if len(kinds) < 2:
        return {}
    kept_kind = min(
        kinds,
        key=lambda kind: (
            not any(computed[i] for i in left if orders[i].prescription.kind == kind),
            _RANK[kind],
        ),
    )
    kept = next(i for i in left if orders[i].prescription.kind == kept_kind)
    ref = orders[kept].prescription.ref
    return {
        index: (kept, f"tells of the same product as {ref}")
        for index in left
        if orders[index].prescription.kind != kept_kind
    }
