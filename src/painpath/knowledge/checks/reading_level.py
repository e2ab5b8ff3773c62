"""Flesch-Kincaid grade of what patients read: the school year in which a text is understood.

Grade = 0.39 words per sentence + 11.8 syllables per word - 15.59 (Kincaid and others, 1975, Navy
Research Branch Report 8-75). Syllables are counted from the spelling, with the words that the rules
get wrong listed; nothing is looked up, so the same text has the same grade everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge

HIGHEST_GRADE = 8.0
_FEWEST_WORDS = 8
"""A name or a fragment has no reading level."""

_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?|\d+(?:[.,]\d+)*")
_VOWELS = re.compile(r"[aeiouy]+")
# An e that is written and not spoken: `nerve`, `goes`, `walked`, `closely`; but `needle`, `places`.
_SILENT = re.compile(
    r"(?:[^aeiouyl]|[aeiouy]l|ll)(?:e|ed(?<![td]ed))$"
    r"|[^aeiouy](?<![scxzgl])(?<!sh)(?<!ch)es$|[aeiouy]les$"
    r"|[^aeiouyl]e(?=(?:ly|ments?|ful|less|ness)$)"
)
# Vowels that stand together and are spoken apart: `diet`, `radio`, `doing`.
_APART = re.compile(r"ia(?!l)|i(?:e(?=t)|u)|i(?=en)|io(?!u|n)|ua(?!r|l|ge)|uo|[aeoy]ing")
_SYLLABLES = {
    "area": 3,
    "areas": 3,
    "diabetes": 4,
    "exercises": 4,
    "being": 2,
    "everyone": 3,
    "everything": 3,
    "fluid": 2,
    "guidelines": 2,
    "idea": 3,
    "mri": 3,
    "pacemaker": 3,
    "people": 2,
    "someone": 2,
    "something": 2,
    "sometimes": 2,
    "somewhere": 2,
    "usual": 3,
    "usually": 4,
}


def syllables(word: str) -> int:
    """Syllables of an English word by its spelling; a number counts one a digit."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    if word[:1].isdigit():
        return sum(char.isdigit() for char in word)
    known = _SYLLABLES.get(word)
    if known is not None:
        return known
    count = len(_VOWELS.findall(word)) + len(_APART.findall(word))
    return max(count - len(_SILENT.findall(word)), 1)


def grade(text: str) -> float:
    """Flesch-Kincaid grade; 0 for a text without words."""
    sentences = [part for part in _SENTENCE_END.split(text) if _WORD.search(part)]
    words = _WORD.findall(text)
    if not words:
        return 0.0
    spoken = sum(map(syllables, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * spoken / len(words) - 15.59


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """A patient text above the 8th grade is an error; it names the part and the grade."""
    for option in knowledge.options:
        if option.patient is not None:
            where = place(knowledge, "options", option.id)
            for part, text in parts(option.patient):
                measured = grade(text)
                if measured > HIGHEST_GRADE:
                    what = (
                        f'patient text of "{option.id}", {part}: reading level is grade'
                        f" {measured:.1f}, above {HIGHEST_GRADE:g}; use shorter sentences and words"
                    )
                    yield Finding("error", where, what)


def parts(text: schema.PatientText) -> Iterator[tuple[str, str]]:
    """Each part that is long enough to be measured, and the whole."""
    fields = {name: getattr(text, name) for name in text.__struct_fields__ if name != "name"}
    for name, part in fields.items():
        if len(_WORD.findall(part)) >= _FEWEST_WORDS:
            yield name, part
    yield "the whole", " ".join(fields.values())
