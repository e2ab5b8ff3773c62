"""Markdown pages as what can be tested in them: fences, links, headings. Runs nothing."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_FROM = re.compile(r"<!-- from (?P<file>\S+) -->\s*$")
_LINK = re.compile(r"(?<!`)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
_NAMED_FILE = re.compile(r"`((?:src|docs|tests|benchmarks)/[\w./-]+)`")


class Fence(msgspec.Struct, frozen=True):
    """A fenced block, where it stands, and the file it says it quotes."""

    kind: str
    body: str
    line: int
    quotes: str | None


class Command(msgspec.Struct, frozen=True):
    """A shell command of a console block, and the output shown below it."""

    line: str
    shown: str


def name(page: Path) -> str:
    """`docs/index.md`."""
    return page.relative_to(ROOT).as_posix()


def fences(page: Path) -> list[Fence]:
    """Every fenced block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        before = text[: match.start()]
        quoted = _FROM.search(before)
        file = quoted["file"] if quoted else None
        found.append(Fence(match["kind"], match["body"], before.count("\n") + 1, file))
    return found


def commands(body: str) -> list[Command]:
    """The commands of a console block (`$ ...`), each with what is shown below it."""
    found: list[Command] = []
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        while line.endswith("\\"):
            following, _, shown = shown.partition("\n")
            line = line[:-1] + following.removeprefix("> ").lstrip()
        found.append(Command(line, shown))
    return found


def prose(page: Path) -> str:
    """The text outside fences."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """Targets of links and pictures."""
    return [match["target"] for match in _LINK.finditer(prose(page))]


def anchors(page: Path) -> set[str]:
    """Headings as the web page names them."""
    titles = (match["title"] for match in _HEADING.finditer(prose(page)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def named_files(page: Path) -> list[str]:
    """Files of the project that the text names."""
    return _NAMED_FILE.findall(prose(page))


def disagreement(shown: str, real: str) -> str | None:
    """The first shown piece that real output lacks; `...` stands for anything left out."""
    rest = "\n" + _trimmed(real) + "\n"
    pieces = ("\n" + _trimmed(shown) + "\n").split("...")
    for number, piece in enumerate(pieces):
        at = rest.find(piece)
        if number == len(pieces) - 1 and at >= 0:
            at = len(rest) - len(piece) if rest.endswith(piece) else -1
        if at < 0 or (number == 0 and at > 0):
            return piece.strip("\n")
        # The end of the line stays, so that a line of `...` may stand for no line at all.
        rest = rest[at + len(piece.removesuffix("\n")) :]
    return None


def _trimmed(text: str) -> str:
    """Without spaces at the ends of lines and blank lines at both ends."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")
