"""Forms: a link without an account, answers into the record and the plan, alerts that stay."""

from __future__ import annotations

import datetime
import importlib
import json
import re
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from painpath.examples import example_bytes
from painpath.records.reading import read_documents
from painpath.report.words import place_words
from painpath.serve.charts import intake, keeping
from painpath.serve.desk.desk import Question
from painpath.serve.forms import answers, asking, links, questions, schedule
from painpath.serve.forms.asking import Done
from painpath.serve.pages.forms_patient import CLOSED
from painpath.serve.people import tokens
from painpath.serve.people.roles import Role
from painpath.serve.store.form_tables import AnswerAlert, AskedForm, FormAnswer
from painpath.serve.store.tables import Document, Patient, now
from tests.serve.world import PAGE, TODAY, World

BLOCK = "Procedure/procedure-3"
PHQ9 = {f"phq-9/phq-9-item-{n}": "LA6568-5" for n in range(1, 10)}
"""Not at all, nine times."""
SEVERAL_DAYS = "LA6569-3"


def blocked(world: World, *, relief: bool = False) -> str:
    """A patient with a genicular block on 29 Sep 2026, without (or with) relief on record."""
    bundle = json.loads(example_bytes("example-02"))
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["id"] = f"blocked-{relief}"
    if not relief:
        bundle["entry"] = [
            entry
            for entry in bundle["entry"]
            if not (entry["resource"].get("partOf") and "valueQuantity" in entry["resource"])
        ]
    data = json.dumps(bundle).replace("Patient/example-02", f"Patient/blocked-{relief}")
    read = intake.read(data.encode(), "x.json", world.desk.vocabulary, 1 << 24)
    return intake.take(world.store, world.clinics["North"], read, None).patient


def row_of(world: World, patient: str) -> Patient:
    with world.store.reading() as work:
        return work.get_one(Patient, patient)


class Link(NamedTuple):
    """A link and the page behind it."""

    path: str
    id: str


def link(world: World, patient: str, *forms: str, about: Done | None = None, days: int = 3) -> Link:
    """Made as staff make it, without the page."""
    row = row_of(world, patient)
    plan = world.desk.plan(world.store, row, Question(TODAY))
    asked = asking.build(forms, world.desk.knowledge, plan, about)
    ref = about.ref if about is not None else None
    with world.store.writing() as work:
        token, made = links.make(work, work.merge(row), asked, days, about=ref)
        return Link(f"/form/{token}", made.id)


def nobody(world: World) -> TestClient:
    return TestClient(world.app, follow_redirects=False, headers=PAGE)


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(world: World, path: str, answers: dict[str, str], act: str = "send") -> Any:
    client = nobody(world)
    page = client.get(path)
    assert page.status_code == 200, page.text
    return client.post(path, data={"key": key_of(page.text), "act": act, **answers})


def documents(world: World, patient: str) -> list[dict[str, Any]]:
    """What forms have added to a patient's record."""
    with world.store.reading() as work:
        kept = keeping.documents(work, patient)
    return [json.loads(keeping.plain(each)) for each in kept if each.kind == keeping.ADDITION]


def count(world: World, table: type[Any]) -> int:
    with world.store.reading() as work:
        return work.scalar(sa.select(sa.func.count()).select_from(table)) or 0


# --- links ---------------------------------------------------------------------------------------


def test_a_link_opens_without_an_account_as_often_as_wanted_until_it_is_sent(small: World) -> None:
    patient = small.patients["North"]
    made = link(small, patient, "peg")
    client = nobody(small)
    for _ in range(2):
        page = client.get(made.path)
        assert page.status_code == 200 and "enjoyment of life" in page.text
        assert "set-cookie" not in page.headers
    assert row_of(small, patient).name not in page.text, "it names nobody"
    answers = {"peg/peg-1": "7", "peg/peg-2": "6", "peg/peg-3": "8"}
    sent = client.post(made.path, data={"key": key_of(page.text), **answers})
    assert sent.status_code == 200 and "Thank you" in sent.text
    gone = client.get(made.path)
    assert gone.status_code == 410 and CLOSED in gone.text
    assert "7" not in gone.text.partition("<main")[2].partition("<section")[0]


