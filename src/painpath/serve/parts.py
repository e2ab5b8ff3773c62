"""How a part of the service joins it: its routes, where they stand in the navigation, its limits.

A new part is a module with a `PART`, named in `app.PARTS`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from fastapi import APIRouter

from painpath.serve.people.roles import Right


class Entry(msgspec.Struct, frozen=True):
    """A place in the navigation, for those who have the right."""

    path: str
    name: str
    right: Right


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some routes and what they need."""

    router: APIRouter
    entries: tuple[Entry, ...] = ()
    larger: Mapping[str, int] = {}
    """Beginnings of paths that take more than a form: bytes allowed there."""
    templates: str | None = None
    """A package whose folder `templates` holds this part's pages."""
