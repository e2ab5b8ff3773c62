"""The shape of what counts as response to treatment, and of when it is looked at.

Only the shape; the arithmetic stands in `painpath.outcomes`.
"""

# ruff: noqa: RUF012 - msgspec copies defaults

from __future__ import annotations

from painpath.knowledge.instruments import Domain
from painpath.knowledge.strict import OneOrMany, Review, Strict


class Response(Strict, frozen=True, kw_only=True):
    """One definition of response, with a name that a report can cite.

    Exactly one of `improves_percent`, `improves_points`, `worsens_percent`, `value_at_most`, `any`
    and `each` says what is asked. All limits are inclusive and nothing is rounded first.
    """

    id: str
    text: str
    of: OneOrMany = []
    """Scores it may be judged on."""
    improves_percent: float | None = None
    improves_points: float | None = None
    worsens_percent: float | None = None
    value_at_most: float | None = None
    any: list[list[str]] = []
    """Other definitions: one of these lists holds in all its members."""
    each: list[Domain] = []
    """In each of these domains a score improved by its smallest important change."""
    design: bool = False
    """Set by PainPath for want of a source."""
    cite: OneOrMany = []
    review: Review | None = None
    note: str | None = None


class Visit(Strict, frozen=True, kw_only=True):
    """A planned look at the outcome: `window` before to `window` after."""

    id: str
    at: str
    window: str


class FollowUp(Strict, frozen=True, kw_only=True):
    """When outcome is looked at, and what may be shown of it."""

    id: str
    name: str
    baseline: str
    """How long before the procedure the first value may lie."""
    visits: list[Visit]
    relief_lost_below: list[float]
    """Percent relief under which a responder has lost it."""
    smallest_cell: int
    """The smallest count, zero apart, that may leave the clinic."""
    smallest_at_risk: int
    """A curve ends where fewer are still followed."""
    cite: OneOrMany
    review: Review | None = None
    note: str | None = None
