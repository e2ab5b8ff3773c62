"""Which opioid a name or code stands for, in which form and strength."""

from __future__ import annotations

import msgspec
import pytest

from painpath.opioids import opioid_knowledge
from painpath.opioids.names import NameReader
from painpath.opioids.numbers import exact
from tests.opioids.orders import RXNORM, every, item, load, order

READER = NameReader(opioid_knowledge())
TABLET_Q6H = every(6, 1, "tablet")


@pytest.mark.parametrize(
    ("name", "drug", "form", "strength", "unit"),
    [
        ("hydrocodone/acetaminophen 5/325 mg tablet", "hydrocodone", "tablet", 5, "mg"),
        ("HYDROcodone-acetaminophen (NORCO) 5-325 MG per tablet", "hydrocodone", "tablet", 5, "mg"),
        ("HYDROCODONE 5 MG-ACETAMINOPHEN 325 MG TABLET", "hydrocodone", "tablet", 5, "mg"),
        (
            "hydrocodone 7.5 mg-acetaminophen 325 mg/15 mL soln",
            "hydrocodone",
            "liquid",
            0.5,
            "mg/mL",
        ),
        (
            "hydrocodone/acetaminophen 7.5-325 mg per 15 mL solution",
            "hydrocodone",
            "liquid",
            0.5,
            "mg/mL",
        ),
        (
            "Acetaminophen 325 MG / Oxycodone Hydrochloride 5 MG Oral Tablet",
            "oxycodone",
            "tablet",
            5,
            "mg",
        ),
        ("oxycodone-acetaminophen 10-325", "oxycodone", None, 10, "mg"),
        ("Percocet 5-325 mg", "oxycodone", "tablet", 5, "mg"),
        ("oxyCODONE (ROXICODONE) 5 mg immediate release tablet", "oxycodone", "tablet", 5, "mg"),
        (
            "12 HR Oxycodone Hydrochloride 10 MG Extended Release Oral Tablet",
            "oxycodone",
            "tablet",
            10,
            "mg",
        ),
        ("oxycodone 5 mg/5 mL solution", "oxycodone", "liquid", 1, "mg/mL"),
        ("5 mg oxycodone tablet", "oxycodone", "tablet", 5, "mg"),
        ("Tylenol with Codeine #3", "codeine", "tablet", 30, "mg"),
        ("acetaminophen-codeine (TYLENOL #3) 300-30 mg", "codeine", "tablet", 30, "mg"),
        ("acetaminophen-codeine #3 tablet", "codeine", "tablet", 30, "mg"),
        ("APAP w/ codeine No. 4", "codeine", "tablet", 60, "mg"),
        ("codeine/acetaminophen #2", "codeine", "tablet", 15, "mg"),
        ("Tylenol with codeine 300-30 mg tab", "codeine", "tablet", 30, "mg"),
        ("Butalbital-APAP-Caff-Cod 50-325-40-30 mg capsule", "codeine", "capsule", 30, "mg"),
        (
            "morphine concentrate 100 mg/5 mL (20 mg/mL) oral soln",
            "morphine",
            "liquid",
            20,
            "mg/mL",
        ),
        ("MORPHINE ER 20 MG CAPSULE,EXTENDED RELEASE PELLETS", "morphine", "capsule", 20, "mg"),
        ("72 HR Fentanyl 0.075 MG/HR Transdermal System", "fentanyl", "patch", 75, "mcg/h"),
        ("fentanyl 0.075 MG/HR (75 mcg/hr) patch", "fentanyl", "patch", 75, "mcg/h"),
        ("fentaNYL (DURAGESIC) 25 mcg/hr patch", "fentanyl", "patch", 25, "mcg/h"),
        ("fentanyl 0.1 MG/ACTUAT Mucosal Spray", "fentanyl", "mucosal-spray", 0.1, "mg"),
        ("fentanyl 400 mcg lozenge on a handle", "fentanyl", "lozenge", 0.4, "mg"),
        ("pentazocine/naloxone 50/0.5 mg tablet", "pentazocine", "tablet", 50, "mg"),
        ("traMADol 50 mg tablet C-IV", "tramadol", "tablet", 50, "mg"),
    ],
)
def test_names(name: str, drug: str, form: str | None, strength: float, unit: str) -> None:
    got = READER.read(name)
    assert got is not None
    assert [d.id for d in got.drugs] == [drug]
    assert (got.form.id if got.form else None) == form
    assert (got.strength, got.unit) == (exact(strength), unit)


