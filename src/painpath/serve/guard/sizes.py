"""How large a request may be: refused by its stated length, or once it has grown too large.

What is too large is thrown away as it comes, never kept: a browser reads no answer while it still
sends, so the sentence would be lost if the connection were simply closed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

USUAL = 256 * 1024
"""Bytes; a form is far smaller."""
_AROUND = 1 << 20
"""Bytes of a form around the files in it."""
_THROWN_AWAY = 512 << 20
"""Bytes that are let come for the sake of the answer; what states more is cut off."""


class TooLargeError(Exception):
    """More was sent than is allowed."""


class Sizes:
    """ASGI middleware.

    Args:
        app: what is guarded.
        larger: beginning of a path to the bytes allowed there.
        refusal: makes the answer from the request and one sentence.
    """

    def __init__(
        self, app: ASGIApp, larger: Mapping[str, int], refusal: Callable[[Scope, str], ASGIApp]
    ) -> None:
        self.app = app
        self.larger = larger
        self.refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 for what is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = (n for p, n in self.larger.items() if scope["path"].startswith(p))
        limit = max(named, default=USUAL)
        most = limit if limit == USUAL else limit + _AROUND
        headers = dict(scope["headers"])
        stated = headers.get(b"content-length", b"0")
        received = 0

        async def refuse() -> None:
            words = f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit >> 10} KB"
            sentence = f"What was sent is larger than {words}, the most that is taken here."
            await self.refusal(scope, sentence)(scope, receive, send)

        if not stated.isdigit() or int(stated) > most:
            # Who asks first whether to send has the answer before it does.
            waits = headers.get(b"expect", b"").lower() == b"100-continue"
            if stated.isdigit() and int(stated) <= _THROWN_AWAY and not waits:
                await _throw_away(receive, _THROWN_AWAY)
            await refuse()
            return
        started = over = False

        async def receiving() -> Message:
            nonlocal received, over
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > most:
                    over = True
                    if message.get("more_body", False):
                        await _throw_away(receive, _THROWN_AWAY - received)
                    raise TooLargeError
            return message

        async def sending(message: Message) -> None:
            nonlocal started
            # Whatever the application makes of a request cut short: the answer is ours.
            if not over or started:
                started = True
                await send(message)

        with contextlib.suppress(TooLargeError):
            await self.app(scope, receiving, sending)
        if over and not started:
            await refuse()


async def _throw_away(receive: Receive, most: int) -> None:
    """Let the rest of a request come, up to a limit, a piece at a time."""
    while most > 0:
        message = await receive()
        most -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
