"""LCDs, articles and NCDs of an export: versions with dates, contractors, states and codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

import msgspec

from painpath.knowledge.drift.export import Export, Row, day, plain

SECTIONS = {
    "indication": "Coverage indications, limitations and medical necessity",
    "doc_reqs": "Documentation requirements",
    "util_guide": "Utilization guidelines",
    "coding_guidelines": "Coding guidelines",
    "associated_info": "Associated information",
    "diagnoses_support": "Diagnoses that support",
    "diagnoses_dont_support": "Diagnoses that do not support",
    "add_icd10_info": "Additional ICD-10 information",
    "description": "Article text",
    "other_comments": "Other comments",
    "itm_srvc_desc": "Item or service described",
    "indctn_lmtn": "Indications and limitations of coverage",
    "othr_txt": "Other",
}
"""Columns that hold what a rule is read from, and what the reader of the web page sees."""

NATIONAL = "NCD "
"""Before the section of the manual, which is what a national determination is known by."""
NATIONAL_TABLE = "ncd_trkg"
_RETIRED = "R"
_DRAFT = "P"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a document."""

    id: str
    """`L38801`, `A58403`, `NCD 160.7`; drafts `DL40265`, `DA60321`."""
    number: str
    version: int
    title: str
    status: str
    start: date | None
    """Day from which this version is in force."""
    end: date | None
    retired: date | None
    sections: dict[str, str]
    """Section -> its text, without HTML; only for the documents asked about."""

    @property
    def draft(self) -> bool:
        """A proposal, not a rule."""
        return self.id.startswith("D")

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        ended = self.end is not None and self.end < on
        gone = self.retired is not None and self.retired <= on
        begun = self.start is None or self.start <= on
        return begun and not ended and not gone and not self.draft and self.status != _RETIRED


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """What an export says of the documents asked about, and of those with the same titles."""

    versions: dict[str, list[Version]]
    """Document -> versions, the oldest first."""
    contractors: dict[str, list[str]]
    states: dict[str, list[str]]
    retiring: dict[str, date]
    """Documents that will be retired, and when."""
    articles: dict[str, list[str]]
    """LCD -> its articles."""
    history: dict[str, list[tuple[date | None, str]]]
    """Document -> revisions, as the contractor described them."""

    def current(self, key: str, on: date) -> Version | None:
        """The version in force on a day."""
        return max(
            (v for v in self.versions.get(key, ()) if v.holds(on)),
            key=lambda v: v.version,
            default=None,
        )

    def coming(self, key: str, on: date) -> Version | None:
        """The next version that is not yet in force."""
        later = [v for v in self.versions.get(key, ()) if v.start is not None and v.start > on]
        return min(later, key=lambda v: (v.start, v.version), default=None)


_KINDS = (
    ("lcd", "lcd_id", "lcd_version", "L"),
    ("article", "article_id", "article_version", "A"),
)


def read_documents(export: Export, wanted: Collection[str]) -> Documents:
    """The documents of these ids and their articles, and every LCD (one may replace another)."""
    articles = _articles(export, wanted)
    wanted = {*wanted, *(name for each in articles.values() for name in each)}
    versions: dict[str, list[Version]] = defaultdict(list)
    for table, key, version, letter in _KINDS:
        for row in export.rows(table):
            made = _version(row, key, version, letter, wanted)
            if made is not None:
                versions[made.id].append(made)
    for row in export.rows(NATIONAL_TABLE):
        national = _national(row)
        if national.id in wanted:
            versions[national.id].append(national)
    for each in versions.values():
        each.sort(key=lambda v: v.version)
    contractors, states = _places(export, versions)
    return Documents(
        versions=dict(versions),
        contractors=contractors,
        states=states,
        retiring=_retiring(export, wanted),
        articles=articles,
        history=_history(export, wanted),
    )


def _version(
    row: Row, key: str, version: str, letter: str, wanted: Collection[str]
) -> Version | None:
    number = row.get(key, "").strip()
    if not number:
        return None
    name = _name(row, number, letter)
    status = row.get("status", "").strip().upper()[:1]
    if name not in wanted and letter == "A":
        return None
    ours = name in wanted or f"D{name}" in wanted or name.removeprefix("D") in wanted
    return Version(
        id=name,
        number=number,
        version=int(row.get(version, "").strip() or 0),
        title=plain(row.get("title", "")),
        status=status,
        start=day(row.get("rev_eff_date"))
        or day(row.get("orig_det_eff_date"))
        or day(row.get("article_eff_date")),
        end=day(row.get("rev_end_date"))
        or day(row.get("ent_det_end_date"))
        or day(row.get("article_rev_end_date"))
        or day(row.get("article_end_date")),
        retired=day(row.get("date_retired")),
        sections=_texts(row) if ours else {},
    )


