"""A reason that stands above every option is said once, not once an option."""

from __future__ import annotations

import io

from rich.console import Console

from painpath import planner
from painpath.planning.plan import Plan
from painpath.records.reading import read_bytes
from painpath.report import terminal
from painpath.report.html import to_html
from tests.planning.charts import ill, plan

PATIENT = b'{"resourceType": "Patient", "id": "p", "birthDate": "1958-03-02"}'
SAYS = "Treat the skin or urinary infection first"


def _infected() -> Plan:
    """Pain after spine surgery, a urinary infection, and a lead booked for next week."""
    return plan(ill("M96.1"), ill("N39.0", "2026-10-30"), booked={"63650": "2026-11-08"})


def test_terminal_says_the_reason_of_a_booking_and_of_the_options_once_each() -> None:
    out = io.StringIO()
    terminal.render(_infected(), Console(file=out, width=300))
    text = out.getvalue()
    booked = text[text.index("Booked") : text.index("Persistent pain")]
    problem = text[text.index("Persistent pain") : text.index("BEFORE ANY NEEDLE")]
    assert booked.count(SAYS) == 1
    assert problem.count(SAYS) == 1
    assert "for the reason above" in problem


def test_the_page_lists_what_has_one_reason_together() -> None:
    record = read_bytes(PATIENT, planner().vocabulary)
    page = to_html(_infected(), record, planner().knowledge).decode()
    refused = page[page.index("<h3>Why not</h3>") :].split("</ul>")[0]
    assert refused.count(SAYS) == 1
    assert "Spinal cord stimulation, trial · Spinal cord stimulation, permanent implant" in refused
