"""Referral letters of several patients at once: for whom, what is said of the others, the trail."""

from __future__ import annotations

import datetime
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from painpath.examples import example_bytes
from painpath.screening.telling import WORKLIST
from painpath.serve.charts import intake
from painpath.serve.pages.rendering import MOST_LETTERS
from painpath.serve.people import accounts
from painpath.serve.people.roles import Role
from painpath.serve.store.tables import Document
from tests.serve.conftest import copied, opened
from tests.serve.world import World

NOTHING = json.dumps(
    {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "well", "birthDate": "1970-02-03"}}
        ],
    }
).encode()


@pytest.fixture
def clinic(original: World, tmp_path: Path) -> Iterator[World]:
    """The North clinic with five people: two are to be referred, one has an infection, one no pain,
    and one a record that cannot be read any more."""
    for world in opened(copied(original, tmp_path)):
        sent = {key: example_bytes(key) for key in ("example-01", "example-03", "example-02")}
        for key, content in {**sent, "well": NOTHING}.items():
            read = intake.read(content, "x.json", world.desk.vocabulary, 1 << 24)
            taken = intake.take(world.store, world.clinics["North"], read, None)
            world.patients[key] = taken.patient
        with world.store.writing() as work:
            mine = sa.update(Document).where(Document.patient_id == world.patients["example-02"])
            work.execute(mine.values(content=b"spoilt"))
        yield world


def ask(world: World, *names: str, role: Role = Role.clinician, **more: Any) -> Any:
    """The letters of patients, by the names of this module."""
    data = {"patient": [world.patients.get(name, name) for name in names], **more}
    return world.client(role).post("/letters", data=data)


def articles(page: str) -> list[str]:
    return page.split("<article")[1:]


def test_each_letter_is_the_one_that_the_patients_page_has(clinic: World) -> None:
    page = ask(clinic, "North", "example-01").text
    first, second = articles(page)
    for text, name in ((first, "North"), (second, "example-01")):
        alone = clinic.client(Role.clinician).get(f"/patients/{clinic.patients[name]}/letter").text
        body = alone.split("<main>")[1].split("</main>")[0].strip()
        assert body in text
    assert re.search(r'class="running">example-06 · 1 Nov 2026 · PainPath \d', first)
    assert "2 people were asked for: 2 letters follow." in page


def test_who_has_no_letter_is_listed_with_the_reason_and_the_counts_add_up(clinic: World) -> None:
    answer = ask(clinic, "North", "example-01", "example-03", "well", "example-02")
    page = answer.text
    assert answer.status_code == 200 and len(articles(page)) == 2
    assert "5 people were asked for: 2 letters follow; 3 have none, for the reason below." in page
    rows = re.findall(r"<li><strong>(.*?)</strong>: (.*?) <a href=\"(.*?)\" ", page)
    told = {who.split(",")[0]: (why, plan) for who, why, plan in rows}
    assert "infection is on record" in told["example-03"][0]
    assert told["well"][0] == "No pain problem was recognised in this record."
    assert "could not be made" in told["example-02"][0]
    assert told["example-03"][1] == f"/patients/{clinic.patients['example-03']}"


def test_if_nobody_has_a_letter_the_reasons_are_there_all_the_same(clinic: World) -> None:
    for form in ("html", "pdf"):
        answer = ask(clinic, "well", form=form)
        assert answer.status_code == 200
    assert "1 person was asked for: 0 letters follow; 1 has none" in ask(clinic, "well").text


def test_a_red_flag_is_said_on_the_first_sheet_and_in_the_letter(world: World) -> None:
    from painpath.examples import EXAMPLES

    flagged = "example-10"
    assert flagged in {example.id for example in EXAMPLES}
    read = intake.read(example_bytes(flagged), "x.json", world.desk.vocabulary, 1 << 24)
    taken = intake.take(world.store, world.clinics["North"], read, None)
    page = world.client(Role.clinician).post("/letters", data={"patient": taken.patient}).text
    assert "■ Red flag, to be acted on first" in page.split("<article")[0]
    assert "Act on the red flag first" in articles(page)[0]


