"""For every test: a browser, and generated examples that are the same in every run of CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says something of the machine, nothing of the program.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("unhurried"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "unhurried")

PATIENCE = 300_000
"""Milliseconds until a page that does not come is given up: only ever reached by a fault."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; modules that ask for it skip themselves where there is none."""
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is missing")
    with playwright_api.sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu"],
            timeout=PATIENCE,
        )
        opened.new_context = _patient(opened.new_context)
        yield opened
        opened.close()


def _patient(new_context: Callable[..., Any]) -> Callable[..., Any]:
    """Contexts whose pages are waited for on a slow machine too."""

    def made(**terms: Any) -> Any:
        context = new_context(**terms)
        context.set_default_timeout(PATIENCE)
        return context

    return made
