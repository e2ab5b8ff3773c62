"""The reference pages: a page for each element, every link resolves, everything cited, offline."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from painpath.cli.main import app
from painpath.instruments.change import change_words
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, leaves
from painpath.knowledge.store import compiled
from painpath.report import instruments
from painpath.report.site import build, wording
from painpath.report.words import day_words

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.


class Page(HTMLParser):
    """Ids, links, loaded files and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.headings: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(given.get("href") or "")
        elif tag == "link":
            self.loaded.append(given.get("href") or "")
        if tag in ("script", "img", "iframe") or "src" in given:
            self.loaded.append(f"{tag} {given.get('src')}")
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return compiled().knowledge


@pytest.fixture(scope="module")
def folder(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    build(knowledge, out)
    return out


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Page]:
    return {
        path.relative_to(folder).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.html"))
    }


def test_each_option_problem_and_policy_has_a_page(
    knowledge: Knowledge, pages: dict[str, Page]
) -> None:
    expected = {
        "index.html",
        *(f"{name}.html" for name in ("safety", "instruments", "authorisation", "sources")),
    }
    for section in ("options", "problems", "policies"):
        expected.add(f"{section}.html")
        expected |= {f"{section}/{item.id}.html" for item in getattr(knowledge, section)}
    assert set(pages) == expected


def test_every_link_leads_somewhere(folder: Path, pages: dict[str, Page]) -> None:
    ids = {name: set(page.ids) for name, page in pages.items()}
    broken = []
    for name, page in pages.items():
        for link in page.links:
            if link.startswith(("https://", "http://")):
                continue
            file, _, anchor = link.partition("#")
            target = (folder / name).parent / file if file else folder / name
            key = target.resolve().relative_to(folder.resolve()).as_posix()
            if key not in ids or (anchor and anchor not in ids[key]):
                broken.append(f"{name} -> {link}")
    assert broken == []


def test_every_page_can_be_reached_from_the_first(folder: Path, pages: dict[str, Page]) -> None:
    reached, waiting = {"index.html"}, ["index.html"]
    while waiting:
        name = waiting.pop()
        for link in pages[name].links:
            if "://" not in link and link.partition("#")[0]:
                target = (folder / name).parent / link.partition("#")[0]
                key = target.resolve().relative_to(folder.resolve()).as_posix()
                if key not in reached:
                    reached.add(key)
                    waiting.append(key)
    assert set(pages) <= reached


def test_pages_load_their_style_and_nothing_else(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        up = "../" if "/" in name else ""
        assert page.loaded == [f"{up}style.css"], name


def test_pages_are_well_formed_for_readers(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        doubled = [key for key, count in Counter(page.ids).items() if count > 1]
        assert doubled == [], name
        assert page.headings.count("h1") == 1, name
        levels = [int(heading[1]) for heading in page.headings]
        jumps = [b for a, b in pairwise(levels) if b > a + 1]
        assert jumps == [], f"{name}: a heading level is left out"


def test_a_policy_page_says_every_criterion_with_number_reading_and_source(
    knowledge: Knowledge, pages: dict[str, Page]
) -> None:
    for policy in knowledge.policies:
        page = pages[f"policies/{policy.id}.html"]
        for rule in policy.rules:
            assert " ".join(rule.statement.split()) in page.text, policy.id
            for leaf in leaves(rule.criteria):
                said = (leaf.text, wording.numbers(leaf), leaf.reading, leaf.ask, leaf.id)
                for words in filter(None, said):
                    assert " ".join(words.split()) in page.text, (policy.id, leaf.id)
                for cite in as_tuple(leaf.cite) or as_tuple(rule.cite) or as_tuple(policy.cite):
                    assert f"../sources.html#{cite.split('#')[0]}" in page.links, leaf.id
        for case in policy.cases:
            assert " ".join(case.name.split()) in page.text


def test_an_option_page_says_who_says_what_and_what_speaks_against(
    knowledge: Knowledge, pages: dict[str, Page]
) -> None:
    for option in knowledge.options:
        page = pages[f"options/{option.id}.html"]
        for policy in knowledge.policies:
            for rule in policy.rules:
                if option.id in rule.options:
                    assert f"../policies/{policy.id}.html" in page.links
                    assert " ".join(rule.statement.split()) in page.text
        for row in option.evidence:
            assert " ".join(row.text.split()) in page.text
        for fit in option.fits:
            assert f"../problems/{fit.problem}.html" in page.links


def test_every_source_is_there_with_address_and_date(
    knowledge: Knowledge, pages: dict[str, Page]
) -> None:
    page = pages["sources.html"]
    for source in knowledge.sources:
        assert source.id in page.ids
        assert source.url is None or source.url in page.links
        assert source.date is None or source.date in page.text


def test_the_scales_page_says_range_bands_changes_and_licence(
    knowledge: Knowledge, pages: dict[str, Page]
) -> None:
    page = pages["instruments.html"]
    said = " ".join(page.text.split())
    for instrument in knowledge.instruments:
        assert instrument.id in page.ids
        assert " ".join(instrument.licence.text.split()) in said, instrument.id
        for score in instrument.scores:
            assert instruments.range_words(score) in said, score.concept
            assert instruments.band_words(score) in said, score.concept
            for change in score.changes:
                assert f"{change_words(change)} ({change.grade})" in said, score.concept
                assert " ".join(change.who.split()) in said
                for cite in as_tuple(change.cite):
                    assert f"sources.html#{cite.split('#')[0]}" in page.links


def test_the_authorisation_page_says_where_for_what_and_since_when(
    knowledge: Knowledge, pages: dict[str, Page]
) -> None:
    page = pages["authorisation.html"]
    said = " ".join(page.text.split())
    places = {place.id: place.name for place in knowledge.places}
    for programme in knowledge.authorisation:
        assert programme.id in page.ids
        assert " ".join(programme.statement.split()) in said
        assert wording.effect(programme.effect) in said
        for place in programme.places:
            assert places[place] in said
        for area in programme.areas:
            assert ", ".join(area.states) in said
            assert area.start is None or day_words(area.start) in said
        for service in programme.services:
            assert service.name in said
            assert ", ".join(map(str, service.codes)) in said
            assert service.start is None or day_words(service.start) in said
            for option in service.options:
                assert f"options/{option}.html" in page.links
    assert {"instruments.html", "authorisation.html"} <= set(pages["index.html"].links)


def test_words_are_calm(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert "you must" not in page.text.lower(), name
        assert "{{" not in page.text and "None" not in page.words, name


@pytest.mark.slow
def test_the_same_knowledge_gives_the_same_pages(
    knowledge: Knowledge, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "options").mkdir()
    stale = tmp_path / "options" / "no-longer-known.html"
    stale.write_text("")
    written = build(knowledge, tmp_path)
    assert not stale.exists()
    for path in written:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes()


def test_the_command_writes_a_folder_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("sources: [{id: one, title: One}]")
    arguments = ["knowledge", "site", "--out", str(tmp_path / "site"), str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert str(tmp_path / "site" / "index.html") in result.output.replace("\n", "")
    assert (tmp_path / "site" / "style.css").exists()
