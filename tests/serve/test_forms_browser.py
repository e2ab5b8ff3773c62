"""Forms in a browser: narrow and wide, with and without scripts, every form; staff's pages too."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from painpath.examples import example_bytes
from painpath.serve.charts import intake
from painpath.serve.desk.desk import Desk, Question
from painpath.serve.forms import asking, links
from painpath.serve.forms.asking import Done
from painpath.serve.people.roles import Role
from painpath.serve.store.tables import Patient
from tests.serve.test_pages_browser import CHROMIUM, NARROW, PICTURES, WIDE, Running

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]

BLOCK = Done(
    "Procedure/procedure-3",
    datetime.date(2026, 10, 31),
    "genicular-nerve-block",
    "diagnostic",
    "pain-after-knee-replacement left knee",
)
FORMS = [
    ("peg",),
    ("phq-2",),
    ("phq-9",),
    ("gad-7",),
    ("pain-map",),
    ("relief", "peg"),
    ("block-diary",),
    ("koos-ps",),
    ("pgic",),
]


class Clinic:
    """The demonstration with a patient who was blocked yesterday, relief not yet told."""

    def __init__(self, running: Running, desk: Desk) -> None:
        self.running, self.desk = running, desk
        bundle = json.loads(example_bytes("example-02"))
        for entry in bundle["entry"]:
            if entry["resource"]["id"] == "procedure-3":
                entry["resource"]["performedDateTime"] = BLOCK.on.isoformat()
        bundle["entry"] = [e for e in bundle["entry"] if "partOf" not in e["resource"]]
        data = json.dumps(bundle).encode()
        read = intake.read(data, "x.json", desk.vocabulary, 1 << 24)
        self.patient = intake.take(running.store, 1, read, None).patient

    def link(self, *forms: str) -> str:
        """The address of a new link."""
        store, settings = self.running.store, self.running.settings
        with store.reading() as work:
            row = work.get_one(Patient, self.patient)
        assert settings.today is not None
        plan = self.desk.plan(store, row, Question(settings.today))
        asked = asking.build(forms, self.desk.knowledge, plan, BLOCK)
        with store.writing() as work:
            token, _ = links.make(work, row, asked, 3, about=BLOCK.ref)
        return f"{settings.address}/form/{token}"


@pytest.fixture(scope="module")
def clinic(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    running = Running(tmp_path_factory.mktemp("forms"), desk)
    yield Clinic(running, desk)
    running.stop()


Opens = Callable[..., Any]


@pytest.fixture
def show(browser: Any, clinic: Clinic) -> Iterator[Opens]:
    """Open an address; whatever the browser complains of, or fetches elsewhere, fails the test."""
    contexts = []
    complaints: list[str] = []

    def open_page(
        address: str, width: int = NARROW, role: Role | None = None, scripts: bool = True
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        # A form that is to be looked at again answers 422, a used link 410: not a fault.
        page.on(
            "console",
            lambda message: (
                any(code in message.text for code in ("422", "410"))
                or complaints.append(message.text)
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((clinic.running.settings.address, "data:"))
                else complaints.append(request.url)
            ),
        )
        if role is not None:
            page.goto(clinic.running.link(role))
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(re.compile("/(today|people|worklists)"))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def look(page: Any, name: str, width: int) -> None:
    """No serious fault, nothing wider than the window, targets that a thumb can hit."""
    module = "axe_playwright_python.sync_playwright"
    axe = pytest.importorskip(module, reason="axe-playwright-python is not installed")
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"forms-{name}-{width}.png"), full_page=True)
    found = axe.Axe().run(page).response["violations"]
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    assert not grave, [(each["id"], each["nodes"][0]["html"]) for each in grave]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if page.url.rpartition("/form/")[1]:
        sizes = page.evaluate(
            "[...document.querySelectorAll('.answers-in label, .acts button, select')]"
            ".map((e) => e.getBoundingClientRect()).map((b) => [b.width, b.height])"
        )
        assert all(wide >= 40 and high >= 44 for wide, high in sizes)


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("forms", FORMS, ids="+".join)
def test_every_form_can_be_read_and_hit(
    forms: tuple[str, ...], width: int, show: Opens, clinic: Clinic
) -> None:
    page = show(clinic.link(*forms), width)
    look(page, "+".join(forms), width)
    page.get_by_role("button", name="Send my answers").click()
    page.wait_for_selector("#check")
    look(page, "+".join(forms) + "-check", width)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_diary_on_a_phone_over_the_day_changes_the_plan(
    scripts: bool, show: Opens, clinic: Clinic
) -> None:
    address = clinic.link("block-diary")
    page = show(address, scripts=scripts)
    page.get_by_label("Just before the block").select_option("8")
    page.get_by_label("1 hour after").select_option("1")
    page.get_by_role("button", name="Save and go on later").click()
    page.get_by_text("Saved.").wait_for()
    page = show(address, scripts=scripts)
    assert page.get_by_label("1 hour after").input_value() == "1"
    page.get_by_label("At the best time").fill("80")
    page.get_by_role("button", name="Send my answers").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    page.goto(address)
    page.get_by_role("heading", name="This link does not open").wait_for()
    if scripts:
        look(page, "closed", NARROW)
    settings = clinic.running.settings
    staff = show(f"{settings.address}/patients/{clinic.patient}", WIDE, Role.clinician)
    assert "radiofrequency ablation" in staff.locator(".answers").first.inner_text()
    assert "80 %" in (staff.text_content("main") or ""), "in the table of the timeline"


def test_a_reload_loses_nothing(show: Opens, clinic: Clinic) -> None:
    page = show(clinic.link("peg"))
    page.locator("label[for=q-peg-peg-1-7]").click()
    page.reload()
    assert page.locator("#q-peg-peg-1-7").is_checked()
    for number in (2, 3):
        page.locator(f"label[for=q-peg-peg-{number}-5]").click()
    page.get_by_role("button", name="Send my answers").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    assert page.evaluate("sessionStorage.length") == 0, "nothing stays on the phone"


def test_a_form_is_filled_in_by_keyboard(show: Opens, clinic: Clinic) -> None:
    page = show(clinic.link("phq-2"), WIDE)
    page.locator("#q-phq-2-phq-9-item-1-0").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("#q-phq-2-phq-9-item-1-1").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Thank you").wait_for()


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_last_question_is_answered_calmly_and_seen_by_staff(
    width: int, show: Opens, clinic: Clinic
) -> None:
    page = show(clinic.link("phq-9"), width)
    for number in range(1, 10):
        page.locator(f"label[for=q-phq-9-phq-9-item-{number}-{number // 9}]").click()
    page.get_by_role("button", name="Send my answers").click()
    page.get_by_text("Please read this now").wait_for()
    assert page.get_by_role("link", name="Call 988").get_attribute("href") == "tel:988"
    look(page, "alert", width)
    settings = clinic.running.settings
    today = show(f"{settings.address}/today", width, Role.clinician)
    look(today, "today-alert", width)
    today.locator(".alarm a").first.click()
    today.get_by_role("heading", name="Safety alert").first.wait_for()
    look(today, "patient-alert", width)
    today.get_by_label("What was done").first.fill("Spoke on the phone. Safe. Seen tomorrow.")
    today.get_by_role("button", name="Sign off").first.click()
    today.get_by_text("signed off").first.wait_for()


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_staff_make_a_link_and_its_code(width: int, show: Opens, clinic: Clinic) -> None:
    address = f"{clinic.running.settings.address}/patients/{clinic.patient}/forms"
    page = show(address, width, Role.front_desk)
    look(page, "staff", width)
    page.get_by_label("PEG").check()
    page.get_by_role("button", name="Make a link", exact=True).last.click()
    page.locator(".qr svg").wait_for()
    look(page, "link", width)
    box = page.locator(".qr svg").bounding_box()
    assert box is not None and min(box["width"], box["height"]) >= 160
    page.goto(page.locator(".link").inner_text())
    page.get_by_role("button", name="Send my answers").wait_for()
    assert page.url.rpartition("/")[2] not in page.content()
