"""The HTML page: one file, no network, no script but its own, whatever the record holds."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from painpath import planner
from painpath.report.html import to_html
from painpath.report.phrases import open_question
from tests.report.conftest import AS_OF, KEYS, Examples

Attributes = dict[str, str | None]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> & ]]> {{ 7 * 7 }}"
VOID = {"meta", "input", "br", "img", "link", "hr"}


class Page(HTMLParser):
    """Tags, attributes and visible text of a page; unbalanced tags are an error."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, Attributes]] = []
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(content)
        self.close()
        assert self._open == [], f"never closed: {self._open}"
        self.text = " ".join("".join(self._words).split())
        self.ids = [str(a["id"]) for _, a in self.attributes if "id" in a]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-3:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] not in ("style", "script"):
            self._words.append(data)


@pytest.fixture(scope="module")
def content(examples: Examples) -> Callable[[str], str]:
    made: dict[str, str] = {}

    def of(key: str) -> str:
        if key not in made:
            knowledge = planner().knowledge
            made[key] = to_html(examples.plan(key), examples.record(key), knowledge).decode("utf-8")
        return made[key]

    return of


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_fetched_and_nothing_foreign_runs(
    key: str, content: Callable[[str], str]
) -> None:
    written = content(key)
    page = Page(written)
    for tag in ("link", "img", "iframe", "object", "embed", "form", "base", "video"):
        assert page.tags[tag] == 0, tag
    for tag, attributes in page.attributes:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert "src" not in attributes and "srcset" not in attributes
        target = attributes.get("href") or attributes.get("xlink:href") or "#"
        assert target.startswith("#") or (tag == "a" and re.match(r"https?://", target)), target
    script = _script(written)
    calls = r"fetch\(|XMLHttpRequest|sendBeacon|WebSocket|import\(|eval|innerHTML|Storage|cookie"
    assert not re.search(calls, script)
    rest = written.replace(script, "")
    assert not re.search(r"@import|url\(|expression\(|javascript:", rest)
    policy = [a["content"] for t, a in page.attributes if t == "meta" and "http-equiv" in a]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"script-src 'sha256-{digest}'"
    assert policy == [f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; {allowed}"]


def _script(written: str) -> str:
    """The page's own script; there is exactly one."""
    (script,) = re.findall(r"<script>(.*?)</script>", written, re.DOTALL)
    assert written.count("<script") == 1
    return str(script)


@pytest.mark.parametrize("key", KEYS)
def test_page_is_well_formed(key: str, content: Callable[[str], str]) -> None:
    written = content(key)
    page = Page(written)
    doubled = [name for name, n in Counter(page.ids).items() if n > 1]
    assert not doubled
    assert page.tags["h1"] == 1 and page.tags["main"] == 1 and page.tags["title"] == 1
    inside = [str(a["href"])[1:] for t, a in page.attributes if str(a.get("href")).startswith("#")]
    lost = sorted(set(inside) - set(page.ids))
    assert not lost, "links into the page that lead nowhere"
    labels = [str(a["for"]) for t, a in page.attributes if t == "label"]
    assert set(labels) <= set(page.ids)
    assert "None" not in page.text.replace("None of", "")
    assert len(written) < 1_500_000


@pytest.mark.parametrize("key", KEYS)
def test_the_answer_and_its_evidence_are_on_the_page(
    key: str, content: Callable[[str], str], examples: Examples
) -> None:
    plan = examples.plan(key)
    page = Page(content(key))
    for problem in plan.problems:
        assert problem.name in page.text
        assert all(_plain(item.text) in page.text for item in problem.evidence)
        shown = [o for o in problem.options if o.status in ("eligible", "wait", "needs-more")]
        for option in shown:
            assert option.name in page.text
            for criterion in option.criteria:
                assert _plain(criterion.text) in page.text
                assert all(item.ref in page.text for item in criterion.evidence)
                asked = criterion.ask and criterion.verdict != "met"
                assert not asked or _plain(criterion.ask or "") in page.text
        for option in problem.options:
            if option.status == "not-indicated":
                assert _plain(option.why or "") in page.text
    for flag in plan.red_flags:
        assert page.text.index(_plain(flag.text)) < page.text.index(plan.problems[0].name)
        assert _plain(flag.act) in page.text
    for item in plan.safety:
        assert item.level == "info" or _plain(open_question(item) or item.text) in page.text
    assert _plain(plan.notice) in page.text


def _plain(words: str) -> str:
    return " ".join(words.split())


def test_first_words_are_who_and_what_next(content: Callable[[str], str]) -> None:
    words = Page(content("example-01")).text
    assert words.index("example-01") < words.index("Next: Genicular nerve block. Needs 2 things")
    assert words.index("Next: Genicular nerve block") < words.index("Timeline")


def test_sources_open_in_their_own_place(content: Callable[[str], str]) -> None:
    for tag, attributes in Page(content("example-04")).attributes:
        if tag == "a" and str(attributes.get("href")).startswith("http"):
            assert attributes.get("rel") == "noreferrer"


# --- hostile records -----------------------------------------------------------------------------


def _poison(bundle: dict[str, Any]) -> None:
    """Markup wherever a record holds words."""
    for entry in bundle["entry"]:
        resource = entry["resource"]
        for name in ("code", "medicationCodeableConcept", "type"):
            concept = resource.get(name)
            if isinstance(concept, dict):
                concept["text"] = HOSTILE + str(concept.get("text", ""))
                for coding in concept.get("coding", ()):
                    coding["display"] = HOSTILE
        for payor in resource.get("payor", ()):
            payor["display"] = f"{payor['display']} {HOSTILE}"
        for dosage in resource.get("dosageInstruction", ()):
            dosage["text"] = HOSTILE
        for note in resource.get("note", ()):
            note["text"] = HOSTILE
        if "conclusion" in resource:
            resource["conclusion"] = HOSTILE
        if resource["resourceType"] == "Patient":
            resource["id"] = "<b>id</b>"


@pytest.mark.parametrize("key", ["example-01", "example-05", "example-07", "example-10"])
def test_markup_in_the_record_stays_text(
    key: str, content: Callable[[str], str], examples: Examples
) -> None:
    bundle = examples.bundle(key)
    _poison(bundle)
    record = examples.read(bundle, f"hostile-{key}")
    plan = planner().plan(record, as_of=AS_OF[key])
    written = to_html(plan, record, planner().knowledge).decode("utf-8")
    page = Page(written)
    assert _script(written) == _script(content(key)) and page.tags["script"] == 1
    assert page.tags["img"] == page.tags["b"] - _bold(content(key)) == 0
    assert not [a for _, a in page.attributes for name in a if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text, "the words themselves are shown"
    assert "49" not in page.text or "{{ 7 * 7 }}" in page.text, "no template is run"


def _bold(written: str) -> int:
    return Page(written).tags["b"]


def test_control_and_direction_characters_do_not_reach_the_page(examples: Examples) -> None:
    """ESC, BEL and the characters that turn text around are no part of a diagnosis."""
    bundle = examples.bundle("example-06")
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Condition":
            entry["resource"]["code"]["text"] = "\x1b[31mSciatica\x07 \u202eright"
            entry["resource"]["code"]["coding"][0]["display"] = "\x1b[31mSciatica\x07 \u202eright"
    record = examples.read(bundle, "controls")
    plan = planner().plan(record, as_of=AS_OF["example-06"])
    written = to_html(plan, record, planner().knowledge).decode("utf-8")
    assert "Sciatica" in written
    found = set(re.findall(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", written))
    assert not found


def test_record_without_problems_says_so(examples: Examples) -> None:
    patient = {"resourceType": "Patient", "id": "well", "birthDate": "1990-01-01"}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": patient}]}
    record = examples.read(bundle, "well")
    plan = planner().plan(record, as_of=AS_OF["example-01"])
    page = Page(to_html(plan, record, planner().knowledge).decode("utf-8"))
    assert "No pain problem was recognised" in page.text


@pytest.mark.parametrize("key", KEYS)
def test_the_same_plan_makes_the_same_page(
    key: str, content: Callable[[str], str], examples: Examples
) -> None:
    again = to_html(examples.plan(key), examples.record(key), planner().knowledge)
    assert _without_gradients(again.decode("utf-8")) == _without_gradients(content(key))


def _without_gradients(written: str) -> str:
    """Numbers that the drawing library hands out to clip paths."""
    return re.sub(r"(clip|gradient)_?\d+", r"\1", written)
