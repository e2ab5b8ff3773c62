"""Pages and PDF: hostile text stays text, nothing is loaded, the plan is on the paper."""

from __future__ import annotations

import builtins
import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from pypdf import PdfReader

from painpath.knowledge.checks.reading_level import HIGHEST_GRADE, grade
from painpath.paperwork import pages, pdf
from painpath.paperwork.checklist import Checklist
from painpath.paperwork.handout import Handout, NoTextError
from tests.paperwork.conftest import AS_OF, KEYS, Case, Cases, checklist_of, with_criteria

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
HOSTILE = '</title><script>alert(1)</script>"><img src=x> #panic("x") *b* $x$ \\u{41} @ref &amp;'


def next_step(case: Case) -> Checklist:
    """The checklist of the first option that some policy has criteria for."""
    problem, option = next(with_criteria(case))
    return case.checklist(problem, option)


def hostile(cases: Cases) -> Case:
    """Example 01 with markup of three kinds wherever a record may hold text."""
    bundle = cases.examples.bundle("example-01")
    for entry in bundle["entry"]:
        resource = entry["resource"]
        kind = resource["resourceType"]
        if kind == "Patient":
            resource["name"] = [{"text": HOSTILE}]
            resource["identifier"] = [{"value": HOSTILE}]
        elif kind == "Coverage":
            resource["subscriberId"] = HOSTILE
        elif kind == "DiagnosticReport":
            resource["conclusion"] = HOSTILE
        elif kind == "Condition":
            resource["code"]["text"] = HOSTILE
            for coding in resource["code"]["coding"]:
                coding["display"] = HOSTILE
    return cases.changed("example-01", bundle)


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(content.decode("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def text_of(content: bytes) -> str:
    """The text of a PDF as one line, without the places where it may break."""
    told = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return bare(told)


def bare(text: str) -> str:
    """Letters and digits only: where a line breaks is no matter."""
    return re.sub(r"[\W_]+", "", text).lower()


# -- pages --


@pytest.mark.parametrize("key", KEYS)
def test_pages_load_nothing_and_run_nothing(key: str, cases: Cases) -> None:
    case = cases.of(key)
    made = [pages.letter_page(case.letter())]
    if case.plan.problems[0].next_step:
        made += [pages.packet_page(next_step(case)), pages.handout_page(case.handout())]
    for content in made:
        page = Page(content)
        assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
        assert page.tags.count("h1") >= 1 and page.tags.count("main") == 1
        for tag, name, value in page.attributes:
            assert not name.startswith("on")
            if tag != "a" and name in ("src", "href"):
                assert value.startswith("#")
        policy = [v for tag, name, v in page.attributes if tag == "meta" and name == "content"]
        assert "default-src 'none'; style-src 'unsafe-inline'" in policy


def test_hostile_text_stays_text(cases: Cases) -> None:
    case = hostile(cases)
    for content in (
        pages.letter_page(case.letter()),
        pages.packet_page(checklist_of(case, "genicular-nerve-block")),
        pages.handout_page(case.handout()),
    ):
        page = Page(content)
        assert "script" not in page.tags and "img" not in page.tags
        assert "<script>alert(1)" in page.text


def test_packet_page_links_each_criterion_to_its_source(cases: Cases) -> None:
    page = Page(pages.packet_page(checklist_of(cases.of("example-04"), "scs-trial")))
    ids = {value for _, name, value in page.attributes if name == "id"}
    links = {v for t, n, v in page.attributes if t == "a" and n == "href" and v.startswith("#")}
    assert links and {link.removeprefix("#") for link in links} <= ids


# -- PDF --


@pytest.mark.parametrize(("paper", "width"), [("a4", 595), ("us-letter", 612)])
@pytest.mark.parametrize("key", KEYS)
def test_letter_fits_on_one_page(key: str, paper: pdf.Paper, width: int, cases: Cases) -> None:
    content = pdf.letter_pdf(cases.of(key).letter(), AS_OF[key], paper)
    (page,) = PdfReader(io.BytesIO(content)).pages
    assert round(page.mediabox.width) == width


@pytest.mark.parametrize("key", KEYS)
def test_letter_of_any_option_fits_on_one_page(key: str, cases: Cases) -> None:
    case = cases.of(key)
    options = dict.fromkeys(option.id for _, option in with_criteria(case))
    for option in options:
        content = pdf.letter_pdf(case.letter(option), AS_OF[key], "us-letter")
        assert len(PdfReader(io.BytesIO(content)).pages) == 1, option


def test_letter_of_a_long_record_fits_on_one_page(cases: Cases) -> None:
    """Forty medicines, allergies and diagnoses with long names: what counts is still there."""
    bundle = cases.examples.bundle("example-05")
    whom = {"reference": "Patient/example-05"}
    long = "a name that goes on and on for want of anything better to say " * 3
    for number in range(40):
        drug = {"text": f"medicine {number} {long}"}
        added = [
            {"resourceType": "MedicationRequest", "status": "active", "subject": whom}
            | {"intent": "order", "authoredOn": "2026-01-01", "medicationCodeableConcept": drug},
            {"resourceType": "AllergyIntolerance", "patient": whom, "code": drug},
            {"resourceType": "Condition", "subject": whom, "onsetDateTime": "2025-01-01"}
            | {"code": {"text": long, "coding": [{"system": ICD, "code": "M54.16"}]}},
        ]
        for resource in added:
            resource["id"] = f"added-{number}"
            bundle["entry"].append({"resource": resource})
    bundle["entry"][0]["resource"]["name"] = [{"text": long}]
    made = cases.changed("example-05", bundle).letter()
    content = pdf.letter_pdf(made, AS_OF["example-05"], "us-letter")
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
    text = text_of(content)
    assert bare("Clopidogrel: hold 7 days before") in text
    assert text.count(bare("more on record")) == 2, "how many medicines and allergies are left out"


@pytest.mark.parametrize("key", ["example-01", "example-04", "example-07", "example-12"])
def test_packet_pdf_has_every_criterion_citation_and_quote(key: str, cases: Cases) -> None:
    made = next_step(cases.of(key))
    content = pdf.packet_pdf(made, AS_OF[key])
    text = text_of(content)
    for line in (*made.missing, *made.unmet, *made.met, *made.also):
        assert bare(line.text) in text, line.text
        for cite in line.cite:
            assert bare(cite) in text, cite
        for quote in line.quotes:
            assert bare(quote.text) in text and bare(quote.ref) in text, quote
    for supply in made.supplies:
        assert bare(supply.act) in text and bare(supply.actor) in text
    assert len(PdfReader(io.BytesIO(content)).pages) <= 6


def test_packet_page_has_every_criterion_citation_and_quote(cases: Cases) -> None:
    made = next_step(cases.of("example-12"))
    text = bare(Page(pages.packet_page(made)).text)
    for line in (*made.missing, *made.unmet, *made.met, *made.also):
        assert bare(line.text) in text and all(bare(cite) in text for cite in line.cite)
        assert all(bare(q.text) in text and bare(q.ref) in text for q in line.quotes)


def test_pdf_is_tagged_titled_and_embeds_its_fonts(cases: Cases) -> None:
    reader = PdfReader(
        io.BytesIO(pdf.letter_pdf(cases.of("example-04").letter(), AS_OF["example-04"]))
    )
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/StructTreeRoot"] and root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Referral letter for example-04"
    fonts: Any = reader.pages[0]["/Resources"]
    for font in fonts["/Font"].values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_pdf_has_the_same_bytes_every_time_and_the_date_of_the_plan(cases: Cases) -> None:
    made = cases.of("example-04").letter()
    first = pdf.letter_pdf(made, AS_OF["example-04"])
    assert first == pdf.letter_pdf(made, AS_OF["example-04"])
    metadata = PdfReader(io.BytesIO(first)).metadata
    assert metadata is not None and metadata.creation_date is not None
    assert metadata.creation_date.date() == AS_OF["example-04"]


def test_hostile_text_stays_text_in_pdf(cases: Cases) -> None:
    case = hostile(cases)
    for content in (
        pdf.letter_pdf(case.letter(), AS_OF["example-01"]),
        pdf.packet_pdf(checklist_of(case, "genicular-nerve-block"), AS_OF["example-01"]),
        pdf.handout_pdf(case.handout(), AS_OF["example-01"]),
    ):
        assert bare('#panic("x") *b* $x$ \\u{41} @ref &amp;') in text_of(content)


@pytest.mark.parametrize("name", ["Łukasz Őszi", "Ngọc Đặng", "Ελένη", "Шевченко", "张伟", "محمد"])
def test_names_in_any_script_make_a_pdf(name: str, cases: Cases) -> None:
    bundle = cases.examples.bundle("example-04")
    bundle["entry"][0]["resource"]["name"] = [{"text": name}]
    case = cases.changed("example-04", bundle)
    content = pdf.letter_pdf(case.letter(), AS_OF["example-04"])
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
    latin = name not in ("张伟", "محمد")
    if latin:
        assert bare(name) in text_of(content)


def test_without_typst_a_sentence_says_how_to_get_it(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "typst":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(pdf.NoPdfError, match=re.escape("pip install 'painpath[pdf]'")):
        pdf.letter_pdf(cases.of("example-04").letter(), AS_OF["example-04"])


# -- for the patient --


def sentences(made: Handout) -> str:
    """Everything in it that is read as sentences."""
    told = []
    for page in made.pages:
        told += [page.lead, page.chance or ""]
        told += [section.text for section in (*page.before, *page.after)]
        told += [words for group in page.people for words in (group.words, group.study or "")]
    return " ".join([*told, made.disclaimer])


@pytest.mark.parametrize("key", KEYS)
def test_handout_reads_at_eighth_grade_or_below(key: str, cases: Cases) -> None:
    case = cases.of(key)
    if not any(problem.next_step for problem in case.plan.problems):
        with pytest.raises(NoTextError):
            case.handout()
        return
    made = case.handout()
    assert grade(sentences(made)) <= HIGHEST_GRADE
    titles = [part.title for page in made.pages for part in (*page.before, *page.after)]
    assert {"What it is", "On the day", "Until then", "Call your clinic if"} <= set(titles)
    content = pdf.handout_pdf(made, AS_OF[key])
    assert len(PdfReader(io.BytesIO(content)).pages) <= 2 * len(made.pages)


def test_handout_names_the_medicine_not_to_stop(cases: Cases) -> None:
    texts = [part.text for page in cases.of("example-05").handout().pages for part in page.after]
    assert any("You take clopidogrel. Do not stop it on your own." in text for text in texts)
    plain = [p.title for page in cases.of("example-04").handout().pages for p in page.after]
    assert "Your medicine" not in plain


def test_handout_shows_the_studys_people(cases: Cases) -> None:
    made = cases.of("example-04").handout()
    first = made.pages[0].people
    assert [group.count for group in first] == [48, 9]
    assert first[0].words == (
        "After 6 months, 48 of 100 people had at least half of the leg pain gone."
    )
    page = Page(pages.handout_page(made))
    on = [value for tag, name, value in page.attributes if tag == "use" and name == "class"]
    assert len(on) == sum(group.count for each in made.pages for group in each.people)
    labels = [v for tag, name, v in page.attributes if tag == "svg" and name == "aria-label"]
    assert "48 of 100 people" in labels


def test_caveats_of_a_study_stay_with_its_figure(cases: Cases) -> None:
    group = cases.of("example-01").handout().pages[0].people[0]
    assert group.study is not None and "The only controlled trial" in group.study
    assert group.words.startswith("After 12.5 months, 65 of 100 people had")
