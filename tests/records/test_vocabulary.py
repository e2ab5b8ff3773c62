"""Codes, regions and words as the reader looks them up."""

from __future__ import annotations

import pickle

import pytest

from painpath.knowledge import loading, terms
from painpath.knowledge.terms import Kind
from painpath.knowledge.vocabulary import Vocabulary
from tests.records.small import CPT, HCPCS, ICD, LOINC, NUCC, OLD_HCPCS, OWN, RXNORM, SNOMED, region
from tests.records.small import vocabulary as small


def ids(system: str | None, code: str) -> list[str]:
    return [small().concepts[match.concept] for match in small().lookup(system, code)]


CODES = [
    (ICD, "M54.16", ["lumbar-radiculopathy"]),
    (ICD, "M5416", ["lumbar-radiculopathy"]),
    (ICD, "m54.16", ["lumbar-radiculopathy"]),
    (ICD, " M54.16 ", ["lumbar-radiculopathy"]),
    ("urn:oid:2.16.840.1.113883.6.90", "M54.16", ["lumbar-radiculopathy"]),
    ("2.16.840.1.113883.6.90", "M54.16", ["lumbar-radiculopathy"]),
    (ICD, "M54.31", ["sciatica"]),
    (ICD, "M54.3", ["sciatica"]),
    (ICD, "M54.1", []),
    (ICD, "E11.9", ["diabetes"]),
    (None, "M54.16", ["lumbar-radiculopathy"]),
    (None, "M5416", []),
    (None, "97110", []),
    (SNOMED, "128196005", ["lumbar-radiculopathy"]),
    (SNOMED + "/", "128196005", ["lumbar-radiculopathy"]),
    ("http://snomed.info/sct/731000124108", "128196005", ["lumbar-radiculopathy"]),
    ("urn:oid:2.16.840.1.113883.6.96", "128196005", ["lumbar-radiculopathy"]),
    (SNOMED, "M54.16", []),
    (LOINC, "72514-3", ["pain-score"]),
    ("urn:oid:2.16.840.1.113883.6.1", "72514-3", ["pain-score"]),
    (RXNORM, "1364430", ["apixaban"]),
    ("urn:oid:2.16.840.1.113883.6.88", "1364430", ["apixaban"]),
    (CPT, "64483", ["esi-transforaminal"]),
    (CPT, "64483-RT", ["esi-transforaminal"]),
    ("urn:oid:2.16.840.1.113883.6.12", "64483", ["esi-transforaminal"]),
    (HCPCS, "J7321", ["hyaluronate"]),
    (OLD_HCPCS, "J7321", ["hyaluronate"]),
    ("urn:oid:2.16.840.1.113883.6.285", "J7321", ["hyaluronate"]),
    (HCPCS, "64483", ["esi-transforaminal"]),
    (NUCC, "208VP0014X", ["pain-specialist"]),
    (OWN, "psych-clearance", ["psych-clearance"]),
    (OWN, "relief-percent", ["relief-percent"]),
    (OWN, "relief-duration", ["relief-duration"]),
    ("http://example.org", "M54.16", []),
    (ICD, "", []),
    (ICD, "\0", []),
]


@pytest.mark.parametrize(("system", "code", "expected"), CODES)
def test_codes(system: str | None, code: str, expected: list[str]) -> None:
    assert ids(system, code) == expected
    assert ids(system, code) == expected, "the remembered answer is the same"


def test_unknown_code_costs_one_miss() -> None:
    small().lookup(ICD, "Z00.00")
    assert small().lookup(ICD, "Z00.00") == ()


def test_modifier_is_kept_with_the_match() -> None:
    found = {small().concepts[m.concept]: m.modifier for m in small().lookup(CPT, "64493")}
    assert found == {"facet-injection": None, "facet-mbb-diagnostic": "KX"}


def test_codes_imply_the_place() -> None:
    (right,) = small().lookup(ICD, "M17.11")
    assert (right.region, right.side) == (region("knee"), 2)
    (both,) = small().lookup(ICD, "M17.0")
    assert both.side == 3
    (neck,) = small().lookup(CPT, "62321")
    assert neck.region == region("cervical") | region("thoracic")


def test_regions_that_count_as_one_share_their_bit() -> None:
    bits = small().region_bits
    assert bits["lumbar"] == bits["sacral"] == bits["lumbar-sacral"]
    assert bits["lumbar"].bit_count() == 1
    assert bits["thoracolumbar"] == bits["thoracic"] | bits["lumbar"]
    assert bits["knee"] & bits["lumbar"] == 0


