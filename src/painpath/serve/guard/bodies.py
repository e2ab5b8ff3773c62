"""Who sends something is asked who they are before it is read.

The framework takes the body of a request apart before it asks the guards of a route. Here nobody
comes so far who is not signed in; what they send is let go by, unread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from painpath.serve.guard.visitor import SAFE, signed_in


class Bodies:
    """ASGI middleware, within the one that knows how much may be sent.

    Args:
        app: what is guarded.
        guarded: paths of routes that take something from who is signed in.
        refusal: makes the answer from the request and from what stood in the way.
    """

    def __init__(
        self,
        app: ASGIApp,
        guarded: Sequence[re.Pattern[str]],
        refusal: Callable[[Request, Exception], ASGIApp],
    ) -> None:
        self.app = app
        self.guarded = guarded
        self.refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once whoever is not signed in."""
        if scope["type"] == "http" and scope["method"] not in SAFE and self._is_guarded(scope):
            request = Request(scope)
            try:
                await run_in_threadpool(signed_in, request)
            except Exception as error:
                await _let_go_by(receive)
                await self.refusal(request, error)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_guarded(self, scope: Scope) -> bool:
        return any(path.match(scope["path"]) for path in self.guarded)


async def _let_go_by(receive: Receive) -> None:
    """A browser reads no answer while it still sends."""
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)
