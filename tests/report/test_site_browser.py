"""The reference pages in a browser: accessible, on a phone, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from painpath.knowledge.store import compiled
from painpath.report.site import build

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]

NARROW, WIDE = 390, 1280
PAGES = (
    "index.html",
    "options.html",
    "problems.html",
    "policies.html",
    "safety.html",
    "options/facet-rfa.html",
    "options/genicular-nerve-block.html",
    "problems/lumbar-radiculopathy.html",
    "policies/medicare-facet.html",
)
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    build(compiled().knowledge, out)
    return out


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_offline_and_fits(
    name: str, width: int, folder: Path, browser: Any
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto((folder / name).as_uri())
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not complaints
    options = {"resultTypes": ["violations"], "preload": False}
    found = axe.Axe().run(page, options=options).response["violations"]
    context.close()
    assert not {
        row["id"]: f"{row['impact']}: {row['help']}: {row['nodes'][0]['html'][:160]}"
        for row in found
    }