def test_patients_read_what_a_form_is_about_and_how_long_it_is(small: World) -> None:
    made = link(small, small.patients["North"], "peg", "phq-9")
    page = nobody(small).get(made.path).text
    assert "Your pain and your days" in page and "Your mood" in page
    assert "PHQ-9" not in page and "PEG" not in page
    assert "12 questions." in page


def test_no_link_that_does_not_open_says_why(small: World) -> None:
    patient = small.patients["North"]
    used, late, back = (link(small, patient, "peg") for _ in range(3))
    send(small, used.path, {"peg/peg-1": "7"}, act="as-is")
    with small.store.writing() as work:
        moment = now() - datetime.timedelta(seconds=1)
        work.execute(sa.update(AskedForm).where(AskedForm.id == late.id).values(expires=moment))
        assert links.withdraw(work, patient, back.id)
    paths = [used.path, late.path, back.path, "/form/" + tokens.fresh(), "/form/x"]
    seen = set()
    for path in paths:
        for answer in (
            nobody(small).get(path),
            nobody(small).post(path, data={"key": tokens.fresh(), "peg/peg-1": "1"}),
        ):
            assert answer.status_code == 410
            assert CLOSED in answer.text and "988" in answer.text
            seen.add(answer.text)
    assert len(seen) == 1, "the same words for all"
    assert count(small, FormAnswer) == 1


@pytest.mark.usefixtures("one_span")
def test_guessing_is_slowed_down(small: World) -> None:
    client = nobody(small)
    codes = [client.get("/form/" + tokens.fresh()).status_code for _ in range(62)]
    assert codes[0] == 410 and codes[-1] == 429
    made = link(small, small.patients["North"], "peg")
    assert client.get(made.path).status_code == 200, "a link that is right is no guess"


def test_tokens_are_kept_as_digests_only(small: World) -> None:
    made = link(small, small.patients["North"], "phq-2")
    token = made.path.rsplit("/", 1)[-1]
    with small.store.reading() as work:
        row = work.get_one(AskedForm, made.id)
        assert row.digest == tokens.digest(token)
    small.store.engine.dispose()
    data = b"".join(file.read_bytes() for file in small.settings.folder.iterdir() if file.is_file())
    assert token.encode() not in data and row.digest.encode() in data


# --- answers into the record ---------------------------------------------------------------------


def test_sent_twice_is_taken_once_and_acknowledged_twice(small: World) -> None:
    patient = small.patients["North"]
    made = link(small, patient, "peg")
    client = nobody(small)
    key = key_of(client.get(made.path).text)
    data = {"key": key, "peg/peg-1": "7", "peg/peg-2": "6", "peg/peg-3": "8"}
    first, second = client.post(made.path, data=data), client.post(made.path, data=data)
    assert first.status_code == second.status_code == 200 and "Thank you" in second.text
    other = client.post(made.path, data={**data, "key": tokens.fresh(), "peg/peg-1": "1"})
    assert other.status_code == 410
    assert count(small, FormAnswer) == 1 and len(documents(small, patient)) == 1


