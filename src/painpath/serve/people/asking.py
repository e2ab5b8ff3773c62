"""What an identity provider says of itself and gives for a code: one JSON object within limits.

For signing in at the clinic's provider and for launches from a record system. The record itself is
asked for by `painpath.fhirserver`, on the same line.
"""

from __future__ import annotations

from typing import Any

import msgspec

from painpath.fhirserver.blocking import finished
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.limits import Limits
from painpath.fhirserver.line import Line

_LIMITS = Limits(seconds=10, most_bytes=1 << 20)


def ask_json(method: str, address: str, **terms: Any) -> dict[str, Any]:
    """One JSON object.

    Raises:
        AskError: if there is none.
    """
    try:
        found = msgspec.json.decode(finished(_asked(method, address, **terms)))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise AskError(Why.not_json)
    return found


async def _asked(method: str, address: str, **terms: Any) -> bytes:
    async with Line(_LIMITS) as line:
        return await line.ask(method, address, "application/json", **terms)
