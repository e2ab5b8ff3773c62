"""An export of the Medicare Coverage Database against our knowledge: a small one of the same shape.

All text in `export/` is invented. Its columns are those of the database's CSV files.
"""

from __future__ import annotations

import datetime
import io
import shutil
import zipfile
from functools import cache
from pathlib import Path

import pytest

from painpath.knowledge.checks import check
from painpath.knowledge.drift.comparing import DocumentDrift, Drift, ListDrift, compare
from painpath.knowledge.drift.export import Export, ExportError, day, plain
from painpath.knowledge.drift.taking_over import take_over
from painpath.knowledge.loading import BASE, Knowledge, load
from painpath.knowledge.yaml_source import KnowledgeError

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.

EXPORT = Path(__file__).parent / "export"
DAY = datetime.date(2026, 12, 15)


@cache
def built_in() -> Knowledge:
    return load(BASE)


def found(path: Path = EXPORT, on: datetime.date = DAY, folder: Path = BASE) -> Drift:
    with Export(path) as export:
        return compare(built_in() if folder == BASE else load(folder), export, on)


def document(key: str, on: datetime.date = DAY) -> DocumentDrift:
    return next(d for d in found(on=on).documents if d.id == key)


def code_list(drift: Drift, article: str, system: str, group: int = 1) -> ListDrift:
    wanted = (article, system, group)
    return next(each for each in drift.lists if (each.article, each.system, each.group) == wanted)


# --- the export ----------------------------------------------------------------------------------


def _nested(tmp_path: Path) -> Path:
    """As it is downloaded: a zip an export, each with a zip of the CSV files in it."""
    for part in ("lcd", "article"):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted((EXPORT / f"current_{part}_csv").iterdir()):
                packed.write(file, file.name)
        with zipfile.ZipFile(tmp_path / f"current_{part}.zip", "w") as outer:
            outer.writestr(f"current_{part}_csv.zip", inner.getvalue())
            outer.writestr(f"{part} data dictionary.pdf", b"%PDF-")
    return tmp_path


def test_folders_zips_and_zips_within_zips_say_the_same(tmp_path: Path) -> None:
    plainly = found()
    nested = found(_nested(tmp_path))
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as packed:
        for file in sorted(EXPORT.rglob("*.csv")):
            packed.write(file, f"export/{file.parent.name}/{file.name}")
    for other in (nested, found(whole)):
        assert (other.documents, other.lists) == (plainly.documents, plainly.lists)


def test_cells_in_utf_8_and_in_windows_letters_are_both_read(tmp_path: Path) -> None:
    for name, encoding in (("one", "utf-8-sig"), ("two", "cp1252"), ("three", "utf-8")):
        folder = tmp_path / name
        folder.mkdir()
        text = 'LCD_ID,Title\r\n1,"Café – “quoted”\nsecond line"\r\n'
        (folder / "lcd.csv").write_bytes(text.encode(encoding))
        with Export(folder) as export:
            (row,) = export.rows("lcd")
        assert row == {"lcd_id": "1", "title": "Café – “quoted”\nsecond line"}


def test_html_in_cells_becomes_plain_text() -> None:
    assert plain("<p>&ge; 50&nbsp;% relief<br/>for 3 months</p>") == "≥ 50 % relief for 3 months"
    assert plain("&lt;p&gt;twice &amp;amp; escaped&lt;/p&gt;") == "twice & escaped"


@pytest.mark.parametrize(
    "text", ["2026-04-16", "2026-04-16 00:00:00", "4/16/2026", "04/16/2026 12:00:00 AM"]
)
def test_dates_are_read_as_the_export_writes_them(text: str) -> None:
    assert day(text) == datetime.date(2026, 4, 16)


@pytest.mark.parametrize("text", ["", None, "soon", "2026-13-40"])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert day(text) is None


def test_what_is_no_export_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="there is no such file"):
        Export(tmp_path / "missing.zip")
    with pytest.raises(ExportError, match=r"neither lcd\.csv nor article\.csv"):
        Export(tmp_path)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"no zip")
    with pytest.raises(ExportError, match="cannot be read as a zip"):
        Export(broken)


def test_a_cell_longer_than_csv_allows_is_read() -> None:
    with Export(EXPORT) as export:
        longest = max(len(row["indication"]) for row in export.rows("lcd"))
    assert longest > 131_072


# --- documents -----------------------------------------------------------------------------------


