"""The plain twin of folding: Kleene's logic over a tree of criteria, one patient at a time.

Met 2, unknown 1, not met 0; None: not applicable, drops out of its group. `later` is the verdict
once every cure by time has come, `due` the day of it.
"""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

ON = datetime.date(2026, 6, 15)
WAIT = datetime.timedelta(days=30)
ABSENT = {"unknown": 1, "not-met": 0, "met": 2, "not-applicable": None}


class Value(NamedTuple):
    now: int | None
    later: int | None = None
    due: datetime.date | None = None
    stops: bool = False


DROPPED = Value(None)


def leaf_value(leaf: dict[str, Any], patient: dict[str, Any]) -> Value:
    """`patient`: concept -> None (silent), False (recorded as "no") or the day of the fact."""
    said = patient[leaf["of"]]
    due = None
    if said is None or (said is False and leaf["kind"] == "elapsed"):
        now = ABSENT[leaf["absent"]]
    elif leaf["kind"] == "present":
        now = 0 if said is False else 2
    else:
        now = 2 if said + WAIT <= ON else 0
        due = said + WAIT if now == 0 else None
    stops = leaf["role"] == "exclusion" and now == 0
    return Value(now, 2 if due else now, due, stops)


def decides(leaf: dict[str, Any]) -> bool:
    return leaf["role"] != "advice" and leaf["review"] != "unverified"


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


def fold(op: str, n: int, members: list[Value]) -> Value:
    now = kleene(op, n, [m.now for m in members])
    later = kleene(op, n, [m.later for m in members])
    due = None
    days = sorted(m.due for m in members if m.due)
    cured = sorted(m.due for m in members if m.due and m.later == 2)
    if now is not None and now < 2 and later > now and days:
        if op == "all":
            due = days[-1]
        elif op == "any":
            # The first alternative that time cures wholly, if there is one.
            due = next(iter(cured if later == 2 else days), None)
        else:
            nth = n - sum(m.now == 2 for m in members)
            due = cured[nth - 1] if nth <= len(cured) else days[-1]
    return Value(now, later, due, any(m.stops for m in members))


def judge(node: dict[str, Any], patient: dict[str, Any]) -> Value:
    if "kind" in node:
        return leaf_value(node, patient) if decides(node) else DROPPED
    if "when" in node:
        condition = judge(node["when"], patient).now
        body = fold("all", 0, [judge(member, patient) for member in node["then"]])
        if condition == 2:
            return body
        if condition != 1 or body.now is None:
            return DROPPED
        return Value(max(body.now, 1), max(body.later or 0, 1))
    op = next(key for key in ("all", "any", "of") if key in node)
    members = [judge(member, patient) for member in node[op]]
    return fold("at-least" if op == "of" else op, node.get("n", 0), members)
