"""The routes of CDS Hooks, for a FastAPI application to include. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from painpath.hooks.application import Application
from painpath.hooks.catalogue import discovery
from painpath.hooks.errors import HookError, NotTrustedError, TooLargeError

ROOT = "/cds-services"
_JSON = "application/json"


def create_router(application: Application) -> APIRouter:
    """Discovery, the services and their feedback."""
    router = APIRouter(tags=["cds-hooks"])
    services = msgspec.json.encode(discovery())

    async def list_services(request: Request) -> Response:
        """The services and what they want to be sent along."""

        async def answer() -> bytes:
            await run_in_threadpool(application.admit, _token(request), ROOT)
            return services

        return await _told(application, request, answer)

    async def call(request: Request, service: str) -> Response:
        """Cards for one request."""

        async def answer() -> bytes:
            path = f"{ROOT}/{service}"
            client = await run_in_threadpool(application.admit, _token(request), path)
            known = application.service(service)
            body = await _body(request, application.settings.most_bytes)
            asked, gathered = await run_in_threadpool(application.parse, known, body)
            gathered = await application.fetch(client, asked, gathered)
            response = await run_in_threadpool(application.answer, asked, gathered)
            return response.to_json()

        return await _told(application, request, answer)

    async def feed_back(request: Request, service: str) -> Response:
        """What became of cards."""

        async def answer() -> bytes:
            path = f"{ROOT}/{service}"
            token = _token(request)
            await run_in_threadpool(application.admit, token, f"{path}/feedback", path)
            known = application.service(service)
            body = await _body(request, application.settings.most_bytes)
            await run_in_threadpool(application.listen, known, body)
            return b"{}"

        return await _told(application, request, answer)

    async def ask_before(request: Request) -> Response:
        """What a browser asks before it calls from another page (CORS)."""
        headers = {
            **_crossing(application, request),
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        return Response(status_code=204, headers=headers)

    router.add_api_route(ROOT, list_services, methods=["GET"])
    router.add_api_route(f"{ROOT}/{{service}}", call, methods=["POST"])
    router.add_api_route(f"{ROOT}/{{service}}/feedback", feed_back, methods=["POST"])
    for path in (ROOT, f"{ROOT}/{{service}}", f"{ROOT}/{{service}}/feedback"):
        router.add_api_route(path, ask_before, methods=["OPTIONS"], include_in_schema=False)
    return router


async def _told(
    application: Application, request: Request, answer: Callable[[], Awaitable[bytes]]
) -> Response:
    """The answer, or the sentence that says why there is none."""
    headers = {**_crossing(application, request), "Cache-Control": "no-store"}
    if application.settings.closing:
        headers["Connection"] = "close"
    try:
        return Response(await answer(), media_type=_JSON, headers=headers)
    except HookError as error:
        if isinstance(error, NotTrustedError):
            headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        body = msgspec.json.encode({"detail": str(error)})
        return Response(body, error.status, headers=headers, media_type=_JSON)


def _token(request: Request) -> str | None:
    return request.headers.get("authorization")


async def _body(request: Request, most: int) -> bytes:
    """The body, read no further than is allowed."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise TooLargeError(f"The request is larger than {most >> 20} MB.")
    return bytes(data)


def _crossing(application: Application, request: Request) -> Mapping[str, str]:
    """What lets a page of a listed origin read the answer."""
    origin = request.headers.get("origin")
    if origin is None or origin not in application.settings.origins:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
