"""Every route has a guard, or says that it is for everyone: checked when the service starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, compile_path

from painpath.serve.guard.visitor import SAFE, Guard, sent_by_us

_OPEN = ("/openapi.json",)
"""Made by the framework; says nothing that the source does not say."""
_BY_TOKEN = ("/cds-services",)
"""Beginnings of paths that programs call: each request brings a token that their part checks."""


def all_routes(routes: Sequence[BaseRoute]) -> list[RouteContext]:
    """Every route, those of included routers too."""
    return list(iter_route_contexts(routes))


def unguarded(routes: Sequence[BaseRoute]) -> list[str]:
    """Paths of routes that forgot their guard."""
    return [
        route.path or "?"
        for route in all_routes(routes)
        if not (is_open(route) or is_for_everyone(route) or _asks_who(route))
    ]


def taking(routes: Sequence[BaseRoute]) -> list[re.Pattern[str]]:
    """Paths of the routes that take something, and only from who is signed in."""
    return [
        compile_path(route.path)[0]
        for route in all_routes(routes)
        if route.path and _asks_who(route) and (route.methods or set()).difference(SAFE)
    ]


def is_open(route: RouteContext) -> bool:
    """Whether a route is not for people: the description, and what programs call with a token."""
    return route.path in _OPEN or (route.path or "").startswith(_BY_TOKEN)


def guards(route: RouteContext) -> list[Guard]:
    """What a route asks of its visitor beyond being signed in."""
    return [call for call in _calls(_dependant(route)) if isinstance(call, Guard)]


def is_for_everyone(route: RouteContext) -> bool:
    """Whether a route says that it needs no sign-in."""
    return bool(getattr(route.endpoint, "for_everyone", False))


def _asks_who(route: RouteContext) -> bool:
    return sent_by_us in _calls(_dependant(route))


def _dependant(route: RouteContext) -> Dependant | None:
    found: Dependant | None = getattr(route, "dependant", None)
    return found


def _calls(dependant: Dependant | None) -> Iterator[Any]:
    if dependant is None:
        return
    if dependant.call is not None:
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