def test_answers_are_valid_fhir_scored_and_read_back(small: World) -> None:
    patient = small.patients["North"]
    gad = {f"gad-7/gad-7-item-{n}": SEVERAL_DAYS for n in range(1, 8)}
    peg = {"peg/peg-1": "7", "peg/peg-2": "6", "peg/peg-3": "8"}
    made = link(small, patient, "peg", "phq-9", "gad-7", "pain-map")
    page = nobody(small).get(made.path).text
    assert page.count('name="pain-map/place-1"') == 11
    answers = {**peg, **PHQ9, **gad, "pain-map/place-1": "5", "phq-9/phq-9-item-2": SEVERAL_DAYS}
    assert send(small, made.path, answers).status_code == 200
    (bundle,) = documents(small, patient)
    for entry in [bundle, *(each["resource"] for each in bundle["entry"])]:
        kind = entry["resourceType"]
        module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
        getattr(module, kind).model_validate(entry)
    responses = [e["resource"] for e in bundle["entry"] if "questionnaire" in e["resource"]]
    assert [each["questionnaire"].rsplit(":", 1)[-1] for each in responses] == [
        "peg", "phq-9", "gad-7", "pain-map",
    ]  # fmt: skip
    record = small.desk.record(small.store, row_of(small, patient))
    assert not [each for each in record.skipped if each.ref.startswith("QuestionnaireResponse")]
    facts = [f for f in record.facts.to_pylist() if "form-" in f["ref"]]
    values = {(fact["concept"], fact["value"]) for fact in facts}
    assert {("peg", 7.0), ("phq-9", 1.0), ("gad-7", 7.0), ("pain-score", 5.0)} <= values
    mapped = [f for f in facts if f["concept"] == "pain-score" and f["value"] == 5.0]
    assert len(mapped) == 1 and mapped[0]["region"] and mapped[0]["side"]
    totals = [fact for fact in facts if fact["concept"] in ("peg", "phq-9", "gad-7")]
    assert len(totals) == 3, "a total is one fact, not one stated and one worked out"


def test_relief_of_80_percent_after_the_first_block_moves_the_next_step(small: World) -> None:
    patient = blocked(small)
    clinician = small.client(Role.clinician)

    def step() -> tuple[str | None, str]:
        plan = small.desk.plan(small.store, row_of(small, patient), Question(TODAY))
        (knee,) = [p for p in plan.problems if p.id == "pain-after-knee-replacement"]
        chosen = [o for o in knee.options if o.id == knee.next_step]
        return knee.next_step, chosen[0].status if chosen else "none"

    before = step()
    shown = clinician.get(f"/patients/{patient}").text
    (done,) = [
        each
        for each in schedule.done_in(
            small.desk.plan(small.store, row_of(small, patient), Question(TODAY))
        )
        if each.ref == BLOCK
    ]
    made = link(small, patient, "block-diary", about=done)
    diary = {"before": "8", "hour-1": "1", "hour-2": "2", "gone": "80"}
    answers = {f"block-diary/{link}": value for link, value in diary.items()}
    assert send(small, made.path, answers).status_code == 200
    after = step()
    assert before != after, "the plan has changed"
    assert after[0] is not None and after[0].startswith("genicular-rfa")
    (bundle,) = documents(small, patient)
    relief = bundle["entry"][1]["resource"]
    assert relief["partOf"] == [{"reference": BLOCK}]
    assert relief["valueQuantity"]["value"] == 80
    assert relief["effectiveDateTime"] == "2026-09-29", "a diary speaks of its day"
    again = clinician.get(f"/patients/{patient}").text
    assert "80 %" in again.partition("The same as a table")[2], "on the timeline at once"
    assert shown != again


@pytest.mark.parametrize(
    ("percent", "moves"), [("49", False), ("50", True), ("101", None), ("half", None), ("", None)]
)
def test_the_boundary_of_the_block_is_the_policys(
    small: World, percent: str, moves: bool | None
) -> None:
    patient = blocked(small)
    done = Done(BLOCK, datetime.date(2026, 9, 29), "genicular-nerve-block", "diagnostic", "knee")
    made = link(small, patient, "relief", about=done)
    answer = send(small, made.path, {"relief/gone": percent} if percent else {})
    if moves is None:
        assert answer.status_code == 422 and not documents(small, patient)
        assert nobody(small).get(made.path).status_code == 200, "it is still open"
        return
    assert answer.status_code == 200
    plan = small.desk.plan(small.store, row_of(small, patient), Question(TODAY))
    rfa = [o for p in plan.problems for o in p.options if o.id.startswith("genicular-rfa")]
    verdicts = {
        c.verdict
        for option in rfa
        for c in option.criteria
        if any(e.ref.startswith("Observation/form-") for e in c.evidence)
    }
    assert ("met" in verdicts) is moves and ("not-met" in verdicts) is not moves


