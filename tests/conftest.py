"""For every test: a browser, and generated examples that are the same in every run of CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; modules that ask for it skip themselves where there is none."""
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is missing")
    with playwright_api.sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()
