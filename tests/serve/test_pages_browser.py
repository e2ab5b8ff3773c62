"""The pages in a browser: accessible, narrow and wide, by keyboard, without scripts, offline."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from painpath.examples import example_bytes
from painpath.serve import demonstration
from painpath.serve.app import create_app
from painpath.serve.desk.desk import Desk
from painpath.serve.hooks.keeping import StoredFeedback
from painpath.serve.people import accounts, sessions
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from tests.serve.browsing import Opens, looks_right, watched
from tests.serve.served import answering, bound
from tests.serve.test_cards import LINES as CARDS

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]

NARROW, WIDE = 390, 1440
PICTURES = os.environ.get("PAINPATH_SCREENSHOTS")
"""A folder, for whoever wants to look at the pages."""


class Running:
    """The demonstration, served on a port of its own."""

    def __init__(self, folder: Path, desk: Desk) -> None:
        held, port = bound()
        self.settings = Settings(
            data_folder=str(folder), port=port, demo=True, today=demonstration.DAY
        )
        self.store = Store(self.settings.database)
        self.store.migrate()
        demonstration.fill(self.store, desk, self.settings)
        with self.store.writing() as work:
            clinic = accounts.clinic(work, demonstration.CLINIC)
            for role in Role:
                if role is not Role.patient:
                    accounts.add(work, f"the {role.value}", role, clinic)
        StoredFeedback(self.store).add(CARDS)
        app = create_app(self.settings, store=self.store, desk=desk)
        self.ending = ExitStack()
        self.ending.enter_context(answering(app, held))

    def link(self, role: Role) -> str:
        """An address that signs in once."""
        with self.store.writing() as work:
            account = accounts.find(work, f"the {role.value}")
            token = sessions.make_link(work, 60, account=account)
        return f"{self.settings.address}/sign-in/{token}"

    def stop(self) -> None:
        """End the server."""
        self.ending.close()
        self.store.close()


@pytest.fixture(scope="module")
def running(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("demo"), desk)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def states(running: Running, browser: Any) -> dict[Role, Any]:
    """Cookies of somebody of each role, who has followed a link."""
    found = {}
    for role in (Role.clinician, Role.front_desk, Role.analyst, Role.admin):
        context = browser.new_context()
        page = context.new_page()
        page.goto(running.link(role))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile("/(today|people|worklists)"))
        found[role] = context.storage_state()
        context.close()
    return found


@pytest.fixture
def show(browser: Any, running: Running, states: dict[Role, Any]) -> Iterator[Opens]:
    """Open a page as somebody of a role."""
    # Who is no longer signed in: the page leads there.
    with watched(browser, running.settings.address, "401") as open_page:

        def as_role(
            path: str, width: int = WIDE, role: Role | None = Role.clinician, scripts: bool = True
        ) -> Any:
            return open_page(path, width, None if role is None else states[role], scripts)

        yield as_role


def patient(show: Opens, name: str, width: int = WIDE) -> Any:
    """A patient's page, opened from the list."""
    page = show("/today", width)
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url(re.compile("/patients/"))
    page.wait_for_load_state("networkidle")
    return page


# --- every page ----------------------------------------------------------------------------------

PAGES: dict[str, tuple[str, Role | None]] = {
    "sign-in": ("/sign-in", None),
    "today": ("/today", Role.clinician),
    "today-front-desk": ("/today", Role.front_desk),
    "example-01": ("example-01", Role.clinician),
    "example-07": ("example-07", Role.clinician),
    "example-10": ("example-10", Role.clinician),
    "sheet": ("example-01/sheet", Role.clinician),
    "why-not": ("example-01/why-not", Role.clinician),
    "records": ("/records", Role.clinician),
    "worklists": ("/worklists", Role.clinician),
    "account": ("/account", Role.clinician),
    "people": ("/people", Role.admin),
    "fhir-server": ("/fhir-server", Role.admin),
    "trail": ("/trail", Role.admin),
    "cards": ("/cards", Role.analyst),
    "knowledge": ("/knowledge/index.html", Role.clinician),
}
FOLDED = {"example-01", "example-07"}
"""Long pages: what is folded there, the tests of the report look at unfolded."""
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("name", list(PAGES))
def test_no_serious_accessibility_fault_and_no_sideways_scrolling(
    name: str, width: int, show: Opens, running: Running
) -> None:
    path, role = PAGES[name]
    if path.startswith("example-"):
        key, _, rest = path.partition("/")
        page = patient(show, key, width)
        if rest:
            option = "?option=genicular-rfa" if rest == "why-not" else ""
            page.goto(f"{page.url}/{rest}{option}")
            page.wait_for_load_state("networkidle")
    else:
        page = show(path, width, role)
        page.wait_for_load_state("networkidle")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    for unfold in (False,) if name in FOLDED else (False, True):
        if unfold:
            page.evaluate(OPEN_ALL)
        looks_right(page, width)