def test_what_is_put_aside_is_there_again(small: World) -> None:
    patient = blocked(small)
    done = Done(BLOCK, datetime.date(2026, 9, 29), "genicular-nerve-block", "diagnostic", "knee")
    made = link(small, patient, "block-diary", about=done)
    saved = send(small, made.path, {"block-diary/hour-3": "4"}, act="save")
    assert saved.status_code == 200 and "Saved." in saved.text
    page = nobody(small).get(made.path).text
    hour = page.partition('name="block-diary/hour-3"')[2].partition("</select>")[0]
    assert "<option selected>4</option>" in hour
    assert not documents(small, patient), "nothing is sent yet"


def test_gaps_are_pointed_out_once_and_may_stay(small: World) -> None:
    patient = small.patients["North"]
    made = link(small, patient, "peg")
    asked = send(small, made.path, {"peg/peg-1": "7"})
    assert asked.status_code == 422 and "2 questions have no answer yet." in asked.text
    assert 'value="7" id="q-peg-peg-1-7" checked' in asked.text, "nothing is lost"
    empty = send(small, made.path, {})
    assert empty.status_code == 422 and "Nothing is filled in yet." in empty.text
    odd = send(small, made.path, {"peg/peg-1": "11", "peg/peg-2": "<script>"})
    assert odd.status_code == 422 and "Please check 2 answers" in odd.text
    assert "<script>" not in odd.text
    assert send(small, made.path, {"peg/peg-1": "7"}, act="as-is").status_code == 200
    (bundle,) = documents(small, patient)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds == ["QuestionnaireResponse"], "no score is made of one answer of three"


# --- alerts --------------------------------------------------------------------------------------


def test_item_9_above_zero_raises_an_alert_that_stays_until_it_is_signed(world: World) -> None:
    patient = world.patients["North"]
    made = link(world, patient, "phq-9")
    page = nobody(world).get(made.path).text
    assert "988" in page, "whom to call stands there before anything is answered"
    thanks = send(world, made.path, {**PHQ9, "phq-9/phq-9-item-9": SEVERAL_DAYS})
    assert "Please read this now" in thanks.text and "Call 988" in thanks.text
    assert "call 911" in thanks.text
    clinician, desk = world.client(Role.clinician), world.client(Role.front_desk)
    name = row_of(world, patient).name
    for path in ("/today", f"/patients/{patient}"):
        shown = clinician.get(path).text.partition("<h1>Today")[2] or clinician.get(path).text
        assert 0 < shown.find("Safety alert") < shown.find("<table")
    told = desk.get("/today").text
    assert "Please tell a clinician now" in told and name in told
    assert "better off dead" not in told, "what was answered is for clinicians"
    with world.store.reading() as work:
        alert = work.scalars(sa.select(AnswerAlert).where(AnswerAlert.patient_id == patient)).one()
    sign = f"/patients/{patient}/alerts/{alert.id}"
    for role in (Role.prior_auth, Role.front_desk, Role.analyst, Role.admin, Role.patient):
        answer = world.client(role).post(sign, data={"note": "Nothing to it."})
        assert answer.status_code in (403, 404)
    assert clinician.post(sign, data={"note": " "}).status_code == 422
    assert "Safety alert" in clinician.get("/today").text
    other = world.client(Role.clinician, "South").post(sign, data={"note": "Not mine."})
    assert other.status_code == 404
    # Nor by way of a patient of their own.
    aside = f"/patients/{world.patients['South']}/alerts/{alert.id}"
    other = world.client(Role.clinician, "South").post(aside, data={"note": "Not mine."})
    assert other.status_code == 404
    done = clinician.post(sign, data={"note": "Spoke on the phone; safe; seen tomorrow."})
    assert done.status_code == 303
    assert "Safety alert" not in clinician.get("/today").text
    kept = clinician.get(f"/patients/{patient}").text
    assert "Spoke on the phone; safe; seen tomorrow." in kept, "and who signed stays on file"
    assert clinician.post(sign, data={"note": "Once more."}).status_code == 404
    acts = [(row.act, row.patient_id) for row in world.trail()]
    assert ("raise-alert", patient) in acts and ("sign-alert", patient) in acts
    assert not [row for row in world.trail() if "phone" in (row.detail or "")]