def test_a_document_whose_version_we_read_is_current_until_the_next_takes_effect() -> None:
    last = document("L38801", datetime.date(2026, 12, 31))
    assert (last.state, last.version) == ("current", 23)
    assert last.coming == datetime.date(2027, 1, 1)
    first = document("L38801", datetime.date(2027, 1, 1))
    assert (first.state, first.version) == ("behind", 25)
    assert first.effective == datetime.date(2027, 1, 1)


def test_of_two_versions_in_the_export_only_what_differs_is_to_be_read_again() -> None:
    behind = document("L38801", datetime.date(2027, 1, 1))
    assert behind.read_again == ["Coverage indications, limitations and medical necessity"]
    assert behind.changes == ["2027-01-01: Invented: the indications were revised."]
    assert "medicare-facet" in behind.policies
    assert behind.criteria > 50


def test_without_our_version_every_section_is_to_be_read_again() -> None:
    behind = document("L38773")
    assert (behind.state, behind.our_version, behind.version) == ("behind", "32", 34)
    assert behind.read_again == [
        "Coverage indications, limitations and medical necessity",
        "Utilization guidelines",
    ]


def test_a_version_that_nobody_recorded_is_not_called_current() -> None:
    assert document("L39462").state == "unrecorded"


def test_a_retired_document_names_the_one_that_speaks_in_its_states_now() -> None:
    gone = document("L39464")
    assert (gone.state, gone.replaced_by) == ("replaced", ["L39462"])
    assert gone.retired == datetime.date(2026, 4, 16)


def test_an_end_that_we_know_of_is_no_drift() -> None:
    assert document("L38803").state == "current"


def test_a_retirement_to_come_is_said() -> None:
    assert document("L35936").retired == datetime.date(2027, 6, 30)


def test_a_draft_that_became_a_rule_is_said() -> None:
    before = document("DL40265", datetime.date(2027, 2, 28))
    assert (before.state, before.coming) == ("not-in-export", datetime.date(2027, 3, 1))
    after = document("DL40265", datetime.date(2027, 3, 1))
    assert (after.state, after.replaced_by) == ("final", ["L40265"])
    assert document("DL40300").state == "proposed"


def test_states_that_differ_are_said() -> None:
    moved = document("L38773")
    assert (moved.states_gained, moved.states_lost) == (["IN"], ["KY"])


def test_what_the_export_does_not_hold_is_not_called_retired() -> None:
    assert document("L38994").state == "not-in-export"


# --- code lists ----------------------------------------------------------------------------------


def test_lists_that_differ_name_the_codes() -> None:
    drift = found()
    facet = code_list(drift, "A58403", "icd10cm")
    assert (facet.added, facet.removed) == (["M47.811"], ["M48.17"])
    assert (facet.version, facet.effective) == (28, datetime.date(2026, 11, 1))
    assert not code_list(drift, "A58403", "cpt").differs
    assert code_list(drift, "A59244", "icd10cm").added == ["M99.84"]


def test_lists_that_we_do_not_have_are_named_with_their_groups() -> None:
    drift = found()
    assert code_list(drift, "A58993", "icd10cm", 2).codes == ["G89.18"]
    assert code_list(drift, "A58993", "icd10cm", 2).ours is None
    assert code_list(drift, "A58364", "cpt").documents == ["L38773"]


def test_the_version_in_force_on_the_day_counts() -> None:
    earlier = code_list(found(on=datetime.date(2026, 10, 31)), "A58403", "cpt")
    assert earlier.version == 27
    assert earlier.added == ["64492"]


def test_an_article_without_codes_is_no_list() -> None:
    assert not [each for each in found().lists if each.article == "A99999"]


# --- taking over ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The part of the knowledge that code lists touch."""
    copy = tmp_path / "knowledge"
    shutil.copytree(BASE / "code-lists", copy / "code-lists")
    for name in ("concepts/facet-sacroiliac", "sources/facet-sacroiliac", "sources/epidural"):
        (copy / name).parent.mkdir(exist_ok=True)
        shutil.copy(BASE / f"{name}.yaml", copy / f"{name}.yaml")
    (copy / "policies").mkdir()
    for name in ("facet", "sacroiliac", "epidural"):
        shutil.copy(BASE / "policies" / f"medicare-{name}.yaml", copy / "policies")
    return copy


