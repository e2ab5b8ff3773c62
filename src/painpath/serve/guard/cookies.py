"""Cookies: bound to this host where TLS allows it, out of reach of scripts and of other sites."""

from __future__ import annotations

from starlette.responses import Response


def name(secure: bool, what: str = "") -> str:
    """`__Host-painpath-launch`; without TLS no browser takes that prefix."""
    plain = f"painpath-{what}" if what else "painpath"
    return f"__Host-{plain}" if secure else plain


def put(
    answer: Response, value: str, *, secure: bool, what: str = "", seconds: int | None = None
) -> None:
    """Give a cookie along with an answer, for so long or until the browser is closed."""
    answer.set_cookie(
        name(secure, what),
        value,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