def test_the_plan_says_so_too(small: World) -> None:
    patient = small.patients["North"]
    send(small, link(small, patient, "phq-9").path, {**PHQ9, "phq-9/phq-9-item-9": SEVERAL_DAYS})
    plan = small.desk.plan(small.store, row_of(small, patient), Question(TODAY))
    items = [*plan.safety, *(s for p in plan.problems for o in p.options for s in o.safety)]
    assert any(item.id.startswith("self-harm") for item in items)


def test_item_9_at_zero_raises_nothing(small: World) -> None:
    thanks = send(small, link(small, small.patients["North"], "phq-9").path, PHQ9)
    assert "Please read this now" not in thanks.text
    assert count(small, AnswerAlert) == 0


UNWELL = {"phq-9/phq-9-item-9": SEVERAL_DAYS}


def told(world: World, patient: str) -> list[str]:
    """The answers of a patient's alerts, as clinicians read them."""
    with world.store.reading() as work:
        mine = sa.select(AnswerAlert).where(AnswerAlert.patient_id == patient)
        return [alert.answer for alert in work.scalars(mine)]


@pytest.mark.parametrize("act", ["send", "save"])
def test_item_9_counts_before_the_form_is_complete(world: World, act: str) -> None:
    patient = world.patients["North"]
    before = len(told(world, patient))
    made = link(world, patient, "phq-9")
    back = send(world, made.path, UNWELL, act=act)
    assert "Please read this now" in back.text and "Call 988" in back.text
    assert told(world, patient)[before:] == ["Several days (told before the form was complete)"]
    assert "Safety alert" in world.client(Role.clinician).get("/today").text
    send(world, made.path, UNWELL, act=act)
    assert send(world, made.path, {**PHQ9, **UNWELL}).status_code == 200
    assert len(told(world, patient)) == before + 1, "once for a link"
    raised = [row for row in world.trail() if row.detail == f"link {made.id}"]
    assert [row.act for row in raised] == ["raise-alert", "answer-form"]


@pytest.mark.parametrize("how", ["withdrawn", "expired", "answered"])
@pytest.mark.parametrize("answers", [UNWELL, {**PHQ9, **UNWELL}, {**UNWELL, "phq-9/x": "?"}])
def test_item_9_counts_on_a_link_that_closed_meanwhile(
    small: World, how: str, answers: dict[str, str]
) -> None:
    patient = small.patients["North"]
    made = link(small, patient, "phq-9")
    key = key_of(nobody(small).get(made.path).text)
    if how == "answered":
        assert send(small, made.path, PHQ9).status_code == 200
    closing = {"withdrawn": now()} if how == "withdrawn" else {"expires": now()}
    with small.store.writing() as work:
        work.execute(sa.update(AskedForm).where(AskedForm.id == made.id).values(**closing))
    sent = {"key": key, "act": "send", **answers}
    for _ in range(2):
        late = nobody(small).post(made.path, data=sent)
        assert late.status_code == 410 and "Please read this now" in late.text
    assert told(small, patient) == ["Several days (sent by a link that no longer opened)"]
    assert len(documents(small, patient)) == (how == "answered"), "and nothing else is taken"


def test_the_database_lets_nobody_remove_or_reopen_an_alert(world: World) -> None:
    patient = world.patients["South"]
    send(world, link(world, patient, "phq-9").path, {**PHQ9, "phq-9/phq-9-item-9": SEVERAL_DAYS})
    with world.store.reading() as work:
        alert = work.scalars(sa.select(AnswerAlert).where(AnswerAlert.patient_id == patient)).one()
    for act in (
        "DELETE FROM answer_alert",
        "UPDATE answer_alert SET rule = 'nothing' WHERE signed IS NULL",
        "UPDATE answer_alert SET signed = raised, note = 'x', answer = 'Not at all'",
        "UPDATE answer_alert SET signed = raised, patient_id = (SELECT min(id) FROM patient)",
        "INSERT OR REPLACE INTO answer_alert SELECT * FROM answer_alert",
        "INSERT OR REPLACE INTO answer_alert SELECT id + 1000, patient_id, asked_id, rule, answer,"
        " raised, raised, signed_by, note FROM answer_alert",
    ):
        if "REPLACE" in act and not world.store.is_sqlite:
            continue
        with pytest.raises(sa.exc.DatabaseError), world.store.writing() as work:
            work.execute(sa.text(act))
    client = world.client(Role.clinician, "South")
    client.post(f"/patients/{patient}/alerts/{alert.id}", data={"note": "Called."})
    with pytest.raises(sa.exc.DatabaseError), world.store.writing() as work:
        work.execute(sa.text("UPDATE answer_alert SET signed = NULL"))


