"""Where no option is open: which would come first, what is not met, and what is asked for."""

from __future__ import annotations

import io

from rich.console import Console

from painpath import planner
from painpath.planning.plan import CriterionResult, Plan
from painpath.records.reading import read_bytes
from painpath.report import terminal
from painpath.report.html import to_html
from tests.planning.charts import done, ill, plan

EPIDURAL = "epidural-steroid-injection"
CARE = "Record what was tried, from when to when, with what result (referring clinician)"
IMAGING = "Get an MRI or CT report that names level and side (referring clinician)"


def _bare() -> Plan:
    """A root pain of nine months, and nothing else on record."""
    return plan(ill("M54.16", "2026-02-01"), policy="medicare")


def _short() -> Plan:
    """The same, with six days of physical therapy: that is on record, and it is too little."""
    course = done(
        "97110", "2026-03-01", performedPeriod={"start": "2026-03-01", "end": "2026-03-06"}
    )
    del course["performedDateTime"]
    return plan(ill("M54.16", "2026-02-01"), course, policy="medicare")


def _criterion(made: Plan, name: str) -> CriterionResult:
    option = next(o for o in made.problems[0].options if o.id == EPIDURAL)
    return next(c for c in option.criteria if c.id == name)


def _text(made: Plan) -> str:
    out = io.StringIO()
    terminal.render(made, Console(file=out, width=120))
    return " ".join(out.getvalue().split())


def test_what_silence_denies_names_the_act_that_would_settle_it() -> None:
    care = _criterion(_bare(), "esi-conservative-care")
    assert (care.verdict, care.evidence, care.ask) == ("not-met", [], CARE)
    assert _criterion(_short(), "esi-conservative-care").ask is None


def test_the_acts_of_the_nearest_option_are_missing() -> None:
    asks = {row.ask: row.for_ for row in _bare().missing}
    assert {CARE, IMAGING} <= set(asks)
    assert asks[CARE][0] == EPIDURAL
    assert {row.ask for row in _short().missing}.isdisjoint({CARE, IMAGING})


def test_the_terminal_shows_what_is_not_met() -> None:
    text = _text(_bare())
    answer = text.index("what is not met stands below")
    head = text[answer : text.index("Not Diagnostic medial branch block")]
    assert "Epidural steroid injection ..." in head
    assert "CRITERIA NOT MET" in head
    assert f"At least 4 weeks of conservative care on record → {CARE}" in head
    assert "Record what was tried" in text[text.index("MISSING") :]


def test_the_page_opens_the_nearest_option() -> None:
    record = read_bytes(b'{"resourceType": "Patient", "id": "p"}', planner().vocabulary)
    page = to_html(_bare(), record, planner().knowledge).decode()
    opened = page[page.index('<details class="option" open>') :].split("</details>")[0]
    assert "<h3>Epidural steroid injection</h3>" in opened
    refused = page[page.index("<h3>Why not</h3>") :].split("</ul>")[0]
    assert "Caudal epidural" not in refused
    assert "Restorative neurostimulation" in refused
    assert CARE.split(" (")[0] in page
