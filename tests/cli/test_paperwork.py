"""`painpath letter`, `packet` and `handout` as processes: files, text, sentences, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_process import DAY, EXAMPLE, run, sentence, text

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.

ONE = EXAMPLE / "example-01.json"
FOUR = EXAMPLE / "example-04.json"


def test_letter_is_printed_without_a_folder() -> None:
    shown = text(run("letter", ONE, *DAY))
    assert shown.startswith("To a qualified pain specialist\n")
    assert "Please see this patient about: Genicular nerve block." in shown


def test_letter_from_standard_input_is_the_same() -> None:
    piped = run("letter", "-", *DAY, stdin=ONE.read_bytes())
    assert text(piped) == text(run("letter", ONE, *DAY))


def test_letter_writes_its_documents(tmp_path: Path) -> None:
    shown = text(run("letter", ONE, *DAY, "--out", tmp_path / "new"))
    names = ["letter.txt", "letter.html", "letter.pdf", "referral.json"]
    assert [Path(line).name for line in shown.splitlines()] == names
    assert (tmp_path / "new/letter.pdf").read_bytes().startswith(b"%PDF-1.7")
    made = json.loads((tmp_path / "new/referral.json").read_bytes())
    assert made["entry"][-1]["resource"]["resourceType"] == "ServiceRequest"


def test_packet_writes_its_documents(tmp_path: Path) -> None:
    shown = text(run("packet", FOUR, *DAY, "--option", "scs-trial", "--out", tmp_path))
    assert [Path(line).name for line in shown.splitlines()] == [
        "checklist.txt",
        "packet.html",
        "packet.pdf",
        "questionnaire.json",
        "questionnaire-response.json",
        "pas-bundle.json",
    ]
    assert json.loads((tmp_path / "pas-bundle.json").read_bytes())["type"] == "collection"


def test_packet_without_an_option_is_about_the_next_step() -> None:
    shown = text(run("packet", FOUR, *DAY))
    assert "Asked for: Spinal cord stimulation, trial, low back" in shown
    flagged = EXAMPLE / "example-10.json"
    assert "name what to ask for with --option" in sentence(run("packet", flagged, *DAY), 1)


def test_packet_under_another_payer_and_one_format(tmp_path: Path) -> None:
    where = ("--policy", "aetna", "--format", "html", "--out", tmp_path)
    shown = text(run("packet", FOUR, *DAY, "--option", "scs-trial", *where))
    assert [Path(line).name for line in shown.splitlines()] == ["packet.html"]
    assert "Aetna CPB 0194" in (tmp_path / "packet.html").read_text(encoding="utf-8")


def test_handout_writes_page_and_pdf(tmp_path: Path) -> None:
    shown = text(run("handout", FOUR, *DAY, "--out", tmp_path))
    assert [Path(line).name for line in shown.splitlines()] == ["handout.html", "handout.pdf"]


def test_mistakes_are_sentences(tmp_path: Path) -> None:
    words = sentence(run("packet", FOUR, *DAY, "--option", "scs-tryal"), 2)
    assert 'the plan has no option "scs-tryal"; it has scs-trial' in words
    assert "for one policy" in sentence(run("letter", FOUR, *DAY, "--policy", "all"), 2)
    assert "not text" in sentence(
        run("handout", FOUR, *DAY, "--out", tmp_path, "--format", "text"), 2
    )
    ten = EXAMPLE / "example-10.json"
    words = sentence(run("handout", ten, *DAY, "--out", tmp_path), 1)
    assert "no next step of this plan has a text for patients" in words
    assert "nothing is open to refer for" in sentence(
        run("letter", ten, *DAY, "--out", tmp_path, "--format", "fhir"), 1
    )
    sentence(run("letter", tmp_path / "none.json", *DAY), 1)