def test_an_alert_and_its_answer_are_kept_together_or_not_at_all(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = link(small, small.patients["North"], "phq-9")
    answers = {**PHQ9, "phq-9/phq-9-item-9": SEVERAL_DAYS}

    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as context:
        context.setattr("painpath.serve.forms.alerts.raise_all", broken)
        assert send(small, made.path, answers).status_code == 500
    assert count(small, FormAnswer) == 0 and not documents(small, small.patients["North"])
    assert send(small, made.path, answers).status_code == 200, "the link is still good"
    assert count(small, AnswerAlert) == count(small, FormAnswer) == 1


# --- schedule and staff --------------------------------------------------------------------------


def done_on(day: str, rung: str = "ablation", ref: str = "Procedure/1") -> Done:
    return Done(ref, datetime.date.fromisoformat(day), "genicular-rfa", rung, "knee right")


@pytest.mark.parametrize(
    ("rung", "today", "visit"),
    [
        ("diagnostic", "2026-08-01", "block-day"),
        ("diagnostic", "2026-08-05", "block-day"),
        ("diagnostic", "2026-08-06", None),
        ("ablation", "2026-08-14", None),
        ("ablation", "2026-08-15", "2-weeks"),
        ("ablation", "2026-08-22", "2-weeks"),
        ("ablation", "2026-08-23", None),
        ("ablation", "2026-08-31", None),
        ("ablation", "2026-09-01", "1-month"),
        ("ablation", "2026-11-01", "3-months"),
        ("ablation", "2026-11-29", "3-months"),
        ("ablation", "2026-11-30", None),
        ("ablation", "2027-02-01", "6-months"),
        ("ablation", "2027-08-01", "12-months"),
        ("trial", "2026-08-15", None),
    ],
)
def test_what_is_due_when(world: World, rung: str, today: str, visit: str | None) -> None:
    day = datetime.date.fromisoformat(today)
    found = schedule.due(world.desk.knowledge, [done_on("2026-08-01", rung)], (), day)
    assert [each.visit for each in found] == ([visit] if visit else [])


def test_a_later_procedure_ends_the_visits_of_the_earlier(world: World) -> None:
    done = [done_on("2026-08-01"), done_on("2026-10-30", ref="Procedure/2")]
    day = datetime.date(2026, 11, 13)
    found = schedule.due(world.desk.knowledge, done, (), day)
    assert [each.key for each in found] == [("Procedure/2", "2-weeks")]
    assert schedule.due(world.desk.knowledge, done, {("Procedure/2", "2-weeks")}, day) == []


def test_due_forms_stand_on_today_and_at_the_patient_until_a_link_is_out(small: World) -> None:
    bundle = json.loads(example_bytes("example-02"))
    for entry in bundle["entry"]:
        if entry["resource"]["id"] == "procedure-3":
            entry["resource"]["performedDateTime"] = "2026-10-31"
    read = intake.read(json.dumps(bundle).encode(), "x.json", small.desk.vocabulary, 1 << 24)
    patient = intake.take(small.store, small.clinics["North"], read, None).patient
    desk = small.client(Role.front_desk)
    name = row_of(small, patient).name
    listed = desk.get("/today").text.partition("Forms due")[2]
    assert name in listed and "Pain diary after the block" in listed
    page = desk.get(f"/patients/{patient}/forms").text
    assert "Due" in page and "31 Oct 2026" in page
    due = {"about": BLOCK, "visit": "block-day"}
    made = desk.post(f"/patients/{patient}/forms", data=due)
    (address,) = re.findall(r"http://\S+/form/[\w-]+", made.text)
    assert "<svg" in made.text, "a code to scan"
    assert name.lower() not in address.lower() and patient not in address
    assert "Forms due" not in desk.get("/today").text
    path = address.removeprefix(small.settings.address)
    again = desk.post(f"/patients/{patient}/forms", data=due)
    assert again.status_code == 200, "one may have been lost"
    assert nobody(small).get(path).status_code == 410, "the earlier one opens no more"
    (second,) = re.findall(r"/form/[\w-]+", again.text.partition('class="link"')[2])
    sent = send(small, second, {"block-diary/gone": "75"})
    assert sent.status_code == 200
    third = desk.post(f"/patients/{patient}/forms", data=due)
    assert third.status_code == 422 and "no longer due" in third.text
    assert "answered" in desk.get(f"/patients/{patient}/forms").text


def test_withdrawn_links_open_no_more(small: World) -> None:
    patient = small.patients["North"]
    made = link(small, patient, "peg")
    desk, others = small.client(Role.front_desk), small.client(Role.front_desk, "South")
    for at in ("North", "South"):
        aside = f"/patients/{small.patients[at]}/forms/{made.id}/withdraw"
        assert others.post(aside).status_code == 404, "another clinic's, whichever patient is named"
    assert nobody(small).get(made.path).status_code == 200
    assert desk.post(f"/patients/{patient}/forms/{made.id}/withdraw").status_code == 303
    assert nobody(small).get(made.path).status_code == 410
    assert desk.post(f"/patients/{patient}/forms/{made.id}/withdraw").status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "choose a form"),
        ({"forms": "bpi"}, "no such form"),
        ({"forms": "relief"}, "about a procedure"),
        ({"forms": "relief", "about": "Procedure/none"}, "about a procedure"),
        ({"about": "Procedure/1", "visit": "2-weeks"}, "no longer due"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    small: World, data: dict[str, str], words: str
) -> None:
    answer = small.client(Role.clinician).post(
        f"/patients/{small.patients['North']}/forms", data=data
    )
    assert answer.status_code == 422 and words in answer.text
    assert count(small, AskedForm) == 0


