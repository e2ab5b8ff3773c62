"""The criteria of an option in reading order: what is open first. No medical rule."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from painpath.planning.plan import CriterionResult

_VERDICT_ORDER = {"unknown": 0, "not-met": 1, "met": 2, "not-applicable": 3}


class Grouped(msgspec.Struct, frozen=True):
    """Criteria by what a reader does with them."""

    open: list[CriterionResult]
    """The status hangs on them: unknown first, then not met."""
    met: list[CriterionResult]
    check: list[CriterionResult]
    """"Also check": they decide nothing alone."""
    spare: list[CriterionResult]
    """Open ways that are not needed, and what does not apply."""


def grouped(criteria: Sequence[CriterionResult]) -> Grouped:
    """Each criterion in one group."""
    groups = Grouped([], [], [], [])
    for criterion in sorted(criteria, key=lambda c: _VERDICT_ORDER[c.verdict]):
        if not criterion.decides:
            groups.check.append(criterion)
        elif spare(criterion) or criterion.verdict == "not-applicable":
            groups.spare.append(criterion)
        elif criterion.verdict == "met":
            groups.met.append(criterion)
        else:
            groups.open.append(criterion)
    return groups


def spare(criterion: CriterionResult) -> bool:
    """Open, but the status does not hang on it: another way is met or nearer."""
    return (
        criterion.decides and not criterion.decisive and criterion.verdict in ("unknown", "not-met")
    )
