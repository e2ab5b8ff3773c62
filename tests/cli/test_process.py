"""The command line as other programs meet it: a process with streams and an exit code."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

import painpath
from painpath.cli.streams import plain
from painpath.examples import EXAMPLES, example_bytes
from painpath.report.phrases import SAFETY_MARKS
from painpath.report.words import MARKS, STATUS_MARKS

SRC = Path(painpath.__file__).parents[1]
EXAMPLE = SRC / "painpath/examples"
DAY = ("--as-of", "2026-11-01")

LONG = 600
"""Seconds after which a command is not slow but stuck."""
KEPT = ("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME")

Result = subprocess.CompletedProcess[bytes]


@cache
def run(*args: str | Path, stdin: bytes = b"", **environment: str) -> Result:
    """`python -m painpath` with a plain environment: no terminal, UTF-8 unless told otherwise."""
    kept = {key: value for key, value in os.environ.items() if key in KEPT}
    return subprocess.run(
        [sys.executable, "-m", "painpath", *map(str, args)],
        input=stdin,
        capture_output=True,
        timeout=LONG,
        check=False,
        env={**kept, "PYTHONPATH": str(SRC), "PYTHONIOENCODING": "utf-8"} | environment,
    )


def plan(number: int, *args: str | Path, **environment: str) -> Result:
    return run("plan", EXAMPLE / f"example-{number:02}.json", *DAY, *args, **environment)


def at_once(calls: Iterable[Callable[[], Result]]) -> list[Result]:
    """Processes side by side: each spends its second on its own core."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda call: call(), calls))


def text(result: Result) -> str:
    assert result.returncode == 0, result.stderr.decode()
    assert result.stderr == b""
    return result.stdout.decode("utf-8")


def sentence(result: Result, code: int) -> str:
    """The one sentence on stderr of a run that must not succeed."""
    words = result.stderr.decode("utf-8")
    assert result.returncode == code, words
    assert result.stdout == b""
    assert "Traceback" not in words
    assert words.startswith("painpath: ")
    assert words.count("\n") == 1 and words.endswith("\n")
    return words


@pytest.fixture(scope="module")
def first_plan() -> str:
    return text(plan(1))


# --- what a reader sees --------------------------------------------------------------------------


def test_first_25_lines_hold_the_answer(first_plan: str) -> None:
    top = "\n".join(first_plan.splitlines()[:25])
    assert re.match(r"Patient example-01 · woman, 68 · as of 1 Nov 2026 · Medicare", top)
    assert re.search(r"RIGHT KNEE\s+Persistent pain after knee replacement", top)
    assert "pain 7/10" in top
    assert re.search(r"Next\s+Genicular nerve block \.+ \? NEEDS 2 THINGS", top)
    assert "Order a CRP" in top and "Order an ESR" in top
    assert re.search(r"✓ Film of the knee .*\s+DiagnosticReport/diagnosticreport-1", top)
    assert re.search(r"Not\s+Epidural steroid injection: \S", top)
    assert re.search(r"Cover\s+Medicare", top)
    assert "investigational" in top and "evidence:" in top


def test_safety_and_notice_follow(first_plan: str) -> None:
    assert "BEFORE ANY NEEDLE" in first_plan
    assert re.search(r"Apixaban: decide with its prescriber.*", first_plan)
    assert "not medical advice" in first_plan
    for word in ("denied", "rejected", "you must", "None", "null"):
        assert word not in first_plan


def test_verbose_opens_every_criterion(first_plan: str) -> None:
    opened = text(plan(1, "-v"))
    assert len(opened.splitlines()) > 2 * len(first_plan.splitlines())
    assert "Looked for C-reactive protein" in opened


def test_red_flag_stands_above_the_problem() -> None:
    lines = text(plan(10)).splitlines()
    flag = next(n for n, line in enumerate(lines) if "RED FLAG" in line)
    problem = next(n for n, line in enumerate(lines) if "Lumbar radiculopathy" in line)
    assert flag < problem and flag <= 3
    assert [line for line in lines if line.startswith("  Next")] == [
        "  Next  No elective procedure now: the red flag comes first."
    ]