def test_a_new_record_leaves_what_patients_said(small: World) -> None:
    patient = small.patients["North"]
    send(small, link(small, patient, "peg").path, {"peg/peg-1": "7"}, act="as-is")
    read = intake.read(example_bytes("example-06"), "x.json", small.desk.vocabulary, 1 << 24)
    intake.take(small.store, small.clinics["North"], read, None)
    assert len(documents(small, patient)) == 1
    assert count(small, Document) == 4


@pytest.mark.parametrize("side", [None, "left", "right", "both"])
@pytest.mark.parametrize("region", ["lumbar", "cervical", "knee", "hip", "shoulder"])
def test_a_place_of_the_pain_map_is_read_as_the_place_it_is(
    world: World, region: str, side: str | None
) -> None:
    words = place_words(side, region)
    link_ = "place-1"
    question = asking.Asked(
        "pain-map",
        {"url": "urn:x:pain-map", "title": "x", "item": [{"linkId": link_, "type": "integer"}]},
        places={link_: asking.Place(words, side, region)},
    )
    given = {"pain-map": [questions.Given(link_, words, "4", 4.0, None)]}
    when = answers.When(datetime.datetime(2026, 11, 1, 9, tzinfo=datetime.UTC))
    data = answers.bundle("p1", "k", [question], given, when, world.desk.knowledge)
    patient = b'{"resourceType": "Patient", "id": "p1"}'
    documents_ = [("patient", patient), ("form", data)]
    (fact,) = read_documents(documents_, world.desk.vocabulary).facts.to_pylist()
    number = {None: 0, "left": 1, "right": 2, "both": 3}[side]
    assert (fact["concept"], fact["value"], fact["side"]) == ("pain-score", 4.0, number)
    assert fact["region"] & world.desk.vocabulary.region_bits[region]
