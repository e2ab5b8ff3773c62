"""How large a request may be: refused by its stated length, or once it has grown too large."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

USUAL = 256 * 1024
"""Bytes; a form is far smaller."""


class TooLargeError(Exception):
    """More was sent than is allowed."""


class Sizes:
    """ASGI middleware. `larger`: beginning of a path to the bytes allowed there."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self.app = app
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 for what is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = max(
            (n for p, n in self.larger.items() if scope["path"].startswith(p)), default=USUAL
        )
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if not stated.isdigit() or int(stated) > most:
            await _refuse(most)(scope, receive, send)
            return
        received = 0
        started = over = False

        async def receiving() -> Message:
            nonlocal received, over
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > most:
                    over = True
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
            await _refuse(most)(scope, receive, send)


def _refuse(most: int) -> PlainTextResponse:
    words = f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} KB"
    return PlainTextResponse(
        f"The request is larger than {words}.", status_code=413, headers={"Connection": "close"}
    )
