"""Codes are well-formed; SNOMED CT check digits hold; billing headers and gaps are pointed out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge

_FORMS = {
    "icd10cm": re.compile(
        r"[A-TV-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?\.?\*?|[A-TV-Z]\d\*?|[A-Z]\d[0-9A-Z]\.?\*"
    ),
    "snomed": re.compile(r"\d{6,18}"),
    "cpt": re.compile(r"\d{4}[0-9TFU]"),
    "hcpcs": re.compile(r"[A-V]\d{4}"),
    "loinc": re.compile(r"\d{1,7}-\d"),
    "rxnorm": re.compile(r"\d{2,8}"),
    "nucc": re.compile(r"[0-9A-Z]{10}"),
}

_D5 = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_SHUFFLE = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff_valid(identifier: str) -> bool:
    """Whether the last digit of a SNOMED CT identifier is its Verhoeff check digit."""
    check_value = 0
    for position, char in enumerate(reversed(identifier)):
        digit = int(char)
        for _ in range(position % 8):
            digit = _SHUFFLE[digit]
        check_value = _D5[check_value][digit]
    return check_value == 0


def loinc_valid(code: str) -> bool:
    """Whether the digit after the hyphen is the code's Luhn (mod 10) check digit."""
    body, _, check_digit = code.partition("-")
    total = 0
    for position, char in enumerate(reversed(body)):
        digit = int(char) * (2 if position % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return (10 - total % 10) % 10 == int(check_digit)


def codes_of(concept: schema.Concept, system: str) -> Iterator[str]:
    """The codes of one system as text."""
    for entry in getattr(concept, system):
        if isinstance(entry, schema.Codes):
            yield from map(str, entry.codes)
        else:
            yield str(entry)


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """Malformed codes are errors; a diagnosis known in one system only is a note."""
    for products in knowledge.drug_products:
        for each in products.codes:
            if not _FORMS["rxnorm"].fullmatch(str(each)):
                what = f'products of "{products.id}": "{each}" is not a rxnorm code'
                yield Finding("error", place(knowledge, "drug_products", products.id), what)
    for concept in knowledge.concepts:
        where = place(knowledge, "concepts", concept.id)
        for system, form in _FORMS.items():
            for code in codes_of(concept, system):
                if not form.fullmatch(code):
                    what = f'concept "{concept.id}": "{code}" is not a {system} code'
                    yield Finding("error", where, what)
                elif system == "snomed" and not verhoeff_valid(code):
                    what = f'concept "{concept.id}": SNOMED CT {code} fails its check digit'
                    yield Finding("error", where, what)
                elif system == "loinc" and not loinc_valid(code):
                    what = f'concept "{concept.id}": LOINC {code} fails its check digit'
                    yield Finding("error", where, what)
        for pattern in [*concept.words, *concept.not_words]:
            try:
                re.compile(pattern)
            except re.error as error:
                what = f'concept "{concept.id}": "{pattern}" is not a pattern: {error}'
                yield Finding("error", where, what)
        if concept.category == "condition" and concept.icd10cm and not concept.snomed:
            what = f'concept "{concept.id}" is known in ICD-10-CM but not in SNOMED CT'
            yield Finding("note", where, what)
