"""Words: concepts and regions named in free text, found fast and not where they are denied.

Patterns match whole words, so each can be filed under the first letters it may start with; a text
then tries only the patterns filed under its own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from painpath.knowledge import schema

Kind = Literal[
    "condition",
    "procedure",
    "observation",
    "report",
    "conclusion",
    "drug",
    "device",
    "allergy",
    "document",
    "specialist",
    "place",
]
"""What sort of text it is; it decides which categories of concepts are believed."""

_BELIEVED: dict[Kind, frozenset[str]] = {
    "condition": frozenset({"condition", "finding", "procedure", "device"}),
    "procedure": frozenset({"procedure", "care", "imaging", "document"}),
    "observation": frozenset({"observation", "finding", "laboratory", "document"}),
    "report": frozenset({"imaging", "document", "procedure"}),
    "conclusion": frozenset({"condition", "finding"}),
    "drug": frozenset({"drug", "care"}),
    "device": frozenset({"device"}),
    "allergy": frozenset({"allergy"}),
    "document": frozenset({"document", "finding", "imaging"}),
    "specialist": frozenset({"specialist"}),
    "place": frozenset({"region"}),
}

# A condition entry may record that something was done: "status post knee replacement".
_DONE_BEFORE = re.compile(
    r"\b(?:status[ -]post|s/?p|h/o|hx of|history of|presence of"
    r"|post[- ]?(?:op\w*|surg\w*)|after)\b",
    re.IGNORECASE,
)

# "No change in the stenosis" does not deny the stenosis.
_NOT_DENYING = re.compile(
    r"\b(?:no|not|without)\s+(?:(?:significant|interval|appreciable|much|any|longer)\s+)*"
    r"(?:chang\w*|relie\w*|improv\w*|respon\w*|better|help\w*|only|benefit\w*|resol\w*"
    r"|control\w*|tolerat\w*|due to|explained by)\b",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:no|without|w/o|denie[sd]|deny|denying|negative for|neg for|absence of|free of"
    r"|ruled? out|rules out|r/o|exclude[sd]?|excluding|unlikely"
    r"|family (?:history|hx)|fhx?|(?:mother|father|sister|brother|parent|sibling|grandmother"
    r"|grandfather|aunt|uncle|son|daughter)(?:'s)?"
    r"|screen(?:ing)? for|prevention of|risk (?:of|for)|fear of"
    r"|educat\w+ (?:about|on|regarding)|counsel\w+ (?:about|on|regarding))\b[^.;:\n]{0,80}"
    r"|\b(?:not|never|none|nor|absent|rather than|instead of)(?:\s+[\w'/-]+){0,3}\s*"
    r"|\bnon[- ]?)$",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"^\s*(?:(?:(?:is|was|are|were|has been|have been)\s+)?(?:ruled out|excluded|denied|absent"
    r"|negative|unlikely|not (?:seen|present|identified|found|evident|suspected|demonstrated))\b"
    r"|[:-]\s*(?:no|none|negative|absent|denied|denies)\b|\?)",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:but|however|except|although|though|because of|due to|secondary to|now with"
    r"|presents? with)\b",
    re.IGNORECASE,
)

_WORD = re.compile(r"[^\W_]+")
_KEY = 6


class WordPattern(msgspec.Struct, frozen=True):
    """One concept's (or region's) words; `owner` is its key (or region mask)."""

    owner: int
    category: str
    patterns: tuple[str, ...]
    never: tuple[str, ...]
    """If one of these matches, the text does not mean the concept."""
    starts: tuple[str, ...]
    """First letters that a match can have; one of them `""`: they cannot be told."""


def compile_words(concepts: Iterable[schema.Concept]) -> Iterator[WordPattern]:
    """The words of concepts in the order of their keys."""
    for key, concept in enumerate(concepts):
        if concept.words:
            yield _pattern(key, concept.category, concept.words, concept.not_words)


def compile_regions(
    regions: Iterable[schema.Region], bits: Mapping[str, int]
) -> Iterator[WordPattern]:
    """The words of regions."""
    for region in regions:
        if region.words:
            yield _pattern(bits[region.id], "region", region.words)


def _pattern(
    owner: int, category: str, words: Sequence[str], never: Sequence[str] = ()
) -> WordPattern:
    starts = sorted({start for word in words for start in _starts(word)})
    return WordPattern(owner, category, tuple(words), tuple(never), tuple(starts))


class _Term:
    """A pattern, compiled when first needed."""

    __slots__ = ("_never", "_pattern", "source")

    def __init__(self, source: WordPattern) -> None:
        self.source = source
        self._pattern: re.Pattern[str] | None = None
        self._never: re.Pattern[str] | None = None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        if self._pattern is None:
            self._pattern = _whole_words(self.source.patterns)
            self._never = _whole_words(self.source.never) if self.source.never else None
        if self._never is None or self._never.search(text) is None:
            for match in self._pattern.finditer(text):
                yield match.span()


def _whole_words(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


class Index:
    """Finds which patterns match a text."""

    def __init__(self, patterns: Iterable[WordPattern]) -> None:
        self._terms = [_Term(pattern) for pattern in patterns]
        self._always: list[_Term] = []
        self._by_start: dict[str, list[_Term]] = {}
        for term in self._terms:
            if "" in term.source.starts:
                self._always.append(term)
                continue
            for start in term.source.starts:
                self._by_start.setdefault(start, []).append(term)

    def find(self, text: str, kind: Kind) -> tuple[int, ...]:
        """Owners named in the text and not denied, each once."""
        if not self._terms or not text:
            return ()
        believed = _BELIEVED[kind]
        found: dict[int, None] = {}
        for term in self._candidates(text):
            category = term.source.category
            if category not in believed or term.source.owner in found:
                continue
            if category == "procedure" and kind == "condition" and not _DONE_BEFORE.search(text):
                continue
            if any(not _denied(text, span) for span in term.spans(text)):
                found[term.source.owner] = None
        return tuple(sorted(found))

    def _candidates(self, text: str) -> list[_Term]:
        starts = {word[:_KEY] for word in _WORD.findall(text.lower())}
        tried: dict[_Term, None] = dict.fromkeys(self._always)
        for start in starts:
            for length in range(1, len(start) + 1):
                tried |= dict.fromkeys(self._by_start.get(start[:length], ()))
        return list(tried)


def _denied(text: str, span: tuple[int, int]) -> bool:
    before = _NOT_DENYING.sub(" ", text[max(0, span[0] - 120) : span[0]])
    turns = list(_TURN.finditer(before))
    if turns:
        before = before[turns[-1].end() :]
    if _DENIED_BEFORE.search(before) is not None:
        return True
    return _DENIED_AFTER.search(text[span[1] : span[1] + 60]) is not None


_LEAD = re.compile(r"[A-Za-z0-9]+")
_GROUP = re.compile(r"\((?:\?:)?(?P<inner>[^()\[\]\\]+)\)(?P<optional>[?*]?)")


def _starts(pattern: str) -> set[str]:
    """First letters a match can have (at most `_KEY`); `""` if that cannot be told."""
    starts: set[str] = set()
    for branch in _branches(pattern):
        starts |= _starts_of_branch(branch)
    return starts


def _starts_of_branch(branch: str) -> set[str]:
    group = _GROUP.match(branch)
    if group is not None:
        starts: set[str] = set()
        for inner in group["inner"].split("|"):
            starts |= _starts_of_branch(inner)
        if group["optional"] or "" in starts:
            starts = (starts - {""}) | _starts_of_branch(branch[group.end() :].lstrip(" "))
        return starts
    match = _LEAD.match(branch)
    text = match[0] if match else ""
    if branch[len(text) : len(text) + 1] in ("?", "*", "{"):
        text = text[:-1]
    return {text[:_KEY].lower()}


def _branches(pattern: str) -> Iterator[str]:
    """Alternatives at the top level of a pattern."""
    depth = start = index = 0
    in_class = False
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "|" and depth == 0:
            yield pattern[start:index]
            start = index + 1
        index += 1
    yield pattern[start:]