def test_concepts_are_sorted_and_numbered() -> None:
    assert list(small().concepts) == sorted(small().concepts)
    assert all(small().concepts[key] == name for name, key in small().key.items())


def test_what_options_do_is_interventional() -> None:
    names = {small().concepts[key] for key in small().interventional}
    assert names == {"esi-transforaminal", "genicular-nerve-block"}


def test_survives_cache_and_pickle() -> None:
    for copy in (Vocabulary.from_bytes(small().to_bytes()), pickle.loads(pickle.dumps(small()))):
        assert copy.concepts == small().concepts
        assert copy.lookup(ICD, "M54.16") == small().lookup(ICD, "M54.16")
        assert copy.words("low back pain", "condition") == small().words(
            "low back pain", "condition"
        )


WORDS: list[tuple[str, Kind, list[str]]] = [
    ("Chronic low back pain", "condition", ["low-back-pain"]),
    ("LOW BACK PAIN", "condition", ["low-back-pain"]),
    ("low back painting", "condition", []),
    ("No low back pain", "condition", []),
    ("denies low back pain", "condition", []),
    ("Family history of diabetes", "condition", []),
    ("Mother has diabetes", "condition", []),
    ("Screening for diabetes", "condition", []),
    ("at risk of diabetes", "condition", []),
    ("history of diabetes", "condition", ["diabetes"]),
    ("Non-specific low back pain", "condition", ["low-back-pain"]),
    ("no fever, but low back pain", "condition", ["low-back-pain"]),
    ("No fever. Low back pain", "condition", ["low-back-pain"]),
    ("low back pain without diabetes", "condition", ["low-back-pain"]),
    ("low back pain not relieved by rest", "condition", ["low-back-pain"]),
    ("no relief of low back pain", "condition", ["low-back-pain"]),
    ("could not sleep because of low back pain", "condition", ["low-back-pain"]),
    ("low back pain: denied", "condition", []),
    ("discitis was ruled out", "conclusion", []),
    ("No evidence of discitis", "conclusion", []),
    ("discitis?", "conclusion", []),
    ("No change in the lumbar stenosis", "conclusion", ["lumbar-stenosis"]),
    ("Status post knee replacement", "condition", ["knee-arthroplasty"]),
    ("Wants knee replacement", "condition", []),
    ("Knee replacement", "procedure", ["knee-arthroplasty"]),
    ("low back pain", "procedure", []),
    ("Eliquis 5 MG Oral Tablet", "drug", ["apixaban"]),
    ("Eliquis 5 MG Oral Tablet", "condition", []),
    ("oxycodone / acetaminophen 5-325", "drug", ["acetaminophen", "opioid"]),
    ("", "condition", []),
]


@pytest.mark.parametrize(("text", "kind", "expected"), WORDS)
def test_words(text: str, kind: Kind, expected: list[str]) -> None:
    assert [small().concepts[m.concept] for m in small().words(text, kind)] == expected


STARTS = [
    ("low back pain", {"low"}),
    ("pt", {"pt"}),
    ("h(?:a)?emoglobin", {"h"}),
    ("(?:acute |chronic )?pain", {"acute", "chroni", "pain"}),
    ("(a|b)cd", {"a", "b"}),
    ("colou?r", {"colo"}),
    ("ab?c", {"a"}),
    ("x-?ray|film", {"x", "film"}),
    ("[ab]cd", {""}),
    (r"\d+ ml", {""}),
]


@pytest.mark.parametrize(("pattern", "starts"), STARTS)
def test_first_letters_of_a_pattern(pattern: str, starts: set[str]) -> None:
    assert terms._starts(pattern) == starts


def test_index_finds_what_trying_every_pattern_finds() -> None:
    """On the shipped words: a sentence made around each pattern's own plain words."""
    vocabulary = Vocabulary(loading.load())
    index = vocabulary._words
    texts = {
        f"chronic {word} on the right"
        for term in index._terms
        for pattern in term.source.patterns
        for word in [pattern.replace("(?:", "(").replace("?", "").replace("\\", "")]
    }
    texts |= {
        " ".join(t.replace("(", " ").replace(")", " ").replace("|", " ").split()) for t in texts
    }
    for text in texts:
        quick = set(index._candidates(text))
        for term in index._terms:
            if term not in quick:
                assert not list(term.spans(text)), (term.source.patterns, text)


def test_shipped_knowledge_compiles() -> None:
    vocabulary = Vocabulary(loading.load())
    assert len(vocabulary.concepts) > 100
    assert "lumbar" in vocabulary.region_bits