def test_one_pdf_with_each_letter_on_a_page_of_its_own(clinic: World, tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="the extra painpath[pdf] is not installed")
    reader = pytest.importorskip("pypdf", reason="pypdf is not installed")
    answer = ask(clinic, "North", "example-01", "well", form="pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    file = tmp_path / "letters.pdf"
    file.write_bytes(answer.content)
    cover, first, second = (page.extract_text() for page in reader.PdfReader(file).pages)
    assert "3 people were asked for: 2 letters follow; 1 has none" in cover
    for text, name in ((first, "example-06"), (second, "example-01")):
        assert text.startswith(f"{name} · 1 Nov 2026 · PainPath") and "1 / 1" in text
        assert text.count("To a qualified pain specialist") == 1


def test_the_page_asks_for_the_pdf_of_the_same_people(clinic: World) -> None:
    pytest.importorskip("typst", reason="the extra painpath[pdf] is not installed")
    client = clinic.client(Role.clinician)
    del client.headers["x-form-token"]
    page = ask(clinic, "North", "example-03", back="/worklists/never-referred?page=2").text
    form = page.split('<form method="post" action="/letters">')[1].split("</form>")[0]
    fields = re.findall(r'name="(\w+)" value="(.*?)"', form)
    assert [value for name, value in fields if name == "patient"] == [
        clinic.patients["North"],
        clinic.patients["example-03"],
    ]
    assert 'href="/worklists/never-referred?page=2">Back to the list' in page
    assert 'href="/today">Back' in ask(clinic, "North", back="https://elsewhere.example").text
    token = next(value for name, value in fields if name == "form_token")
    data = {"patient": clinic.patients["North"], "form": "pdf", "form_token": token}
    # The token is that of the session which saw the page.
    assert client.post("/letters", data=data).status_code == 403
    client.headers["x-form-token"] = clinic.client(Role.clinician).headers["x-form-token"]
    assert client.post("/letters", data=data).status_code == 403


def test_all_shown_are_meant_if_that_is_ticked(clinic: World) -> None:
    shown = [clinic.patients["North"], clinic.patients["example-01"]]
    page = ask(clinic, "North", shown=shown, all_shown="true").text
    assert len(articles(page)) == 2
    page = ask(clinic, "North", shown=shown).text
    assert len(articles(page)) == 1


def test_who_stands_in_several_rows_has_one_letter(clinic: World) -> None:
    page = ask(clinic, "North", "North").text
    assert len(articles(page)) == 1 and "1 person was asked for: 1 letter follows." in page


def test_nobody_and_too_many_are_one_sentence(world: World) -> None:
    before = len(world.trail())
    answer = ask(world)
    assert answer.status_code == 422 and "Nobody is ticked" in answer.text
    answer = ask(world, *(f"p{number}" for number in range(MOST_LETTERS + 1)))
    assert answer.status_code == 422
    assert f"51 people are ticked, and at most {MOST_LETTERS} letters" in answer.text
    assert len(world.trail()) == before


def test_a_list_that_is_too_long_names_nobody_in_its_form(
    clinic: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form has at most 1000 fields: a long list must not make letters of a few impossible."""
    monkeypatch.setitem(clinic.app.state.templates.globals, "most_letters", 4)
    page = clinic.client(Role.clinician).get("/today").text
    assert 'name="shown"' not in page and "all 5 shown" in page
    answer = ask(clinic, all_shown="true")
    assert answer.status_code == 422 and "More than 50 people are shown" in answer.text


# --- who may, and what is kept of it -------------------------------------------------------------


def test_patients_of_other_clinics_are_not_there_and_the_attempt_is_on_the_trail(
    clinic: World,
) -> None:
    before = len(clinic.trail())
    answer = ask(clinic, "North", "South", "nobody")
    page = answer.text
    assert answer.status_code == 200 and len(articles(page)) == 1
    assert "3 people were asked for: 1 letter follows; 2 are not on file in your clinic." in page
    assert clinic.patients["South"] not in page and "example-13" not in page
    rows = [(row.act, row.done, row.patient_id) for row in clinic.trail()[before:]]
    assert rows == [
        ("reach", False, clinic.patients["South"]),
        ("reach", False, None),
        ("write-letter", True, clinic.patients["North"]),
    ]
    only = ask(clinic, "South")
    assert only.status_code == 404 and "no such patient in your clinic" in only.text


def test_each_letter_is_on_the_trail_and_so_is_who_has_none(clinic: World) -> None:
    before = len(clinic.trail())
    ask(clinic, "North", "example-01", "well")
    rows = {row.patient_id: row for row in clinic.trail()[before:]}
    assert rows.keys() == {clinic.patients[name] for name in ("North", "example-01", "well")}
    acts = {name: rows[clinic.patients[name]].act for name in ("North", "example-01", "well")}
    assert acts == {"North": "write-letter", "example-01": "write-letter", "well": "see-plan"}
    assert rows[clinic.patients["North"]].detail == "as of 2026-11-01, auto, one of 3 asked for"
    assert str(rows[clinic.patients["well"]].detail).endswith("no letter")


def test_nothing_of_a_patient_stands_in_the_log(
    clinic: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "painpath.serve"):
        ask(clinic, "North", "example-02", form="pdf")
    assert "POST /letters 200" in caplog.text
    for secret in (clinic.patients["North"], clinic.patients["example-02"], "example-0", "spoilt"):
        assert secret not in caplog.text


# --- where they are ticked -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "boxes"), [(Role.clinician, 5), (Role.prior_auth, 0), (Role.front_desk, 0)]
)
def test_only_who_writes_letters_can_tick(clinic: World, role: Role, boxes: int) -> None:
    page = clinic.client(role).get("/today").text
    assert page.count('form="letters" name="patient"') == boxes
    assert page.count('name="shown"') == boxes
    assert ("all 5 shown" in page) == bool(boxes)


def test_a_record_that_is_spoilt_costs_nobody_else_the_list(clinic: World) -> None:
    page = clinic.client(Role.clinician).get("/today").text
    assert "5 of 5" in page and "The plan could not be made." in page


def test_a_filtered_list_offers_those_who_are_shown(clinic: World) -> None:
    page = clinic.client(Role.clinician).post("/today", data={"words": "example-01"}).text
    shown = re.findall(r'name="shown" value="(.*?)"', page)
    assert shown == [clinic.patients["example-01"]] and "the one shown" in page


def row(patient: str, worklist: str) -> dict[str, Any]:
    return {
        "worklist": worklist,
        "patient": patient,
        "number": 1,
        "because": "It is eligible; nobody was asked.",
        "date": datetime.date(2026, 10, 3),
        "evidence": [],
    }


def test_worklists_offer_who_is_on_file_once_a_person(clinic: World, tmp_path: Path) -> None:
    first = clinic.desk.knowledge.worklists[0].id
    rows = [row(name, first) for name in ("example-06", "p1", "example-01", "example-06")]
    pq.write_table(pa.Table.from_pylist(rows, WORKLIST), tmp_path / "worklist.parquet")
    with clinic.store.writing() as work:
        accounts.clinic(work, "North").worklists = str(tmp_path)
    page = clinic.client(Role.clinician).get(f"/worklists/{first}").text
    shown = re.findall(r'name="shown" value="(.*?)"', page)
    assert shown == [clinic.patients["North"], clinic.patients["example-01"]]
    assert page.count('form="letters" name="patient"') == 3 and "all 2 shown" in page
    assert "1 person on this page is not on file" in page
    for role in (Role.analyst, Role.prior_auth):
        assert "letters" not in clinic.client(role).get(f"/worklists/{first}").text
    found = clinic.client(Role.clinician).post(f"/worklists/{first}", data={"words": "P1"}).text
    assert "1 of 4 rows" in found and "example-06" not in found
