"""Ours against the export: which documents are behind, which code lists differ, what to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.drift.codes import Listed, read_codes
from painpath.knowledge.drift.documents import (
    NATIONAL,
    NATIONAL_TABLE,
    SECTIONS,
    Documents,
    Version,
    read_documents,
)
from painpath.knowledge.drift.export import Export
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import leaves

_NUMBER = re.compile(r"D?[LA]\d{4,6}|NCD \d+(?:\.\d+)+")

State = Literal[
    "current", "behind", "unrecorded", "retired", "replaced", "final", "proposed", "not-in-export"
]
"""`unrecorded`: in force, but which version was read is not on file. `final`: a draft of ours has
become a rule."""

NEEDS_READING = ("behind", "unrecorded", "replaced", "retired", "final")


class DocumentDrift(msgspec.Struct, frozen=True, kw_only=True):
    """One document of ours and what the export says of it."""

    id: str
    policies: list[str]
    state: State
    title: str | None
    our_version: str | None
    our_revision: date | None
    version: int | None
    """In force in the export."""
    effective: date | None
    retired: date | None
    """Since when, or from when, it is no longer in force."""
    replaced_by: list[str]
    coming: date | None
    """Day on which a newer version takes effect."""
    contractors: list[str]
    states_gained: list[str]
    states_lost: list[str]
    changes: list[str]
    """Revisions since ours, as the contractor described them."""
    read_again: list[str]
    """Sections; those that differ, where both versions are in the export."""
    criteria: int
    """How many criteria of ours rest on the policies of this document."""


class ListDrift(msgspec.Struct, frozen=True, kw_only=True):
    """One covered-code list of an article and ours, if there is one."""

    article: str
    system: str
    group: int
    ours: str | None
    our_version: str | None
    version: int
    effective: date | None
    title: str
    added: list[str]
    removed: list[str]
    codes: list[str]
    documents: list[str]
    contractors: list[str]

    @property
    def differs(self) -> bool:
        """Ours lacks codes or has more, or there is none of ours."""
        return self.ours is None or bool(self.added or self.removed)


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was compared."""

    export: str
    as_of: date
    documents: list[DocumentDrift]
    lists: list[ListDrift]
    tables_missing: list[str]


class _Ours(msgspec.Struct, kw_only=True):
    """A document of ours over all the policies that name it."""

    id: str
    policies: list[schema.Policy]
    documents: list[schema.Document]


_TABLES = (
    "lcd",
    "article",
    "article_x_icd10_covered",
    "article_x_hcpc_code",
    "article_related_documents",
    "contractor",
    "contractor_jurisdiction",
    "state_lookup",
    NATIONAL_TABLE,
)


def compare(knowledge: Knowledge, export: Export, as_of: date) -> Drift:
    """Compare every numbered Medicare document and code list on file with an export.

    Args:
        knowledge: ours.
        export: theirs.
        as_of: the day on which "in force" is asked.
    """
    ours = _ours(knowledge)
    # National and local determinations are exports of their own: of one that is not there
    # nothing is said.
    national = NATIONAL_TABLE in export.tables
    local = bool({"lcd", "article"} & set(export.tables))
    ours = {
        name: each
        for name, each in ours.items()
        if (national if name.startswith(NATIONAL) else local)
    }
    wanted = set(ours) | {each.article for each in knowledge.code_lists}
    wanted |= {d.article for o in ours.values() for d in o.documents if d.article}
    documents = read_documents(export, wanted)
    retired = [_document(each, documents, as_of) for each in ours.values()]
    return Drift(
        export=str(export.path),
        as_of=as_of,
        documents=sorted(retired, key=lambda d: (d.state == "current", d.id)),
        lists=list(_lists(knowledge, ours, documents, export, as_of)),
        tables_missing=[name for name in _TABLES if name not in export.tables],
    )


def _ours(knowledge: Knowledge) -> dict[str, _Ours]:
    found: dict[str, _Ours] = {}
    for policy in knowledge.policies:
        for document in policy.documents:
            if not _NUMBER.fullmatch(document.id):
                continue
            each = found.setdefault(document.id, _Ours(id=document.id, policies=[], documents=[]))
            each.documents.append(document)
            if policy not in each.policies:
                each.policies.append(policy)
    return dict(sorted(found.items()))


# --- documents -----------------------------------------------------------------------------------


def _document(ours: _Ours, theirs: Documents, as_of: date) -> DocumentDrift:
    versions = theirs.versions.get(ours.id, [])
    now = theirs.current(ours.id, as_of)
    latest = versions[-1] if versions else None
    final = theirs.current(ours.id.removeprefix("D"), as_of) if ours.id.startswith("D") else None
    replaced = [] if now or final else _successors(ours, latest, theirs, as_of)
    state = _state(ours, now or final, latest, replaced, as_of)
    shown = now or final or latest
    our_version, our_revision = _read(ours)
    coming = theirs.coming(ours.id.removeprefix("D"), as_of)
    gained, lost = _states(ours, theirs, as_of) if now else ([], [])
    reading = state in NEEDS_READING
    return DocumentDrift(
        id=ours.id,
        policies=[policy.id for policy in ours.policies],
        state=state,
        title=shown.title if shown else None,
        our_version=our_version,
        our_revision=our_revision,
        version=shown.version if shown else None,
        effective=shown.start if shown else None,
        retired=_gone(latest, as_of) if not now else theirs.retiring.get(ours.id),
        replaced_by=replaced or ([final.id] if final else []),
        coming=coming.start if coming else None,
        contractors=theirs.contractors.get(shown.id if shown else ours.id, []),
        states_gained=gained,
        states_lost=lost,
        changes=_changes(ours.id, our_revision, theirs) if reading else [],
        read_again=_read_again(shown, our_version, versions) if reading and shown else [],
        criteria=sum(
            1 for policy in ours.policies for rule in policy.rules for _ in leaves(rule.criteria)
        ),
    )


