"""The opioid files: what is broken is named with file and line, and nothing points nowhere."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

import painpath.opioids
from painpath.knowledge.yaml_source import KnowledgeError
from painpath.opioids.loading import BASE, load, opioid_knowledge

PACKAGE = Path(painpath.opioids.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for file in BASE.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    return tmp_path


def broken(folder: Path, file: str, old: str, new: str) -> str:
    """The error after one change to a copy of the files."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("factors.yaml", "{drug: codeine, factor: 0.15}", "{drug: codeine, factr: 0.15}", "factr"),
        ("factors.yaml", "{drug: codeine,", "{drug: codein,", '"codein"'),
        (
            "factors.yaml",
            "{drug: codeine, factor: 0.15}",
            "{drug: codeine}",
            "either factor or tiers",
        ),
        ("factors.yaml", "id: cdc-2016", "id: cdc-2022", "already defined"),
        ("factors.yaml", "cite: mme-cdc-2022-table", "cite: nowhere", 'source "nowhere"'),
        ("factors.yaml", "factor: 0.15", "factor: little", "Expected `float"),
        ("products.yaml", "1049621: 5,", "1049683: 5,", "1049683"),
        ("products.yaml", "form: patch", "form: poultice", '"poultice"'),
        ("drugs.yaml", "combined: [naloxone]", "combined: [naloxon]", '"naloxon"'),
        ("drugs.yaml", "unit: suppository", "unit: bullet", '"bullet"'),
        ("sources.yaml", "title: RxNorm", "titel: RxNorm", "titel"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    copy: Path, file: str, old: str, new: str, said: str
) -> None:
    message = broken(copy, file, old, new)
    assert said in message
    assert re.match(rf"{file}:\d+: ", message)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "directions.yaml").unlink()
    with pytest.raises(KnowledgeError, match="directions"):
        load(copy)


def test_every_counted_drug_has_a_factor_in_both_tables() -> None:
    knowledge = opioid_knowledge()
    counted = {drug.id for drug in knowledge.drugs.values() if drug.standing == "counted"}
    for rules in knowledge.rule_sets.values():
        assert {factor.drug for factor in rules.factors} == counted


def test_every_drug_without_a_factor_says_why() -> None:
    for drug in opioid_knowledge().drugs.values():
        assert (drug.why is None) == (drug.standing == "counted")


def test_products_have_factors_and_believable_strengths() -> None:
    knowledge = opioid_knowledge()
    for code, product in knowledge.products.items():
        form = knowledge.forms[product.form]
        assert code.isdigit()
        assert product.strength > 0
        assert (product.unit == "mcg/h") == (form.kind == "patch")
        assert (product.unit == "mg/mL") == (form.kind == "liquid")


def test_no_drug_and_no_factor_stands_in_python() -> None:
    names = {drug.id for drug in opioid_knowledge().drugs.values()}
    for file in PACKAGE.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docs = {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or node in docs:
                continue
            if isinstance(node.value, str):
                assert not names & set(re.findall(r"[a-z]+", node.value.lower())), file.name
            elif isinstance(node.value, float):
                assert node.value in (0.0, 1.0), f"{file.name}:{node.lineno}"


def test_the_shipped_files_are_the_same_kept_or_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAINPATH_CACHE", str(tmp_path))
    read_then_kept = [opioid_knowledge.__wrapped__() for _ in range(2)]
    (kept,) = tmp_path.glob("*.opioids")
    assert read_then_kept == [load(), load()]
    kept.write_bytes(b"half a fi")
    assert opioid_knowledge.__wrapped__() == load()
