"""Where: side, region and level, from codes, body sites, claim modifiers and words.

The code's own place comes first, then the body site, then words; a later source fills what is
open and narrows what is wide (`cervical-thoracic` by a cervical site), and never overrules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from painpath.knowledge import levels
from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.datatypes import CodeableConcept

LEFT, RIGHT, BOTH = 1, 2, 3


class Place(NamedTuple):
    """Masks; 0 is not recorded."""

    region: int = 0
    side: int = 0
    level: int = 0


NOWHERE = Place()

_SIDE_CODES = {
    # SNOMED CT qualifiers.
    "24028007": RIGHT,
    "7771000": LEFT,
    "51440002": BOTH,
    # Lateralised sites that must be known even where no region names them.
    "6757004": RIGHT,  # right knee region
    "82169009": LEFT,  # left knee region
}
_QUALIFIERS = frozenset({"24028007", "7771000", "51440002"})
_LONG = 2000
_MODIFIERS = {"RT": RIGHT, "LT": LEFT, "50": BOTH}

_WORDS = re.compile(
    r"\b(?:(?P<both>bilateral(?:ly)?|both(?: sides)?|b/l|bilat\.?)"
    r"|(?P<right>right(?:[- ]sided)?|rt\.?|rle|rue)(?![- ]hand(?:ed|edness)\b)(?! now\b)"
    r"|(?P<left>left(?:[- ]sided)?|lt\.?|lle|lue)(?![- ]hand(?:ed|edness)\b)"
    r"(?! (?:ventric|atri|bundle|over\b))"
    r")(?!\w)",
    re.IGNORECASE,
)
_QUICK = re.compile(r"right|left|bilat|both|\b[rl](?:t|[lu]e)\b|b/l", re.IGNORECASE)


def modifier_side(modifiers: Iterable[str]) -> int:
    """Side named by claim modifiers RT, LT and 50."""
    side = 0
    for modifier in modifiers:
        side |= _MODIFIERS.get(modifier.strip().upper(), 0)
    return side


_SIDE_OF_PLACE = re.compile(
    r"\b(right|left|bilateral)(?:[- ]sided)?,?\s+(?:\w+\s+)?(?:[ctls]-?\d|lumb|cerv|thorac|sacr"
    r"|si\b|facet|medial|knee|genic|hip|should|transfor|selective|occip|stell)",
    re.IGNORECASE,
)


def in_note(text: str) -> Place:
    """Level and side in running text, where "left" may also mean that somebody went."""
    text = text[:_LONG]
    sides = {match[1].lower() for match in _SIDE_OF_PLACE.finditer(text)}
    side = side_in(" ".join(sides)) if len(sides) == 1 else 0
    return Place(0, side, levels.parse(text))


@lru_cache(maxsize=50_000)
def side_in(text: str) -> int:
    """Side named in a text; right and left together are both."""
    if _QUICK.search(text) is None:
        return 0
    side = 0
    for match in _WORDS.finditer(text):
        side |= BOTH if match["both"] else RIGHT if match["right"] else LEFT
    return side


def of_sites(sites: Iterable[CodeableConcept], vocabulary: Vocabulary) -> Place:
    """What body sites say."""
    region = side = level = 0
    for site in sites:
        said = 0
        texts: list[str] = []
        for coding in site.coding:
            code = coding.code
            if code is not None:
                known = vocabulary.sites.get(code)
                if known is not None:
                    region |= known[0]
                    said |= known[1]
                said |= _SIDE_CODES.get(code, 0)
            if coding.display and code not in _QUALIFIERS:
                texts.append(coding.display)
        if site.text:
            texts.append(site.text)
        for extension in site.extension:
            qualifier = extension.valueCodeableConcept
            for coding in qualifier.coding if qualifier is not None else ():
                if coding.code in _QUALIFIERS:
                    said |= _SIDE_CODES[coding.code]
        for text in texts:
            words = in_words(text, vocabulary)
            region = region or words.region
            said = said or words.side
            level |= words.level
        side |= said
    return Place(region, side, level)


def in_words(text: str, vocabulary: Vocabulary) -> Place:
    """What a short text says; regions only where a word of theirs stands in it."""
    return _in_words(text[:_LONG], vocabulary)


@lru_cache(maxsize=50_000)
def _in_words(text: str, vocabulary: Vocabulary) -> Place:
    return Place(vocabulary.regions_in(text), side_in(text), levels.parse(text))


def refine(place: Place, other: Place) -> Place:
    """`place`, with what it leaves open taken from `other`."""
    if other is NOWHERE or other == NOWHERE:
        return place
    region, side, level = place
    if other.region:
        region = (region & other.region) or region or other.region
    return Place(region, side or other.side, level or other.level)


def with_level_region(place: Place, vocabulary: Vocabulary) -> Place:
    """A level tells its region where nothing else does, and narrows a wide one."""
    if not place.level:
        return place
    mask = 0
    for name in levels.regions(place.level):
        mask |= vocabulary.region_bits.get(name, 0)
    return refine(place, Place(mask, 0, 0)) if mask else place
