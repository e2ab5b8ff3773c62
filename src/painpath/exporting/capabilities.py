"""What a server says it has: asking for a type it does not know fails on many."""

from __future__ import annotations

import msgspec

from painpath.exporting.talking import Talk


class _Resource(msgspec.Struct):
    type: str = ""


class _Rest(msgspec.Struct):
    mode: str = "server"
    resource: list[_Resource] = []


class _Statement(msgspec.Struct):
    rest: list[_Rest] = []


def types(talk: Talk, server: str, wanted: frozenset[str]) -> list[str]:
    """Those of the wanted types that the server has; all of them where it does not say."""
    response = talk.get(f"{server}/metadata", {"Accept": "application/fhir+json"}, token=False)
    try:
        statement = msgspec.json.decode(response.content, type=_Statement)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return sorted(wanted)
    there = {resource.type for rest in statement.rest for resource in rest.resource}
    return sorted(wanted & there) or sorted(wanted)
