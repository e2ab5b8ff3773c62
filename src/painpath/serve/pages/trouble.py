"""What is shown when something cannot be: one sentence, and never the inside of the program."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from painpath.paperwork.pdf import NoPdfError
from painpath.planning.payer import UnknownPolicyError
from painpath.records.errors import RecordError
from painpath.serve.guard.sizes import TooLargeError
from painpath.serve.guard.visitor import SignInError
from painpath.serve.pages.rendering import is_part, show

_LOG = logging.getLogger("painpath.serve")
_NAMES = {
    400: "That could not be understood",
    403: "Not open to you",
    404: "Not found",
    405: "Not possible here",
    413: "Too large",
    422: "That could not be understood",
    500: "Something went wrong here",
    501: "Not possible here",
    503: "The service is busy",
}


def install(app: FastAPI) -> None:
    """Give the app its answers to trouble."""
    app.add_exception_handler(SignInError, _sign_in)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(RecordError, _record)
    app.add_exception_handler(UnknownPolicyError, _no_policy)
    app.add_exception_handler(NoPdfError, _no_pdf)
    app.add_exception_handler(sa.exc.OperationalError, _busy)
    # The framework would pass on what nobody handles, words and all, to the server's log.
    app.add_middleware(_Broken)


def too_large(scope: Scope, sentence: str) -> Response:
    """More was sent than is taken: said before anybody is asked who they are."""
    return _answer(Request(scope), 413, sentence, {"Connection": "close"})


def not_read(request: Request, error: Exception) -> Response:
    """What somebody sent is not read: they are not signed in, or nobody can tell."""
    if isinstance(error, SignInError):
        return _sign_in(request, error)
    if isinstance(error, sa.exc.OperationalError):
        return _busy(request, error)
    return _broken(request, error)


def _sign_in(request: Request, error: Exception) -> Response:
    """To the form, and back to the page afterwards."""
    del error
    if request.headers.get("hx-request") == "true":
        # htmx follows a redirect silently into the page; this one makes the browser go there.
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if not _wants_page(request):
        return JSONResponse({"detail": "Please sign in."}, 401)
    if request.method != "GET":
        return RedirectResponse("/sign-in", 303)
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    form = URL("/sign-in")
    return RedirectResponse(form if asked == "/" else form.include_query_params(next=asked), 303)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    unsaid = error.status_code == 404 and error.detail == "Not Found"
    sentence = "There is no page at this address." if unsaid else str(error.detail)
    return _answer(request, error.status_code, sentence, headers)


def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if _wants_page(request):
        names = [str(each["loc"][-1]).replace("_", " ") for each in error.errors()]
        return _answer(request, 422, f"Not understood: “{'”, “'.join(dict.fromkeys(names))}”.")
    places = [".".join(str(p) for p in each["loc"]) for each in error.errors()]
    return _answer(request, 422, f"Not understood: {', '.join(dict.fromkeys(places))}.")


def _record(request: Request, error: Exception) -> Response:
    return _answer(request, 422, f"This record cannot be read. {error}.")


def _no_policy(request: Request, error: Exception) -> Response:
    del error
    return _answer(request, 404, "No payer or policy of that name is on file.")


def _no_pdf(request: Request, error: Exception) -> Response:
    del error
    return _answer(request, 501, "PDF is not set up here. Please print the page instead.")


def _busy(request: Request, error: Exception) -> Response:
    log(request, error)
    return _answer(request, 503, "The database does not answer. Please try again in a minute.")


class _Broken:
    """ASGI middleware, the innermost: whatever else goes wrong is answered here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except TooLargeError:
            raise
        except Exception as error:
            answer = _broken(Request(scope, receive), error)
            if not started:
                await answer(scope, receive, send)


def _broken(request: Request, error: Exception) -> Response:
    log(request, error)
    return _answer(
        request, 500, "Nothing was changed. Please try again; if it happens again, say so."
    )


def log(request: Request, error: Exception) -> None:
    """Kind and place of an error. Not its words: they may quote a record."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-6:][::-1])
    route = getattr(request.scope.get("route"), "path", "?")
    _LOG.error("%s %s: %s at %s", request.method, route, type(error).__name__, where)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _answer(
    request: Request, status: int, sentence: str, headers: dict[str, str] | None = None
) -> Response:
    if not _wants_page(request) and not is_part(request):
        return JSONResponse({"detail": sentence}, status, headers=headers)
    template = "trouble_part.html.j2" if is_part(request) else "trouble.html.j2"
    title = _NAMES.get(status, "That did not work")
    visitor = getattr(request.state, "visitor", None)
    # A part is put in the place of one: it takes its name, so that the next may take its place.
    target = request.headers.get("hx-target", "") if is_part(request) else ""
    answer = show(
        request,
        template,
        visitor,
        status=status,
        title=title,
        sentence=sentence,
        target=target,
    )
    answer.headers.update(headers or {})
    return answer