@pytest.mark.parametrize(
    "name",
    [
        "oxycodone",
        "Percocet",
        "oxycodone-acetaminophen 5 mg tablet",
        "oxycodone 5-325",
        "fentanyl 25 mcg/hr and 12 mcg/hr patch",
    ],
)
def test_a_strength_that_may_be_another_is_not_taken(name: str) -> None:
    got = READER.read(name)
    assert got is not None
    assert got.strength is None


@pytest.mark.parametrize(
    "name",
    [
        "naloxone 4 mg nasal spray",
        "apomorphine 10 mg/mL",
        "dextromethorphan 15 mg",
        "ibuprofen 600 mg",
        "",
    ],
)
def test_no_opioid(name: str) -> None:
    assert READER.read(name) is None
    assert load(order(name, "1 tablet every 6 hours")).items == ()


def test_the_code_counts_where_the_name_differs() -> None:
    got = item(order("oxycodone 5 mg tablet", TABLET_Q6H, code=1049683))
    assert got.mme_per_day == 60
    assert "the code is 10 mg, the name says 5 mg; the code counts" in got.flags


def test_code_and_name_of_different_opioids_give_no_figure() -> None:
    got = item(order("morphine 15 mg tablet", TABLET_Q6H, code=1049683))
    assert got.mme_per_day is None
    assert got.why == "code and name give different opioids: morphine, oxycodone"


def test_a_code_whose_text_names_something_else_is_flagged() -> None:
    got = item(order("Physical Therapy and Acupuncture recommendation", code=1010600))
    assert got.drug == "buprenorphine"
    assert "the code is buprenorphine, the text does not name it" in got.flags


def test_an_ingredient_code_needs_a_strength_from_the_name() -> None:
    assert item(order("oxycodone 5 mg tablet", TABLET_Q6H, code=7804)).mme_per_day == 30
    got = item(order("Oxycodone", TABLET_Q6H, code=7804))
    assert (got.mme_per_day, got.why) == (None, "the strength of the product is not stated")


def test_the_content_in_the_directions_stands_in_for_the_strength() -> None:
    got = item(order("oxycodone", "Take 2 tablets (10 mg total) every 6 hours"))
    assert got.mme_per_day == 60


def test_equivalent_codes_of_several_strengths_are_settled_by_the_name() -> None:
    codes = tuple((RXNORM, code, "") for code in ("7052", "892494", "892596"))
    named = order("MORPHINE ER 20 MG CAPSULE", every(12, 1, "capsule"))
    unnamed = order("Morphine", every(12, 1, "capsule"))
    assert item(msgspec.structs.replace(named, codes=codes)).mme_per_day == 40
    got = item(msgspec.structs.replace(unnamed, codes=codes))
    assert got.mme_per_day is None
    assert "codes of several strengths stand on the order" in got.flags


def test_rxnorm_by_oid() -> None:
    codes = (("urn:oid:2.16.840.1.113883.6.88", "1049621", ""),)
    assert item(msgspec.structs.replace(order("", TABLET_Q6H), codes=codes)).mme_per_day == 30


def test_a_product_contains_only_the_opioid() -> None:
    got = item(order("hydrocodone/acetaminophen 5/325 mg tablet", every(6, 10, "mg")))
    assert got.mme_per_day == 40
    assert "dose in mg of a combination: read as the opioid's" in got.flags