def test_what_is_taken_over_is_the_same_afterwards(folder: Path) -> None:
    changed = take_over(found(folder=folder), load(folder), folder)
    assert {path.name for path in changed} == {
        "a58364.yaml",
        "a58403.yaml",
        "a58993.yaml",
        "a59244.yaml",
    }
    again = found(folder=folder)
    assert not [each for each in again.lists if each.differs]
    assert take_over(again, load(folder), folder) == []


def test_the_version_is_the_source(folder: Path) -> None:
    take_over(found(folder=folder), load(folder), folder)
    known = load(folder)
    taken = next(each for each in known.code_lists if each.id == "a58403-icd10cm-1")
    assert (taken.version, taken.start) == ("28", datetime.date(2026, 11, 1))
    assert taken.cite == "mcd-a58403"
    source = next(each for each in known.sources if each.id == "mcd-a58403")
    assert source.date == "2026-11-01" and "version 28" in source.title
    assert source.url is not None and source.url.endswith("articleid=58403&ver=28")


def test_a_concept_that_names_a_list_follows_it(folder: Path) -> None:
    def codes() -> list[str]:
        concept = next(c for c in load(folder).concepts if c.id == "sij-claim-diagnosis")
        return sorted(map(str, concept.icd10cm))

    assert "M99.84" not in codes()
    take_over(found(folder=folder), load(folder), folder)
    assert codes() == ["M43.28", "M46.1", "M47.818", "M53.3", "M99.84"]


def test_concepts_that_hold_the_codes_by_hand_are_compared(folder: Path) -> None:
    take_over(found(folder=folder), load(folder), folder)
    said = [f for f in check(load(folder)) if f.where.startswith("code-lists/")]
    assert [f.what for f in said] == [
        '"a58403-icd10cm-1": M47.811 are on the list and in none of its concepts',
        '"a58403-icd10cm-1": M48.17 are in its concepts and not on the list',
    ]
    assert {f.level for f in said} == {"warning"}


def test_a_list_that_shares_its_file_is_not_overwritten(folder: Path) -> None:
    lists = folder / "code-lists"
    (lists / "a58403.yaml").rename(lists / "mixed.yaml")
    before = {path: path.read_text() for path in lists.iterdir()}
    with pytest.raises(KnowledgeError, match=r"move it to code-lists/a58403\.yaml"):
        take_over(found(folder=folder), load(folder), folder)
    assert {path: path.read_text() for path in lists.iterdir()} == before


def test_no_description_of_a_code_is_taken_over(folder: Path) -> None:
    take_over(found(folder=folder), load(folder), folder)
    for path in (folder / "code-lists").glob("*.yaml"):
        assert "description" not in path.read_text()


# --- national determinations ---------------------------------------------------------------------

NATIONAL = Path(__file__).parent / "national"


@pytest.mark.parametrize(
    ("key", "state"),
    [
        ("NCD 160.7", "current"),
        ("NCD 160.7.1", "behind"),
        ("NCD 280.14", "retired"),
        ("NCD 30.3.3", "current"),
        ("NCD 160.1", "unrecorded"),
        ("NCD 150.11", "not-in-export"),
    ],
)
def test_where_a_national_determination_stands(key: str, state: str) -> None:
    said = {each.id: each for each in found(NATIONAL).documents}
    assert said[key].state == state


def test_what_a_newer_national_version_says_is_named() -> None:
    said = {each.id: each for each in found(NATIONAL).documents}
    behind = said["NCD 160.7.1"]
    assert (behind.our_version, behind.version) == ("2", 3)
    assert behind.effective == datetime.date(2026, 6, 1)
    assert behind.changes == ["2026-06-01: 06/2026 - Invented revision."]
    assert behind.read_again == ["Indications and limitations of coverage"]
    assert behind.policies
    assert said["NCD 280.14"].retired == datetime.date(2026, 10, 1)
    assert said["NCD 150.13"].coming == datetime.date(2027, 3, 1)


def test_each_export_is_silent_of_the_other(tmp_path: Path) -> None:
    assert {each.id[:4] for each in found(NATIONAL).documents} == {"NCD "}
    assert not found(NATIONAL).lists
    assert "ncd_trkg" in found().tables_missing
    assert not [each.id for each in found().documents if each.id.startswith("NCD")]
    both = tmp_path / "both"
    shutil.copytree(EXPORT, both)
    shutil.copytree(NATIONAL, both, dirs_exist_ok=True)
    together = {each.id for each in found(both).documents}
    assert together == {d.id for e in (EXPORT, NATIONAL) for d in found(e).documents}