def test_first_visit_is_light(browser: Any, running: Running) -> None:
    """All that is sent for a patient's page, compressed as it goes over the wire."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(running.link(Role.clinician))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="example-07", exact=True).first.click()
    page.wait_for_url(re.compile("/patients/"))
    page.wait_for_load_state("networkidle")
    context.close()
    assert sum(sizes) < 500_000


# --- the list ------------------------------------------------------------------------------------


def test_counts_add_up(show: Opens) -> None:
    page = show("/today")
    labels = page.locator(".pills label").all_inner_texts()
    everybody, *groups = [int(re.sub(r"\D", "", label)) for label in labels]
    assert everybody == sum(groups) == page.locator(".list tbody tr").count()


def test_filters_by_word_and_group(show: Opens) -> None:
    page = show("/today")
    page.get_by_label("Find").fill("knee")
    page.locator("[role=status]", has_text=re.compile("^3 of 16")).wait_for()
    assert page.url.endswith("/today"), "what is looked for stands in no address"
    page.get_by_label("Find").fill("")
    page.locator("[role=status]", has_text=re.compile("^16 of 16")).wait_for()
    page.locator("label", has_text="Red flag").click()
    page.locator("[role=status]", has_text=re.compile("^1 of 16")).wait_for()
    assert "Cauda equina" in page.locator(".list").inner_text()


def test_keys(show: Opens) -> None:
    page = show("/today")
    first, second = (row.inner_text() for row in page.locator(".list .person a").all()[:2])
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("tr.here .person a").inner_text() == second
    page.keyboard.press("k")
    assert page.locator("tr.here .person a").inner_text() == first
    page.keyboard.press("/")
    page.keyboard.type("j")
    assert page.get_by_label("Find").input_value() == "j", "letters typed into the field are text"
    page.locator("[role=status]", has_text=re.compile(r"^(?!16)\d+ of 16")).wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/patients/"))


def test_the_front_desk_sees_the_list_and_no_plans(show: Opens, desk: Desk) -> None:
    page = show("/today", role=Role.front_desk)
    page.wait_for_load_state("networkidle")
    assert page.locator(".list tbody tr").count() == 16
    assert page.locator(".list a").count() == 0
    steps = " ".join(page.locator(".list tbody td:nth-child(3)").all_inner_texts()).lower()
    assert "nothing to book" in steps
    for option in desk.knowledge.options:  # What is booked has its name, whatever is in it.
        steps = steps.replace(option.name.lower(), "")
    assert not [each.name for each in desk.knowledge.problems if each.name.lower() in steps]


# --- the patient ---------------------------------------------------------------------------------


def test_the_answer_is_on_the_first_screen_and_the_timeline_follows(show: Opens) -> None:
    page = patient(show, "example-01")
    answer = page.get_by_text("Next: Genicular nerve block. Needs 2 things").bounding_box()
    picture = page.locator(".timeline img:visible")
    box = picture.bounding_box()
    assert answer["y"] + answer["height"] < box["y"] < 900
    assert picture.evaluate("img => img.complete && img.naturalWidth > 0")


def test_zoom(show: Opens) -> None:
    page = patient(show, "example-01")
    before = page.locator(".timeline img:visible").get_attribute("src")
    page.locator(".timeline label", has_text="3 months").click()
    after = page.locator(".timeline img:visible")
    assert after.get_attribute("src") != before
    after.evaluate("img => img.decode()")
    assert after.evaluate("img => img.naturalWidth > 0")


def test_another_payer_shows_what_changes(show: Opens) -> None:
    page = patient(show, "example-02")
    payer = page.get_by_label("Payer")
    other = payer.locator("option", has_text="Aetna").first.get_attribute("value")
    payer.select_option(other)
    changes = page.get_by_role("heading", name="Compared with today and the patient's own payer")
    changes.wait_for()
    page.wait_for_url(re.compile(f"policy={re.escape(other)}"))
    told = page.locator(".changes").inner_text()
    assert "→" in told or "No status changes." in told
    page.reload()
    assert changes.is_visible() and payer.input_value() == other
    page.get_by_role("link", name="Back to today and the patient's own payer").click()
    changes.wait_for(state="detached")


def test_another_day(show: Opens) -> None:
    """Example 12 waits; on the day it waits for, time has passed and relief has to be asked for."""
    page = patient(show, "example-12")
    page.get_by_text("from 8 Dec 2026").first.wait_for()
    page.get_by_label("As of").fill("2026-12-08")
    changes = page.locator(".changes")
    changes.wait_for()
    assert "wait until 8 Dec 2026 →" in changes.inner_text()


def test_hold_dates_are_counted_from_a_picked_day_also_after_a_switch(show: Opens) -> None:
    page = patient(show, "example-05")
    day = page.get_by_label("Day of the procedure")
    day.fill("2026-11-20")
    assert "Last dose Thu, 12 Nov 2026" in page.locator("#safety").inner_text()
    page.get_by_label("Payer").select_option("clinical")
    page.locator(".changes").wait_for()
    day.fill("2026-11-21")
    assert "Last dose Fri, 13 Nov 2026" in page.locator("#safety").inner_text()


def test_why_not_an_epidural(show: Opens) -> None:
    page = patient(show, "example-01")
    asked = page.get_by_label("Why not", exact=True)
    assert asked.locator("option:checked").inner_text() == "Epidural steroid injection"
    answers = page.locator("#why-not-answers")
    assert "Does not fit" in answers.inner_text() and "nerve root" in answers.inner_text()
    asked.select_option(label="Peripheral nerve stimulation, temporary (up to 60 days)")
    page.locator("#why-not-answers", has_text="Needs 3 things").wait_for()


def test_evidence_is_one_click_away(show: Opens) -> None:
    page = patient(show, "example-01")
    option = page.locator("details.option.next")
    option.locator("summary", has_text="met").first.click()
    assert option.locator(".evidence code:visible").count() > 0


# --- records in ----------------------------------------------------------------------------------


def test_bring_a_file_in(show: Opens, tmp_path: Path) -> None:
    page = show("/records")
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(example_bytes("example-14"))
    bad.write_bytes(b"not a record")
    page.locator("input[type=file]").set_input_files([good, bad])
    page.get_by_role("button", name="Bring in").click()
    told = page.locator(".notice")
    told.nth(1).wait_for()
    assert "✓ example-14 from good.json" in told.nth(0).inner_text()
    assert "✗ bad.json" in told.nth(1).inner_text()


# --- without scripts -----------------------------------------------------------------------------


def test_without_scripts_lists_filter_and_payers_switch(show: Opens) -> None:
    page = show("/today", scripts=False)
    page.get_by_label("Find").fill("knee")
    page.get_by_role("button", name="Show").click()
    page.locator("[role=status]", has_text=re.compile("^3 of 16")).wait_for()
    page.wait_for_load_state()
    assert page.locator(".list tbody tr").count() == 3
    page.get_by_role("link", name="example-02", exact=True).first.click()
    page.locator("details.option").first.wait_for()
    page.get_by_label("Payer").select_option("clinical")
    page.get_by_role("button", name="Show").first.click()
    page.locator(".changes").wait_for()
    page.locator("#why-not").get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("/why-not"))
    page.locator("#why-not-answers li").first.wait_for()


def test_without_scripts_a_file_is_brought_in(show: Opens, tmp_path: Path) -> None:
    page = show("/records", scripts=False)
    file = tmp_path / "again.json"
    file.write_bytes(example_bytes("example-14"))
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Bring in").click()
    assert "✓ example-14" in page.locator(".notice").inner_text()


def test_a_session_that_has_ended_leads_to_the_sign_in(show: Opens, running: Running) -> None:
    page = show("/today")
    page.context.clear_cookies()
    page.get_by_label("Find").fill("knee")
    page.wait_for_url(re.compile("/sign-in"))
