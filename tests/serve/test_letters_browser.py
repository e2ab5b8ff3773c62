"""Letters of several patients in a browser: ticked by hand and by key, with and without scripts."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from painpath.screening.telling import WORKLIST
from painpath.serve import demonstration
from painpath.serve.desk.desk import Desk
from painpath.serve.people import accounts
from painpath.serve.people.roles import Role
from tests.serve.browsing import looks_right, watched
from tests.serve.test_pages_browser import CHROMIUM, NARROW, PICTURES, WIDE, Running

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]
LIST = "/worklists/never-referred"


@pytest.fixture(scope="module")
def running(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demonstration with a worklist: four rows of three people, of whom one is not on file."""
    folder = tmp_path_factory.mktemp("letters")
    made = Running(folder, desk)
    rows = [
        {
            "worklist": "never-referred",
            "patient": name,
            "number": number,
            "option": "genicular-nerve-block",
            "because": "It is eligible; no referral is on record.",
            "date": datetime.date(2026, 10, 3),
            "missing": "Order a CRP",
            "evidence": [],
        }
        for number, name in enumerate(["example-01", "elsewhere", "example-02", "example-01"])
    ]
    pq.write_table(pa.Table.from_pylist(rows, WORKLIST), folder / "worklist.parquet")
    with made.store.writing() as work:
        accounts.clinic(work, demonstration.CLINIC).worklists = str(folder)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def state(running: Running, browser: Any) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(running.link(Role.clinician))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/today"))
    found = context.storage_state()
    context.close()
    return found


@pytest.fixture
def show(browser: Any, running: Running, state: Any) -> Iterator[Any]:
    """Open a page as a clinician."""
    # Nobody was ticked: the answer says so.
    with watched(browser, running.settings.address, "422", given_up="/letters") as open_page:

        def as_clinician(path: str, width: int = WIDE, scripts: bool = True) -> Any:
            page = open_page(path, width, state, scripts)
            page.wait_for_load_state("networkidle")
            return page

        yield as_clinician


def told(page: Any) -> str:
    return str(page.locator(".ask").first.inner_text())


