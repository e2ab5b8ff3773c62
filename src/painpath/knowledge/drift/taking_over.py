"""Write an export's covered-code lists into a knowledge folder, their version as the source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from painpath.knowledge import schema
from painpath.knowledge.drift.comparing import Drift, ListDrift
from painpath.knowledge.loading import Knowledge, load
from painpath.knowledge.yaml_source import KnowledgeError

FOLDER = "code-lists"
_PAGE = "https://www.cms.gov/medicare-coverage-database/view/article.aspx?articleid={number}&ver={version}"
_WIDTH = 8
"""Codes on a line."""


def take_over(drift: Drift, knowledge: Knowledge, folder: Path) -> list[Path]:
    """Write one file an article (`code-lists/a58403.yaml`); returns those that changed.

    What a person wrote beside the codes (which concepts hold them by hand) is kept.

    Raises:
        KnowledgeError: if a list to be replaced shares its file with another article's, or the
            folder cannot be loaded afterwards; then nothing is left half-written.
    """
    articles: dict[str, list[ListDrift]] = defaultdict(list)
    for each in drift.lists:
        if each.codes:
            articles[each.article].append(each)
    texts: dict[Path, str] = {}
    for article, lists in articles.items():
        path = folder / FOLDER / f"{article.lower()}.yaml"
        _alone(article, path, folder, knowledge)
        texts[path] = "\n".join(_file(article, lists, knowledge)) + "\n"
    return _written(texts, folder)


def _alone(article: str, path: Path, folder: Path, knowledge: Knowledge) -> None:
    """The article's lists stand in its own file, and no other's do."""
    for each in knowledge.code_lists:
        place, _, line = knowledge.where[f"code_lists:{each.id}"].rpartition(":")
        if (each.article == article) != (folder / place == path):
            what = f'"{each.id}" stands there; move it to {FOLDER}/{each.article.lower()}.yaml'
            raise KnowledgeError(place, int(line), what)


def _file(article: str, lists: Sequence[ListDrift], knowledge: Knowledge) -> Iterator[str]:
    held = {each.id: each for each in knowledge.code_lists}
    first = lists[0]
    source = f"mcd-{article.lower()}"
    yield f"# Code lists of the Medicare billing article {article}: codes only. Written by"
    yield "# `painpath knowledge drift EXPORT --apply` from the Medicare Coverage Database."
    yield ""
    yield "sources:"
    yield f"  - id: {source}"
    yield f"    title: {_text(f'{first.title}, article {article}, version {first.version}')}"
    yield f"    url: {_PAGE.format(number=article[1:], version=first.version)}"
    if first.effective is not None:
        yield f'    date: "{first.effective.isoformat()}"'
    yield f"    publisher: {_text(', '.join(first.contractors) or 'CMS contractors')}"
    yield "    review: primary"
    yield "    note: The code lists, from the database's export; the text was not read."
    yield ""
    yield "code_lists:"
    for each in lists:
        yield from _list(each, held.get(each.ours or ""), source)


def _list(each: ListDrift, held: schema.CodeList | None, source: str) -> Iterator[str]:
    yield f"  - id: {each.ours or f'{each.article.lower()}-{each.system}-{each.group}'}"
    yield f"    article: {each.article}"
    yield f"    title: {_text(each.title)}"
    yield f"    for: [{', '.join(each.documents)}]"
    yield f'    version: "{each.version}"'
    if each.effective is not None:
        yield f"    start: {each.effective.isoformat()}"
    yield f"    system: {each.system}"
    yield f"    group: {each.group}"
    yield "    codes:"
    yield "      ["
    for start in range(0, len(each.codes), _WIDTH):
        row = ", ".join(f'"{code}"' for code in each.codes[start : start + _WIDTH])
        yield f"        {row},"
    yield "      ]"
    if held is not None and held.concepts:
        yield f"    concepts: [{', '.join(held.concepts)}]"
    yield f"    cite: {source}"
    yield "    review: primary"


def _text(words: str) -> str:
    """A YAML string on one line."""
    clean = " ".join(words.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{clean}"'


def _written(texts: dict[Path, str], folder: Path) -> list[Path]:
    """Write what differs; if the folder then cannot be loaded, put everything back."""
    before = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in texts}
    changed = [path for path, text in texts.items() if before[path] != text]
    try:
        for path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
        load(folder)
    except (KnowledgeError, OSError):
        for path in changed:
            old = before[path]
            if old is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(old, encoding="utf-8")
        raise
    return changed