@pytest.mark.slow
def test_piped_output_is_plain() -> None:
    coloured = plan(6, FORCE_COLOR="1").stdout
    assert b"\x1b[" in coloured
    assert b"\x1b" not in plan(6).stdout
    without = plan(6, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", without), "a colour although NO_COLOR is set"


@pytest.mark.parametrize("columns", [60, 120])
def test_width_of_a_terminal(columns: int) -> None:
    """A terminal of any width: nothing is cut, no line is longer than it."""
    words = in_a_terminal(columns, "plan", EXAMPLE / "example-01.json", *DAY)
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", words)
    assert max(map(len, plain.splitlines())) <= columns
    flat = " ".join(plain.split())
    assert "NEEDS 2 THINGS" in flat and "Order an ESR (referring clinician)" in flat
    assert "Genicular nerve block" in flat and "not medical advice" in flat


def in_a_terminal(columns: int, *args: str | Path) -> str:
    """Run on a pseudo-terminal, as a person would."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
    ours, theirs = pty.openpty()
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", ""),
        "PYTHONPATH": str(SRC),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "COLUMNS": str(columns),
        "LINES": "50",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "painpath", *map(str, args)],
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    assert process.wait(timeout=LONG) == 0
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


# --- formats and places --------------------------------------------------------------------------


@pytest.mark.slow
def test_json_and_fhir_and_html_on_standard_output() -> None:
    made = json.loads(text(plan(1, "--format", "json")))
    assert made["schema"] == "painpath-plan/1"
    assert made["patient"]["id"] == "example-01"
    bundle = json.loads(text(plan(1, "--format", "fhir")))
    assert bundle["resourceType"] == "Bundle"
    page = text(plan(1, "--format", "html"))
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")


@pytest.mark.slow
def test_out_writes_a_file_and_nothing_else(tmp_path: Path) -> None:
    formats = ("text", "json", "html", "fhir")
    out = {name: tmp_path / f"plan.{name}" for name in formats}
    for result in at_once(partial(plan, 6, "--format", n, "--out", out[n]) for n in formats):
        assert text(result) == ""
    for path in out.values():
        content = path.read_text(encoding="utf-8")
        assert "Epidural steroid injection" in content, path.name
        assert "\x1b" not in content


def test_out_into_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    words = sentence(plan(6, "--format", "json", "--out", tmp_path / "no/such/plan.json"), 1)
    assert "no/such/plan.json" in words


@pytest.mark.slow
def test_every_source_gives_the_same_plan(tmp_path: Path) -> None:
    """File, gzip, standard input, one NDJSON file, a folder of NDJSON: one plan."""
    content = example_bytes("example-07")
    resources = [entry["resource"] for entry in json.loads(content)["entry"]]
    packed = tmp_path / "record.json.gz"
    packed.write_bytes(gzip.compress(content))
    lines = tmp_path / "record.ndjson"
    lines.write_text("\n".join(json.dumps(r) for r in resources), encoding="utf-8")
    folder = tmp_path / "export"
    folder.mkdir()
    for kind in {r["resourceType"] for r in resources}:
        rows = [json.dumps(r) for r in resources if r["resourceType"] == kind]
        (folder / f"{kind}.ndjson").write_text("\n".join(rows) + "\n", encoding="utf-8")
    wanted = _told(text(plan(7, "--format", "json")))
    sources: list[Path | str] = [packed, lines, folder, "-"]
    calls = [partial(run, "plan", s, *DAY, "--format", "json", stdin=content) for s in sources]
    for source, result in zip(sources, at_once(calls), strict=True):
        assert _told(text(result)) == wanted, source


def _told(content: str) -> list[Any]:
    """What the plan decides; the order of evidence may follow the order of the files."""
    made = json.loads(content)
    options = [
        (p["id"], p["side"], p["next_step"], o["id"], o["status"], o["earliest_date"])
        for p in made["problems"]
        for o in p["options"]
    ]
    requests = [(r["ref"], r["status"], r["earliest_date"]) for r in made["requests"]]
    return [options, requests, made["policy"], made["missing"], made["opioids"], made["skipped"]]


@pytest.mark.parametrize("format", ["text", "json"])
def test_output_closed_early_is_no_error(format: str) -> None:
    """`painpath plan ... | head -1`."""
    command = [sys.executable, "-m", "painpath", "plan", str(EXAMPLE / "example-01.json"), *DAY]
    with subprocess.Popen(
        [*command, "--format", format],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SRC)},
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        code = process.wait(timeout=LONG)
    assert code == 0


@pytest.mark.parametrize(
    ("environment", "encoding"),
    [
        ({"PYTHONIOENCODING": "ascii"}, "ascii"),
        (
            {
                "LC_ALL": "C",
                "PYTHONUTF8": "0",
                "PYTHONCOERCECLOCALE": "0",
                "PYTHONIOENCODING": "",
            },
            "ascii",
        ),
        ({"PYTHONIOENCODING": "cp1252"}, "cp1252"),
        ({"PYTHONIOENCODING": "cp437"}, "cp437"),
    ],
    ids=["ascii", "C", "cp1252", "cp437"],
)
def test_terminals_without_utf_8(environment: dict[str, str], encoding: str) -> None:
    """Marks stay told apart where the console has no tick."""
    result = plan(1, **environment)
    assert result.returncode == 0 and result.stderr == b""
    words = result.stdout.decode(encoding)
    assert "Genicular nerve block" in words and "Order a CRP" in words
    met = next(line for line in words.splitlines() if "Film of the knee" in line)
    asked = next(line for line in words.splitlines() if "CRP measured" in line)
    assert met.split()[0] != asked.split()[0] == "?"


def test_no_two_marks_become_the_same() -> None:
    marks = {*MARKS.values(), *STATUS_MARKS.values(), *SAFETY_MARKS.values()}
    assert len({plain(mark) if ord(mark) > 127 else mark for mark in marks}) == len(marks)


def test_json_is_utf_8_whatever_the_locale() -> None:
    plain = plan(1, "--format", "json", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert plain.stdout == plan(1, "--format", "json").stdout


# --- choices -------------------------------------------------------------------------------------


def test_policy_is_chosen_by_hand() -> None:
    made = json.loads(text(plan(4, "--policy", "aetna", "--format", "json")))
    assert made["policy"]["id"] == "aetna"
    policies = {o["policy"] or "" for p in made["problems"] for o in p["options"]}
    assert any(name.startswith("aetna-") for name in policies)
    clinical = json.loads(text(plan(4, "--policy", "clinical", "--format", "json")))
    policies = {o["policy"] for p in clinical["problems"] for o in p["options"] if o["policy"]}
    assert all(name.startswith("clinical-") for name in policies)


def test_unknown_policy_is_a_sentence() -> None:
    words = sentence(plan(1, "--policy", "no-such-plan"), 2)
    assert "no-such-plan" in words and "knowledge list policies" in words
    assert "did you mean medicare or " in sentence(plan(1, "--policy", "medicaire"), 2)


@pytest.mark.slow
def test_wrong_usage_is_a_sentence() -> None:
    cases = {
        "yesterday": ("--as-of", "yesterday"),
        "nobody": ("--hold-rules", "nobody"),
        "cdc-1999": ("--mme-rules", "cdc-1999"),
        "tickling": ("--procedure", "tickling"),
        "--procedure": ("--on", "2026-11-10"),
        "middle": ("--procedure", "64483", "--side", "middle"),
        "10/11/2026": ("--procedure", "64483", "--on", "10/11/2026"),
        "years 1900 to 2199": ("--as-of", "9999-12-31"),
        '"0001-01-01"': ("--procedure", "64483", "--on", "0001-01-01"),
    }
    results = at_once(partial(plan, 7, *args) for args in cases.values())
    for word, result in zip(cases, results, strict=True):
        assert word in sentence(result, 2)


@pytest.mark.parametrize(
    ("word", "args"),
    [
        ("missing argument", ("plan",)),
        ("'pdf' is not one of", ("plan", "-", "--format", "pdf")),
        ("no such option", ("plan", "-", "--colour")),
        ("no such command", ("frobnicate",)),
    ],
)
def test_misuse_is_a_sentence_too(word: str, args: tuple[str, ...]) -> None:
    words = sentence(run(*args), 2)
    assert word in words and "--help`" in words


def test_booked_by_hand_is_judged_on_its_own_day() -> None:
    booking = ("--procedure", "64483", "--side", "left", "--levels", "L4-L5", "--format", "json")
    early = json.loads(text(plan(7, "--on", "2026-11-10", *booking)))["requests"]
    assert len(early) == 2 and [row["status"] for row in early] == ["wait", "wait"]
    by_hand = next(row for row in early if not row["ref"].startswith("ServiceRequest/"))
    assert by_hand["on"] == "2026-11-10" and by_hand["earliest_date"] == "2026-12-21"
    late = json.loads(text(plan(7, "--on", "2026-12-21", *booking)))["requests"]
    by_hand = next(row for row in late if not row["ref"].startswith("ServiceRequest/"))
    open_ones = {c["id"] for c in by_hand["criteria"] if c["decisive"] and c["verdict"] != "met"}
    assert by_hand["status"] == "needs-more" and open_ones == {"esi-repeat-relief"}


def test_booked_procedure_that_does_not_fit() -> None:
    words = text(plan(1, "--procedure", "62323", "--on", "2026-11-20"))
    top = "\n".join(words.splitlines()[:6])
    assert (
        "62323" in top
        and "NOT INDICATED" in top
        and "not from a nerve root" in " ".join(top.split())
    )


def test_hold_rules_differ() -> None:
    def hold(*args: str) -> dict[str, Any]:
        made = json.loads(text(plan(5, "--format", "json", *args)))
        return {s["id"]: s for s in made["safety"]}["hold-clopidogrel"]

    assert hold()["hold_days"] == 7
    assert hold("--hold-rules", "asipp")["hold_days"] == 6


def test_timing_goes_to_stderr() -> None:
    result = plan(6, "--timing", "--format", "json")
    assert result.returncode == 0
    json.loads(result.stdout)
    lines = result.stderr.decode().splitlines()
    assert lines and all(re.fullmatch(r" *\d+\.\d ms  \S+", line) for line in lines)


# --- records that are not as they should be ------------------------------------------------------


@pytest.mark.slow
def test_unusable_file_is_a_sentence(tmp_path: Path) -> None:
    files = {
        "empty.json": b"",
        "cut.json": example_bytes("example-01")[:5000],
        "noise.json": bytes(range(256)) * 4,
        "list.json": b"[1, 2, 3]",
        "other.json": b'{"hello": "world"}',
        "empty-bundle.json": b'{"resourceType": "Bundle", "type": "collection", "entry": []}',
        "broken.json.gz": gzip.compress(example_bytes("example-01"))[:300],
        "not.json.gz": b"this is not gzip",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    results = at_once(partial(run, "plan", tmp_path / name, *DAY) for name in files)
    for name, result in zip(files, results, strict=True):
        assert name in sentence(result, 1)


def test_missing_file_is_a_sentence(tmp_path: Path) -> None:
    assert "nobody.json" in sentence(run("plan", tmp_path / "nobody.json"), 1)


def test_empty_folder_is_a_sentence(tmp_path: Path) -> None:
    sentence(run("plan", tmp_path), 1)


def test_partly_broken_bundle_is_planned_and_says_what_it_skipped(tmp_path: Path) -> None:
    bundle = json.loads(example_bytes("example-06"))
    subject = {"reference": "Patient/example-06"}
    pain = {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]}
    bundle["entry"] += [
        {
            "resource": {
                "resourceType": "Observation",
                "id": "broken",
                "status": "final",
                "code": pain,
                "subject": subject,
                "effectiveDateTime": "2026-10-01",
                "valueQuantity": {"value": "very bad", "unit": "{score}"},
            }
        },
        {"resource": {"resourceType": "Procedure", "id": "odd", "subject": subject, "code": 17}},
        {"resource": "not a resource"},
    ]
    path = tmp_path / "partly.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    made = json.loads(text(run("plan", path, *DAY, "--format", "json")))
    skipped = [(row["ref"], row["why"]) for row in made["skipped"]]
    assert ("Observation/broken", "valueQuantity.value is not a number") in skipped
    assert "Procedure/odd" in dict(skipped)
    assert made["problems"][0]["next_step"] == "epidural-steroid-injection"
    words = text(run("plan", path, *DAY))
    told = f"{len(skipped)} parts of the record could not be used, e.g. {skipped[0][0]}"
    assert told in words


def test_record_without_a_pain_problem(tmp_path: Path) -> None:
    path = tmp_path / "well.json"
    patient = {"resourceType": "Patient", "id": "well", "birthDate": "1990-01-01"}
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": patient}]}))
    assert "No pain problem was recognised" in text(run("plan", path, *DAY))


# --- the other commands --------------------------------------------------------------------------


def test_mme() -> None:
    words = text(run("mme", EXAMPLE / "example-01.json", *DAY))
    assert "45 MME/day" in words and "oxycodone" in words
    assert "not for converting" in words
    load = json.loads(text(run("mme", EXAMPLE / "example-01.json", *DAY, "--format", "json")))
    assert load["mme_per_day"] == 45.0
    assert load["items"][0]["ref"] == "MedicationRequest/medicationrequest-3"


@pytest.mark.slow
def test_knowledge_list_show_compare() -> None:
    counts = dict(line.split() for line in text(run("knowledge", "list")).splitlines())
    assert int(counts["options"]) >= 20 and int(counts["policies"]) >= 50
    options = text(run("knowledge", "list", "options", "--find", "genicular"))
    assert "genicular-rfa-post-tka" in options and "scs-trial" not in options
    shown = text(run("knowledge", "show", "facet-rfa", COLUMNS="120"))
    assert "Facet radiofrequency ablation" in shown and "medicare-facet" in shown
    compared = text(run("knowledge", "compare", "facet-rfa", COLUMNS="160"))
    assert "medicare-facet" in compared and "advises-against" in compared
    narrow = text(run("knowledge", "compare", "occipital-nerve-rf", COLUMNS="80"))
    assert "capital-blue-mp-2-376-occipital  coverage · investigational" in narrow
    assert "nonsense" in sentence(run("knowledge", "list", "nonsense"), 2)
    assert "nonsense" in sentence(run("knowledge", "show", "nonsense"), 2)
    assert "nonsense" in sentence(run("knowledge", "compare", "nonsense"), 2)
    asked = ("knowledge", "compare", "facet-rfa", "--problem", "nonsense")
    assert "nonsense" in sentence(run(*asked), 2)


def test_knowledge_check_finds_no_error() -> None:
    result = run("knowledge", "check")
    last = result.stdout.decode().splitlines()[-1]
    assert result.returncode == 0, result.stdout.decode()
    assert re.search(r"\d+ options, .* \d+ cases; 0 errors, .*; \d+ unverified", last)


@pytest.mark.slow
def test_knowledge_check_lists_what_is_unverified_and_the_rest_on_request() -> None:
    listed = text(run("knowledge", "check", "--unverified")).splitlines()
    assert listed[-1] == f"{len(listed) - 1} unverified"
    assert all(re.match(r"[\w./-]+\.yaml:\d+: ", line) for line in listed[:-1])
    few = text(run("knowledge", "check"))
    every = text(run("knowledge", "check", "--all", "--notes"))
    assert "more (--all lists them)" in few and "more (--all lists them)" not in every
    assert len(every.splitlines()) > len(few.splitlines())
    assert sum(line.startswith("note: ") for line in few.splitlines()) == 0


@pytest.mark.slow
def test_vignettes_count_as_examples() -> None:
    folder = Path(__file__).parents[1] / "vignettes"
    alone = text(run("knowledge", "check", "--all"))
    with_them = text(run("knowledge", "check", "--all", "--examples", folder))
    assert 'no example shows "esi-caudal" eligible' in alone
    assert 'no example shows "esi-caudal" eligible' not in with_them


def test_knowledge_check_of_a_broken_folder_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "options.yaml").write_text("options:\n  - {id: x, name: X, famly: f}\n")
    result = run("knowledge", "check", tmp_path)
    words = (result.stdout + result.stderr).decode()
    assert result.returncode == 1
    assert "Traceback" not in words
    assert "options.yaml:2" in words and "famly" in words


@pytest.mark.slow
def test_demo_writes_pages_and_prints_the_first_plan(tmp_path: Path) -> None:
    words = text(run("demo", "--out", tmp_path / "demo"))
    assert words.startswith("Patient example-01")
    pages = sorted(path.name for path in (tmp_path / "demo").glob("*.html"))
    assert pages == sorted(f"{example.id}.html" for example in EXAMPLES)
    assert all(str(tmp_path / "demo" / name) in words for name in pages)


def test_version_help_and_no_arguments() -> None:
    assert text(run("--version")).strip() == f"painpath {painpath.__version__}"
    helped = text(run("plan", "--help"))
    assert "--procedure" in helped and "--policy" in helped
    assert run().returncode == 2
    assert run("no-such-command").returncode == 2
