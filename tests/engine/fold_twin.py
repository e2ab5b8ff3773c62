"""The plain twin of folding: Kleene's logic over a tree of criteria, one patient at a time.

Met 2, unknown 1, not met 0; None: not applicable, drops out of its group. What waiting does is
found by asking again, day by day: `later` is the verdict in the end, `due` the first day with it.
"""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

ON = datetime.date(2026, 6, 15)
WAIT = datetime.timedelta(days=30)
IN_THE_END = datetime.date(2100, 1, 1)
ABSENT = {"unknown": 1, "not-met": 0, "met": 2, "not-applicable": None}


class Value(NamedTuple):
    now: int | None
    later: int | None = None
    due: datetime.date | None = None
    stops: bool = False


DROPPED = Value(None)


def leaf_verdict(leaf: dict[str, Any], patient: dict[str, Any], day: datetime.date) -> int | None:
    """`patient`: concept -> None (silent), False (recorded as "no") or the day of the fact."""
    if leaf["role"] == "advice" or leaf["review"] == "unverified":
        return None
    said = patient[leaf["of"]]
    if said is None or (said is False and leaf["kind"] == "elapsed"):
        return ABSENT[leaf["absent"]]
    if leaf["kind"] == "present":
        return 0 if said is False else 2
    return 2 if said + WAIT <= day else 0


def kleene(op: str, n: int, values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    if op == "any":
        return max(known)
    if op == "all":
        return min(known)
    if sum(value == 2 for value in known) >= n:
        return 2
    return 1 if sum(value >= 1 for value in known) >= n else 0


def members(node: dict[str, Any]) -> list[dict[str, Any]]:
    return node[next(key for key in ("all", "any", "of", "then") if key in node)]


def verdict(node: dict[str, Any], patient: dict[str, Any], day: datetime.date) -> int | None:
    if "kind" in node:
        return leaf_verdict(node, patient, day)
    values = [verdict(member, patient, day) for member in members(node)]
    if "when" in node:
        condition, body = verdict(node["when"], patient, ON), kleene("all", 0, values)
        if condition == 2 or body is None:
            return body
        return max(body, 1) if condition == 1 else None
    op = "at-least" if "of" in node else "any" if "any" in node else "all"
    return kleene(op, node.get("n", 0), values)


def stops(node: dict[str, Any], patient: dict[str, Any]) -> bool:
    """Whether an exclusion is certainly there, under conditions that are met."""
    if "kind" in node:
        return node["role"] == "exclusion" and leaf_verdict(node, patient, ON) == 0
    if "when" in node and verdict(node["when"], patient, ON) != 2:
        return False
    return any(stops(member, patient) for member in members(node))


def judge(node: dict[str, Any], patient: dict[str, Any]) -> Value:
    now, later = (verdict(node, patient, day) for day in (ON, IN_THE_END))
    due = None
    if now is not None and now < 2 and later > now:
        days = sorted(said + WAIT for said in patient.values() if said and said + WAIT > ON)
        due = next(day for day in days if verdict(node, patient, day) == later)
    return Value(now, later, due, stops(node, patient))
