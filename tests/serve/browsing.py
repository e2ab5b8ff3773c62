"""A browser that nothing may complain in, and what is asked of every page that it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Opens = Callable[..., Any]


@contextmanager
def watched(
    browser: Any, address: str, allowed: str, given_up: str = "/timeline/"
) -> Iterator[Opens]:
    """Open a page; whatever the browser complains of, or fetches from elsewhere, fails the test.

    Args:
        browser: from Playwright.
        address: of the service.
        allowed: a status that a page may answer with, which the browser remarks upon.
        given_up: address of what the browser itself may give up: a timeline that still comes when
            the page is left, a file that it saves instead of showing it.
    """
    contexts = []
    complaints: list[str] = []

    def open_page(path: str, width: int, state: Any = None, scripts: bool = True) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            storage_state=state,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: allowed in message.text or complain(message.text))
        page.on("pageerror", lambda error: complain(str(error)))
        page.on(
            "requestfailed",
            lambda request: (
                None
                if request.failure == "net::ERR_ABORTED" and given_up in request.url
                else complain(f"{request.failure}: {request.url}")
            ),
        )
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((address, "data:")) else complain(request.url)
            ),
        )
        page.goto(f"{address}{path}")
        return page

    complain = complaints.append
    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def looks_right(page: Any, width: int) -> None:
    """To a machine: nothing beside the window, no grave fault of accessibility."""
    module = "axe_playwright_python.sync_playwright"
    axe = pytest.importorskip(module, reason="axe-playwright-python is not installed")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = {
        row["id"]: f"{row['impact']}: {row['help']}: {row['nodes'][0]['html'][:160]}"
        for row in found
        if row["impact"] in ("serious", "critical")
    }
    assert not grave
