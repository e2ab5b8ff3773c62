"""Paperwork pages in a browser: accessible, no sideways scrolling on a phone, nothing loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from painpath.paperwork import pages
from tests.paperwork.conftest import Cases, checklist_of

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", ["letter", "packet", "handout"])
def test_page_is_accessible_and_fits(
    kind: str, width: int, cases: Cases, browser: Any, tmp_path: Path
) -> None:
    case = cases.of("example-01")
    made = {
        "letter": lambda: pages.letter_page(case.letter()),
        "packet": lambda: pages.packet_page(checklist_of(case, "genicular-nerve-block")),
        "handout": lambda: pages.handout_page(case.handout()),
    }
    path = tmp_path / f"{kind}.html"
    path.write_bytes(made[kind]())
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    name = "axe_playwright_python.sync_playwright"
    axe = pytest.importorskip(name, reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = {row["id"]: row["help"] for row in found if row["impact"] in ("serious", "critical")}
    context.close()
    assert not grave and not complaints