def check(page: Any, name: str, width: int) -> None:
    """Looks right to a machine, and to whoever wants to see it."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    looks_right(page, width)


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_tick_all_and_print(show: Any, width: int) -> None:
    page = show("/today", width)
    page.get_by_label("all 16 shown").check()
    assert page.locator("#ticked").inner_text() == "16 ticked."
    check(page, "today-ticked", width)
    page.get_by_role("button", name="Print letters").click()
    page.wait_for_url(re.compile("/letters$"))
    letters, none = page.locator("article").count(), page.locator(".cover ul li").count()
    assert letters + none == 16 and letters > 10
    assert told(page).startswith(f"16 people were asked for: {letters} letters follow; {none} ")
    check(page, "letters", width)
    page.get_by_role("link", name="Back to the list").click()
    page.wait_for_url(re.compile("/today$"))


def test_on_paper_each_letter_is_one_page(show: Any, tmp_path: Path) -> None:
    reader = pytest.importorskip("pypdf", reason="pypdf is not installed")
    page = show("/today")
    page.get_by_label("all 16 shown").check()
    page.get_by_role("button", name="Print letters").click()
    page.wait_for_url(re.compile("/letters$"))
    names = page.locator(".cover ol a").all_inner_texts()
    file = tmp_path / "printed.pdf"
    page.pdf(path=file, prefer_css_page_size=True)
    if PICTURES:
        (Path(PICTURES) / "letters-printed.pdf").write_bytes(file.read_bytes())
    cover, *letters = [each.extract_text() for each in reader.PdfReader(file).pages]
    assert "As one PDF" not in cover and "Open the plan" in cover
    assert len(letters) == len(names)
    for text, name in zip(letters, names, strict=True):
        assert text.strip().startswith(f"{name} · 1 Nov 2026 · PainPath")
        assert "Signature" in text


def test_keys(show: Any, running: Running) -> None:
    page = show("/today")
    for key in "jxjjxkjx":
        page.keyboard.press(key)
    rows = page.locator(".list tbody tr")
    assert [rows.nth(n).locator(".pick input").is_checked() for n in range(4)] == [
        True,
        False,
        False,
        False,
    ], "ticked, and the third ticked and not any more"
    assert page.locator("#ticked").inner_text() == "1 ticked."
    rows.nth(1).locator(".pick input").click()
    page.keyboard.press("j")
    assert rows.nth(3).get_attribute("class").endswith("here"), "a tick is no field to type in"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/patients/"))


def test_a_row_that_leads_nowhere_opens_nothing(show: Any) -> None:
    page = show(LIST)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert "elsewhere" in page.locator("tr.here").inner_text()
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    assert page.locator("#ticked").inner_text() == "" and page.url.endswith(LIST)
    page.keyboard.press("/")
    page.keyboard.type("example-02")
    page.keyboard.press("Enter")
    page.get_by_text("1 of 4 rows").wait_for()
    assert page.url.endswith(LIST), "what is looked for stands in no address"


def test_a_filter_keeps_who_is_ticked(show: Any) -> None:
    page = show("/today")
    page.get_by_label("Letter for example-01").check()
    page.get_by_label("Letter for example-04").check()
    page.get_by_label("Find").fill("knee")
    page.locator("[role=status]", has_text=re.compile("^3 of 16")).wait_for()
    page.locator("#ticked", has_text="1 ticked").wait_for()
    assert page.get_by_label("Letter for example-01").is_checked()
    page.get_by_label("all 3 shown").check()
    assert page.locator("#ticked").inner_text() == "3 ticked."


def test_nobody_ticked_and_too_many_are_said_before_anything_is_sent(show: Any) -> None:
    page = show("/today")
    page.get_by_role("button", name="Print letters").click()
    said = page.locator("#all-shown").evaluate("box => box.validationMessage")
    assert page.url.endswith("/today") and said.startswith("Tick who is to be referred")
    page.evaluate("document.getElementById('letters').dataset.most = 2")
    page.get_by_label("all 16 shown").check()
    page.get_by_role("button", name="Print letters").click()
    said = page.locator("#all-shown").evaluate("box => box.validationMessage")
    assert page.url.endswith("/today")
    assert said == "16 people are ticked; at most 2 letters are made at once."


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_person_in_two_rows_is_one(show: Any, width: int) -> None:
    page = show(LIST, width)
    boxes = page.get_by_label(re.compile("Letter for example-01"))
    boxes.first.check()
    assert boxes.nth(1).is_checked() and page.locator("#ticked").inner_text() == "1 ticked."
    check(page, "worklist", width)
    page.get_by_role("button", name="Print letters").click()
    page.wait_for_url(re.compile("/letters$"))
    assert told(page) == "1 person was asked for: 1 letter follows."
    page.get_by_role("link", name="Back to the list").click()
    page.wait_for_url(re.compile(f"{LIST}$"))


def test_without_scripts_all_shown_and_some(show: Any) -> None:
    page = show("/today", scripts=False)
    page.get_by_label("all 16 shown").check()
    page.get_by_role("button", name="Print letters").click()
    page.wait_for_url(re.compile("/letters$"))
    assert told(page).startswith("16 people were asked for")
    page = show(LIST, scripts=False)
    page.get_by_role("button", name="Print letters").click()
    assert "Nobody is ticked" in page.locator("main").inner_text()
    page.go_back()
    page.get_by_label("Letter for example-02").check()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Letters as PDF").click()
    downloaded = downloading.value
    assert downloaded.suggested_filename == "letters.pdf"
    assert Path(downloaded.path()).read_bytes().startswith(b"%PDF-")


def test_from_the_page_to_one_pdf(show: Any) -> None:
    page = show("/today")
    page.get_by_label("Letter for example-02").check()
    page.get_by_role("button", name="Print letters").click()
    page.wait_for_url(re.compile("/letters$"))
    with page.expect_download() as downloading:
        page.get_by_role("button", name="As one PDF").click()
    assert Path(downloading.value.path()).read_bytes().startswith(b"%PDF-")
