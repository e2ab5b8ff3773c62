"""For callers that wait: what is asked runs to its end in their own thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def finished(work: Coroutine[Any, Any, _Result]) -> _Result:
    """What it gives. Of threads without an event loop, as those are in which pages are made."""
    return asyncio.run(work)
