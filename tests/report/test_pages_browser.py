"""The HTML page in a browser: accessible, usable by keyboard, offline, and on paper."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from painpath import planner
from painpath.report.html import to_html
from tests.report.conftest import KEYS, Examples

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]

NARROW, WIDE = 390, 1280


@pytest.fixture(scope="module")
def files(examples: Examples, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for key in KEYS:
        made[key] = folder / f"{key}.html"
        record = examples.record(key)
        made[key].write_bytes(to_html(examples.plan(key), record, planner().knowledge))
    return made


@pytest.fixture
def show(browser: Any, files: dict[str, Path]) -> Iterator[Callable[[str, int], Any]]:
    """Open an example at a width, with no network; complaints of the browser fail the test."""
    contexts = []
    complaints: list[str] = []

    def open_page(key: str, width: int = WIDE) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        page.goto(files[key].as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize(
    ("key", "all_open"),
    [("example-01", True), ("example-04", False), ("example-07", False), ("example-10", True)],
)
def test_no_serious_accessibility_fault(
    key: str, all_open: bool, width: int, show: Callable[[str, int], Any]
) -> None:
    name = "axe_playwright_python.sync_playwright"
    axe = pytest.importorskip(name, reason="axe-playwright-python is not installed")
    page = show(key, width)
    if all_open:
        page.evaluate(OPEN_ALL)
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = {
        row["id"]: f"{row['impact']}: {row['help']}: {row['nodes'][0]['html'][:160]}"
        for row in found
        if row["impact"] in ("serious", "critical")
    }
    assert not grave


@pytest.mark.parametrize("key", ["example-01", "example-04", "example-07", "example-10"])
def test_narrow_page_does_not_scroll_sideways(key: str, show: Callable[[str, int], Any]) -> None:
    page = show(key, NARROW)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= NARROW
    page.evaluate(OPEN_ALL)
    assert page.evaluate(width) <= NARROW


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_answer_is_on_the_first_screen(width: int, show: Callable[[str, int], Any]) -> None:
    page = show("example-01", width)
    box = page.get_by_text("Next: Genicular nerve block. Needs 2 things").bounding_box()
    assert box is not None and box["y"] + box["height"] < 900


def test_zoom_works_by_keyboard(show: Callable[[str, int], Any]) -> None:
    page = show("example-01", WIDE)
    radios = page.locator("input[name=zoom]")
    count = radios.count()
    assert count >= 2
    shown = page.locator(".zoom:visible")
    assert shown.count() == 1
    seen = {shown.get_attribute("aria-label")}
    page.locator("input[name=zoom]:checked").focus()
    for _ in range(count - 1):
        page.keyboard.press("ArrowLeft")
        assert shown.count() == 1
        seen.add(shown.get_attribute("aria-label"))
    assert len(seen) == count, "each zoom has its own picture"
    outline = page.evaluate(
        "getComputedStyle(document.querySelector('input[name=zoom]:checked + label')).outlineStyle"
    )
    assert outline == "solid", "focus is visible"


def test_details_open_by_keyboard(show: Callable[[str, int], Any]) -> None:
    page = show("example-01", WIDE)
    closed = page.locator("details.option[open] > details:not([open])").first
    inside = closed.locator("table").first
    summary = closed.locator("> summary")
    handle = inside.element_handle()
    assert not handle.is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    assert handle.is_visible()


def test_citations_lead_to_the_source(show: Callable[[str, int], Any]) -> None:
    page = show("example-01", WIDE)
    link = page.locator(".problem a[href^='#src-']:visible").first
    target = str(link.get_attribute("href"))
    link.click()
    page.wait_for_url(f"**{target}")
    # The list of sources opens.
    page.locator(f"[id='{target[1:]}']").wait_for()


# --- dates counted from a day --------------------------------------------------------------------


def test_hold_and_restart_become_dates(show: Callable[[str, int], Any]) -> None:
    """Clopidogrel, held 7 days and restarted 24 h after, around 20 November 2026."""
    page = show("example-05", NARROW)
    assert page.locator(".dated").first.text_content() == "", "no day picked, no date"
    page.get_by_label("Day of the procedure").fill("2026-11-20")
    told = page.locator(".dated").first.text_content()
    assert told == "Last dose Thu, 12 Nov 2026. Restart Sat, 21 Nov 2026."
    marks = page.locator(".dates tbody td").all_text_contents()
    assert marks.count("–") == 7 and marks.count("▼") == 1, (
        "seven days without a dose, then the day"
    )
    page.get_by_label("Day of the procedure").fill("")
    assert page.locator(".dated").first.text_content() == ""


def test_dates_begin_with_the_booked_day(show: Callable[[str, int], Any]) -> None:
    """Warfarin, 5 days and 6 hours; the epidural is booked for 10 November 2026."""
    page = show("example-07", WIDE)
    assert page.get_by_label("Day of the procedure").input_value() == "2026-11-10"
    told = page.locator(".dated").first.text_content()
    assert told == "Last dose Wed, 4 Nov 2026. Restart Tue, 10 Nov 2026, not before 6 h after."


def test_without_the_script_hours_and_days_still_show(browser: Any, files: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(files["example-05"].as_uri())
    assert page.locator(".dates").is_hidden()
    assert "hold 7 days before, restart 24 h after" in page.locator("#safety").inner_text()
    context.close()


# --- on paper ------------------------------------------------------------------------------------


def _pages(key: str, show: Callable[[str, int], Any], folder: Path) -> list[str]:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler) is not installed")
    printed = folder / f"{key}.pdf"
    show(key, WIDE).pdf(path=str(printed), format="A4", margin=dict.fromkeys(SIDES, "12mm"))
    command = ["pdftotext", "-layout", str(printed), "-"]
    told = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")
    return told.split("\f")[:-1]


SIDES = ("top", "bottom", "left", "right")


def test_print_of_example_01(show: Callable[[str, int], Any], tmp_path: Path) -> None:
    pages = _pages("example-01", show, tmp_path)
    assert len(pages) == 2, "one page for the clinician, one for the patient"
    plan, sheet = pages[:-1], pages[-1]
    assert "example-01" in plan[0] and "1 Nov 2026" in plan[0]
    assert "Genicular nerve block" in plan[0] and "Order a CRP" in " ".join(plan[0].split())
    assert "PainPath 0.1.0" in plan[0], "which version said so"
    assert not any("What it is" in page for page in plan), "the patient's sheet has its own page"
    for heading in ("What it is", "On the day", "Until then", "Call your clinic if"):
        assert heading in sheet
    assert "Criteria of" not in sheet


@pytest.mark.parametrize("key", ["example-02", "example-13", "example-16"])
def test_one_problem_prints_on_two_pages(
    key: str, show: Callable[[str, int], Any], tmp_path: Path
) -> None:
    """One for the clinician, one for the patient; each says whose it is."""
    pages = _pages(key, show, tmp_path)
    assert len(pages) == 2
    assert all(f"{key} · as of 1 Nov 2026 · PainPath" in page for page in pages)


@pytest.mark.parametrize("key", ["example-04", "example-07", "example-10"])
def test_print_has_no_empty_page(key: str, show: Callable[[str, int], Any], tmp_path: Path) -> None:
    pages = _pages(key, show, tmp_path)
    assert all(len(page.split()) > 20 for page in pages), [len(p.split()) for p in pages]