def _read(ours: _Ours) -> tuple[str | None, date | None]:
    """The newest version of the document that was read, as far as recorded."""
    versions = [d.version for d in ours.documents if d.version]
    revisions = [d.revision for d in ours.documents if d.revision]
    return (
        max(versions, key=_as_number) if versions else None,
        max(revisions) if revisions else None,
    )


def _as_number(version: str) -> int:
    return int(version) if version.isdigit() else 0


def _ended(ours: _Ours, as_of: date) -> bool:
    """We know already that it is no longer in force."""
    return all(d.end is not None and d.end < as_of for d in ours.documents)


def _state(
    ours: _Ours, now: Version | None, latest: Version | None, replaced: list[str], as_of: date
) -> State:
    if now is None and latest is None:
        return "current" if _ended(ours, as_of) else "not-in-export"
    if ours.id.startswith("D"):
        return "final" if now else "proposed"
    if now is None:
        if _ended(ours, as_of):
            return "current"
        return "replaced" if replaced else "retired"
    version, revision = _read(ours)
    if version is None and revision is None:
        return "unrecorded"
    newer = version is not None and version.isdigit() and now.version > int(version)
    later = revision is not None and now.start is not None and now.start > revision
    return "behind" if newer or later else "current"


def _gone(latest: Version | None, as_of: date) -> date | None:
    if latest is None:
        return None
    dates = [d for d in (latest.retired, latest.end) if d is not None]
    return (
        min(dates, default=None) if latest.status == "R" or any(d <= as_of for d in dates) else None
    )


def _successors(ours: _Ours, latest: Version | None, theirs: Documents, as_of: date) -> list[str]:
    """LCDs in force with the same title that now speak in one of the document's states."""
    if latest is None or latest.draft:
        return []
    states = {state for document in ours.documents for state in document.states}
    found = []
    for name in theirs.versions:
        now = theirs.current(name, as_of)
        if now is None or name == ours.id or _title(now) != _title(latest):
            continue
        # An export without the tables of states tells no place apart.
        if not states or not theirs.states or states & set(theirs.states.get(name, ())):
            found.append(name)
    return sorted(found)


def _title(version: Version) -> str:
    return re.sub(r"\W+", " ", version.title.lower()).strip()


def _states(ours: _Ours, theirs: Documents, as_of: date) -> tuple[list[str], list[str]]:
    listed = {
        state
        for document in ours.documents
        if document.end is None or document.end >= as_of
        for state in document.states
    }
    there = set(theirs.states.get(ours.id, ()))
    if not listed or not there:
        return [], []
    return sorted(there - listed), sorted(listed - there)


def _changes(key: str, revision: date | None, theirs: Documents) -> list[str]:
    """What the contractor wrote of the revisions since ours."""
    return [
        f"{when.isoformat() if when else 'no date'}: {text}" if text else str(when)
        for when, text in theirs.history.get(key, ())
        if revision is None or when is None or when > revision
    ]


def _read_again(shown: Version, our_version: str | None, versions: Iterable[Version]) -> list[str]:
    """Sections whose text differs from our version's, or all of them if that is not there."""
    before = next((v for v in versions if str(v.version) == our_version), None)
    names = [
        name
        for name in SECTIONS
        if (before is None and name in shown.sections)
        or (before is not None and before.sections.get(name) != shown.sections.get(name))
    ]
    return [SECTIONS[name] for name in names]


# --- code lists ----------------------------------------------------------------------------------


def _lists(
    knowledge: Knowledge,
    ours: dict[str, _Ours],
    theirs: Documents,
    export: Export,
    as_of: date,
) -> Iterator[ListDrift]:
    """Every list of an article of ours, and the lists of ours that the article no longer has."""
    lcds: dict[str, set[str]] = {}
    for name, each in ours.items():
        for article in [*(d.article for d in each.documents), *theirs.articles.get(name, ())]:
            if article:
                lcds.setdefault(article, set()).add(name)
    for held in knowledge.code_lists:
        lcds.setdefault(held.article, set()).update(held.for_)
    versions = {
        article: now for article in lcds if (now := theirs.current(article, as_of)) is not None
    }
    codes = read_codes(export, {a: v.version for a, v in versions.items()}, lcds.keys())
    mine = {
        Listed(each.article, each.system, each.group or 1): each for each in knowledge.code_lists
    }
    for key in sorted({*codes, *(k for k in mine if k.article in versions)}):
        now = versions[key.article]
        held_list = mine.get(key)
        have = {str(code) for code in held_list.codes} if held_list else set()
        there = codes.get(key, [])
        yield ListDrift(
            article=key.article,
            system=key.system,
            group=key.group,
            ours=held_list.id if held_list else None,
            our_version=held_list.version if held_list else None,
            version=now.version,
            effective=now.start,
            title=now.title,
            added=sorted(set(there) - have) if held_list else [],
            removed=sorted(have - set(there)),
            codes=there,
            documents=sorted(lcds[key.article]),
            contractors=theirs.contractors.get(key.article, []),
        )
