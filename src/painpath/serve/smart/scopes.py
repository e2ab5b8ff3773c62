"""Scopes: no more is asked for than is read; what was granted is read, and nothing else tried."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from painpath.serve.smart.queries import FOLLOWED, READ

_SCOPE = re.compile(r"(?:patient|user)/(\*|[A-Za-z]+)\.(\*|read|c?r?u?d?s?)(\?\S*)?")
_ONE_BY_ONE = {"Patient", *(query.type for query in FOLLOWED)}


class Granted(Enum):
    """How much of a type may be read."""

    all = "all"
    part = "part"
    """Only some kinds of it (`?category=...`)."""
    none = "none"


def wanted(*, resources: Sequence[str], from_chart: bool, is_newer: bool) -> str:
    """What to ask for.

    Args:
        resources: types of resources; none: all that are read.
        from_chart: launched from an open chart; else the record system asks for the patient.
        is_newer: the server knows the scopes of SMART 2.
    """
    chart = "launch" if from_chart else "launch/patient"
    kinds = [kind for kind in READ if kind in resources or not resources]
    return " ".join([chart, "openid", "fhirUser", *(_scope(kind, is_newer) for kind in kinds)])


def granted(given: str, kind: str) -> Granted:
    """How much of a type the scopes in a token's answer let be read."""
    found = Granted.none
    right = "r" if kind in _ONE_BY_ONE else "s"
    for scope in given.split():
        parts = _SCOPE.fullmatch(scope)
        if parts is None or parts[1] not in ("*", kind):
            continue
        if parts[2] in ("*", "read") or right in parts[2]:
            if parts[3] is None:
                return Granted.all
            found = Granted.part
    return found


def _scope(kind: str, is_newer: bool) -> str:
    if not is_newer:
        return f"patient/{kind}.read"
    return f"patient/{kind}.{'r' if kind in _ONE_BY_ONE else 'rs'}"
