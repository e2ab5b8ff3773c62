"""Every drug of the class table is known by its RxNorm ingredient code and by its name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from painpath.knowledge.rules import expand
from painpath.knowledge.store import Compiled, compiled

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
TABLE: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "drug_classes.yaml").read_text(encoding="utf-8")
)
DRUGS = [(group, code, name) for group, drugs in TABLE.items() for code, name in drugs.items()]


@cache
def known() -> Compiled:
    return compiled()


@cache
def members(group: str) -> frozenset[str]:
    """The class and everything it includes."""
    concepts = {concept.id: concept for concept in known().knowledge.concepts}
    return frozenset(expand((group,), concepts))


def test_the_table_is_whole() -> None:
    assert len(DRUGS) > 200


@pytest.mark.parametrize(("group", "code", "name"), DRUGS)
def test_a_drug_is_known_by_code_and_by_name(group: str, code: str, name: str) -> None:
    vocabulary = known().vocabulary
    by_code = {vocabulary.concepts[match.concept] for match in vocabulary.lookup(RXNORM, code)}
    by_name = {vocabulary.concepts[match.concept] for match in vocabulary.words(name, "drug")}
    assert by_code & members(group), f"RxNorm {code} is no {group}"
    assert by_name & members(group), f"{name} is no {group}"


# Brands and combinations that hide a drug, as records write them.
@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Eliquis 5 MG tablet", "apixaban"),
        ("Xarelto 20 mg", "rivaroxaban"),
        ("Savaysa 60 MG", "edoxaban"),
        ("Pradaxa 150 mg capsule", "dabigatran"),
        ("Coumadin 5 mg", "warfarin"),
        ("Jantoven 5 mg", "warfarin"),
        ("Lovenox 40 mg/0.4 mL", "enoxaparin"),
        ("Fragmin 5000 units", "dalteparin"),
        ("Arixtra 2.5 mg", "fondaparinux"),
        ("Plavix 75 mg", "clopidogrel"),
        ("Effient 10 mg", "prasugrel"),
        ("Brilinta 90 mg", "ticagrelor"),
        ("Pletal 100 mg", "cilostazol"),
        ("Aggrenox 25-200 mg", "aspirin"),
        ("Aggrenox 25-200 mg", "dipyridamole"),
        ("Yosprala 81-40 mg", "aspirin"),
        ("Elmiron 100 mg", "pentosan-polysulfate"),
        ("butalbital / aspirin / caffeine capsule", "aspirin"),
        ("carisoprodol / aspirin tablet", "aspirin"),
        ("Excedrin Migraine", "aspirin"),
        ("Alka-Seltzer", "aspirin"),
        ("hydrocodone / ibuprofen tablet", "ibuprofen"),
        ("naproxen / esomeprazole (Vimovo)", "naproxen"),
        ("sumatriptan / naproxen tablet", "naproxen"),
        ("bismuth subsalicylate suspension", "other-nonselective-nsaid"),
        ("Percocet 5-325", "opioid"),
        ("Norco 10-325", "opioid"),
        ("Vicodin", "opioid"),
        ("Ultram 50 mg", "opioid"),
        ("Nucynta ER", "opioid"),
        ("Opana ER", "opioid"),
        ("Dilaudid 4 mg", "opioid"),
        ("Exalgo 12 mg", "opioid"),
        ("MS Contin 15 mg", "opioid"),
        ("Duragesic 25 mcg/h", "opioid"),
        ("Butrans 10 mcg/h", "opioid"),
        ("Suboxone 8-2 mg film", "opioid"),
    ],
)
def test_brands_and_combinations(text: str, group: str) -> None:
    vocabulary = known().vocabulary
    found = {vocabulary.concepts[match.concept] for match in vocabulary.words(text, "drug")}
    assert found & members(group)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("diclofenac 1 % topical gel", "nonselective-nsaid"),
        ("ketorolac 0.5 % ophthalmic solution", "nonselective-nsaid"),
        ("heparin lock flush", "anticoagulant"),
        ("triamcinolone 0.1 % cream", "corticosteroid"),
        ("lidocaine 5 % patch", "local-anaesthetic"),
        ("buprenorphine / naloxone film", "naloxone"),
    ],
)
def test_what_acts_elsewhere_does_not_count(text: str, group: str) -> None:
    vocabulary = known().vocabulary
    found = {vocabulary.concepts[match.concept] for match in vocabulary.words(text, "drug")}
    assert not found & members(group)


@pytest.mark.parametrize(
    ("wrong", "group"),
    [
        ("42463", "clopidogrel"),
        ("4477", "ssri"),
        ("38535", "muscle-relaxant"),
        ("3112", "muscle-relaxant"),
        ("352363", "z-hypnotic"),
        ("1593411", "edoxaban"),
    ],
)
def test_wrong_codes_of_public_lists_are_not_taken_over(wrong: str, group: str) -> None:
    vocabulary = known().vocabulary
    found = {vocabulary.concepts[match.concept] for match in vocabulary.lookup(RXNORM, wrong)}
    assert not found & members(group)