def _national(row: Row) -> Version:
    """A national coverage determination; its export holds the current version of each."""
    return Version(
        id=f"{NATIONAL}{row.get('ncd_mnl_sect', '').strip()}",
        number=row.get("ncd_id", "").strip(),
        version=int(row.get("ncd_vrsn_num", "").strip() or 0),
        title=plain(row.get("ncd_mnl_sect_title", "")),
        status="",
        start=day(row.get("ncd_efctv_dt")),
        end=None,
        retired=day(row.get("ncd_trmntn_dt")),
        sections=_texts(row),
    )


def _name(row: Row, number: str, letter: str) -> str:
    """A draft shows the number it will be known by; a final document is its own number."""
    shown = row.get("display_id", "").strip().upper()
    if shown.startswith("D"):
        return shown
    draft = row.get("status", "").strip().upper().startswith(_DRAFT)
    if draft or (shown.isdigit() and shown != number):
        return f"D{letter}{shown.lstrip(letter) or number}"
    return f"{letter}{number}"


def _texts(row: Row) -> dict[str, str]:
    """The text of each section, so that two versions can be compared."""
    return {name: text for name in SECTIONS if (text := plain(row.get(name, "")))}


def _places(
    export: Export, versions: Mapping[str, Iterable[Version]]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Contractors and states of each document."""
    abbreviations = {
        row.get("state_id", "").strip(): row.get("state_abbrev", "").strip().upper()
        for row in export.rows("state_lookup")
    }
    names = {
        _contractor(row): plain(row.get("contractor_bus_name", ""))
        for row in export.rows("contractor")
    }
    served: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in export.rows("contractor_jurisdiction"):
        state = abbreviations.get(row.get("state_id", "").strip())
        if state and not row.get("term_date", "").strip():
            served[_contractor(row)].add(state)
    newest = {name: max(v.version for v in each) for name, each in versions.items()}
    by_number = {
        (name.lstrip("D")[:1], v.number): name for name, each in versions.items() for v in each
    }
    contractors: dict[str, set[str]] = defaultdict(set)
    states: dict[str, set[str]] = defaultdict(set)
    for table, key, version, letter in _KINDS:
        for row in export.rows(f"{table}_x_contractor"):
            found = by_number.get((letter, row.get(key, "").strip()))
            if found is None or row.get(version, "").strip() != str(newest[found]):
                continue
            contractor = _contractor(row)
            if names.get(contractor):
                contractors[found].add(names[contractor])
            states[found] |= served.get(contractor, set())
    return (
        {name: sorted(each) for name, each in contractors.items()},
        {name: sorted(each) for name, each in states.items()},
    )


def _contractor(row: Row) -> tuple[str, ...]:
    columns = ("contractor_id", "contractor_type_id", "contractor_version")
    return tuple(row.get(column, "").strip() for column in columns)


def _retiring(export: Export, wanted: Collection[str]) -> dict[str, date]:
    found: dict[str, date] = {}
    for table, key, _, letter in _KINDS:
        for row in export.rows(f"{table}_future_retire"):
            name = f"{letter}{row.get(key, '').strip()}"
            when = day(row.get("retire_dt"))
            if name in wanted and when is not None:
                found[name] = when
    return found


def _articles(export: Export, wanted: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in export.rows("article_related_documents"):
        lcd, article = row.get("r_lcd_id", "").strip(), row.get("article_id", "").strip()
        if lcd.strip("0") and f"L{lcd}" in wanted:
            found[f"L{lcd}"].add(f"A{article}")
    for row in export.rows("lcd_related_documents"):
        lcd, article = row.get("lcd_id", "").strip(), row.get("r_article_id", "").strip()
        if article.strip("0") and f"L{lcd}" in wanted:
            found[f"L{lcd}"].add(f"A{article}")
    return {lcd: sorted(each) for lcd, each in found.items()}


def _history(export: Export, wanted: Collection[str]) -> dict[str, list[tuple[date | None, str]]]:
    found: dict[str, list[tuple[date | None, str]]] = defaultdict(list)
    for table, key, _, letter in _KINDS:
        for row in export.rows(f"{table}_x_revision_history"):
            name = f"{letter}{row.get(key, '').strip()}"
            if name in wanted:
                entry = day(row.get("rev_hist_date")), plain(row.get("rev_hist_exp", ""))
                if entry not in found[name]:
                    found[name].append(entry)
    for row in export.rows(NATIONAL_TABLE):
        now = _national(row)
        told = plain(row.get("rev_hstry", ""))
        if now.id in wanted and told:
            found[now.id].append((now.start, told))
    return {name: sorted(each, key=lambda e: e[0] or date.min) for name, each in found.items()}
