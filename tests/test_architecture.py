"""The storeys of the code: imports run downwards, medicine stands in the knowledge.

Nothing opens a connection but what MAY_CONNECT names. Everything is read from the
sources with `ast`; nothing is imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

SOURCES = Path(__file__).parents[1] / "src" / "painpath"
MODULES = sorted(path for path in SOURCES.rglob("*.py"))

MAY_IMPORT = {
    "knowledge": set(),
    "outcomes": {"knowledge", "instruments", "records"},
    "instruments": {"knowledge"},
    "records": {"knowledge", "instruments"},
    "omop": {"knowledge", "records"},
    "opioids": {"knowledge", "records"},
    "engine": {"knowledge", "records"},
    "planning": {"knowledge", "instruments", "records", "opioids", "engine"},
    "report": {"knowledge", "instruments", "records", "opioids", "planning"},
    "paperwork": {"knowledge", "records", "planning", "report"},
    "screening": {
        "knowledge",
        "instruments",
        "records",
        "omop",
        "opioids",
        "engine",
        "planning",
        "report",
    },
    "exporting": set(),
    "fhirserver": set(),
    "hooks": {"fhirserver", "knowledge", "records", "opioids", "planning", "report"},
    "cluster": {"knowledge", "records", "omop", "engine", "planning", "screening"},
    "examples": set(),
    "cohort": {"knowledge"},
    "serve": {
        "knowledge",
        "instruments",
        "records",
        "opioids",
        "engine",
        "planning",
        "report",
        "paperwork",
        "examples",
        "hooks",
        "exporting",
        "fhirserver",
    },
}
"""Storey -> storeys below it that it may know. The command line may know all of them."""

FINER = {
    "engine": {"painpath.records": {"painpath.records.facts"}},
    "opioids": {"painpath.records": {"painpath.records.facts"}},
    "serve": {
        "painpath.engine": {"painpath.engine.engine", "painpath.engine.together"},
        "painpath.exporting": {"painpath.exporting.keys", "painpath.exporting.errors"},
    },
    "planning": {
        "painpath.engine": {
            "painpath.engine.engine",
            "painpath.engine.asking",
            "painpath.engine.holds",
        }
    },
}
"""Where a storey may know only some modules of one below: facts are the seam, not reading."""

INSIDE = {
    "serve/store": {"people", "guard", "trail", "charts", "desk", "pages"},
    "serve/people": {"guard", "trail", "charts", "desk", "pages"},
    "serve/trail": {"guard", "charts", "desk", "pages"},
    "serve/charts": {"people", "guard", "trail", "desk", "pages"},
    "serve/desk": {"people", "guard", "trail", "pages"},
    "serve/guard": {"charts", "desk", "pages"},
    "serve/forms": {"guard", "desk", "pages"},
    "serve/smart": {"guard", "charts", "trail", "desk", "pages"},
}
"""Part of a storey -> parts of it that it does not know: pages know all, nobody knows pages."""

MAY_CONNECT = {
    "fhirserver": "asks the FHIR servers and the identity provider that are set up",
    "omop/postgres.py": "reads the database that the user names",
    "exporting": "fetches from the server that the user names",
    "serve/charts/servers.py": "looks up the address of a server that is connected",
    "serve/running.py": "listens where the settings say",
    "serve/forms/notifying.py": "tells another system of safety alerts, if one is set up",
    "hooks/keys.py": "public keys of record systems",
}
"""Storeys and modules that may open or take a connection, and why."""

NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx2", "psycopg", "requests", "smtplib",
    "socket", "ssl", "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc",
}  # fmt: skip

LONGEST = 400
"""Lines of a module; more wants a reason below."""

MAY_BE_LONGER = {
    "records/resources.py": "one struct per FHIR resource, a table rather than a program",
    "knowledge/schema.py": "the whole shape of a knowledge file, read as one page",
    "knowledge/rules.py": "knowledge into rows, one builder that shares its keys",
    "planning/plan.py": "the whole shape of a plan, read as one page",
    "knowledge/vocabulary.py": "all ways to look up a code or a word",
}


FHIR_SHAPES = {"records/resources.py", "records/datatypes.py"}
"""Structs named as FHIR names them, documented by FHIR."""


def name(path: Path) -> str:
    """`records/values.py`."""
    return path.relative_to(SOURCES).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports, wherever in it, type checking included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: relative import"
            module = node.module or ""
            whole = {alias.name for alias in node.names}
            inner = SOURCES.joinpath(*module.split(".")[1:])
            if module.startswith("painpath") and inner.is_dir():
                yield from (
                    f"{module}.{each}" if _is_module(inner, each) else module for each in whole
                )
            else:
                yield module


def _is_module(folder: Path, each: str) -> bool:
    return (folder / f"{each}.py").exists() or (folder / each).is_dir()


def storey(path: Path) -> str:
    """The folder of the package in which a file lies; files beside them are the rim."""
    parts = path.relative_to(SOURCES).parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_run_downwards(path: Path) -> None:
    here = storey(path)
    if here not in MAY_IMPORT:
        assert here in ("", "cli"), f"{here}: a new storey; say in MAY_IMPORT what it may know"
        return
    for module in imported(path):
        parts = module.split(".")
        if parts[0] != "painpath" or len(parts) == 1:
            continue
        assert parts[1] == here or parts[1] in MAY_IMPORT[here], f"{name(path)} imports {module}"
        for below, allowed in FINER.get(here, {}).items():
            if module == below or module.startswith(f"{below}."):
                assert module in allowed, f"{name(path)} imports {module}"


@pytest.mark.parametrize("part", sorted(INSIDE))
def test_parts_of_a_storey_know_only_what_is_below_them(part: str) -> None:
    above = {f"painpath.{part.partition('/')[0]}.{other}" for other in INSIDE[part]}
    for path in MODULES:
        if name(path).startswith(f"{part}/"):
            for module in imported(path):
                assert ".".join(module.split(".")[:3]) not in above, (
                    f"{name(path)} imports {module}"
                )


def test_the_graph_of_storeys_has_no_circle() -> None:
    for here, below in MAY_IMPORT.items():
        assert all(here not in MAY_IMPORT[other] for other in below)


def test_the_page_on_the_packages_says_the_same() -> None:
    page = SOURCES.parents[1] / "docs" / "explanation" / "architecture.md"
    rows = re.findall(
        r"^\| `(\w+)` \|.*\| (.+) \|$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {here: set(re.findall(r"`(\w+)`", below)) for here, below in rows} == MAY_IMPORT


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_opens_a_connection(path: Path) -> None:
    # `urllib.parse` takes addresses apart; it opens nothing.
    modules = set(imported(path)) - {"urllib.parse"}
    connects = {module.split(".")[0] for module in modules} & NETWORK
    assert not connects or {storey(path), name(path)} & MAY_CONNECT.keys()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_are_short_and_say_what_lives_in_them(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST or name(path) in MAY_BE_LONGER, f"{name(path)}: {lines} lines"
    if tree(path).body:
        assert ast.get_docstring(tree(path)), f"{name(path)}: no docstring"


def at_once(path: Path) -> Iterator[str]:
    """Modules of ours that are imported when a module is: not inside functions, not for types."""
    for node in tree(path).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = SOURCES.joinpath(*node.module.split(".")[1:])
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if _is_module(inner, alias.name) else node.module


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {
        ".".join(("painpath", *path.relative_to(SOURCES).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in MODULES
    }
    # The rim imports what it hands on when it is asked for it.
    graph = {
        each: {other for other in at_once(path) if other in names and other != each}
        for each, path in names.items()
    }
    order = list(TopologicalSorter(graph).static_order())
    assert len(order) == len(names) > 100


def test_every_package_says_what_lives_in_it() -> None:
    folders = {path.parent for path in MODULES}
    # Alembic reads its folder file by file: it is no package.
    folders -= {path for path in folders if "migrations" in path.parts}
    silent = [
        name(folder)
        for folder in sorted(folders)
        if not (folder / "__init__.py").exists()
        or not ast.get_docstring(tree(folder / "__init__.py"))
    ]
    assert not silent


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_what_others_use_has_a_docstring(path: Path) -> None:
    missing = [
        node.name
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not (isinstance(node, ast.ClassDef) and name(path) in FHIR_SHAPES)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert not missing


# --- medicine stands in the knowledge ------------------------------------------------------------

CODES = re.compile(
    r"""(?x) (?<![\w.-]) (?:
      [A-TV-Z]\d[0-9AB] \. [0-9A-Z]{1,4}          # ICD-10-CM with its dot
    | (?: 0[0-9] | 2[0-9] | 6[0-9] | 7[0-9] | 9[0-9] ) \d{3} (?: -[A-Z0-9]{2} )?   # CPT
    | [CGJLQ]\d{4}                                # HCPCS
    | \d{3,5}-\d                                  # LOINC
    | \d{6,18}                                    # SNOMED CT
    ) (?![\w.-])"""
)

CODES_IN_PYTHON = {
    # Answers, qualifiers and sites of FHIR itself, which say yes or no and left or right.
    "records/values.py": "coded yes and no answers",
    "records/places.py": "left, right, both, and the two lateralised knee sites of the contract",
    "report/fhir.py": "how a referral is coded; it decides nothing",
    "serve/trail/fhir.py": "kinds of audit events, by DICOM; nothing of medicine",
    "paperwork/pas.py": "code systems of a payer's request; it decides nothing",
}
"""Modules that may hold codes, and why. Everything else is looked up in the vocabulary."""


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a module that is not a docstring (examples there help the reader)."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    # A string below an attribute documents it.
    docs |= {id(n.value) for n in ast.walk(tree(path)) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_code_of_a_terminology_stands_in_python(path: Path) -> None:
    found = [(line, text) for line, text in strings(path) if CODES.search(text)]
    assert not found or name(path) in CODES_IN_PYTHON, f"{name(path)}: {found}"


def test_the_list_of_exceptions_is_not_longer_than_needed() -> None:
    used = {name(path) for path in MODULES for _, text in strings(path) if CODES.search(text)}
    assert used >= set(CODES_IN_PYTHON)


@cache
def knowledge_ids() -> frozenset[str]:
    """Ids of drugs, problems, options and policies."""
    found: set[str] = set()
    for file in (SOURCES / "knowledge" / "base").rglob("*.yaml"):
        content = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
        for section in ("problems", "options", "policies"):
            found.update(item["id"] for item in content.get(section) or ())
        for rules in content.get("hold_rule_sets") or ():
            found.update(hold["drug"] for hold in rules["holds"])
    for file in (SOURCES / "opioids" / "base").rglob("*.yaml"):
        content = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
        for drug in content.get("drugs") or () if isinstance(content, dict) else ():
            if isinstance(drug, dict) and "id" in drug:
                found.add(drug["id"])
    assert len(found) > 100
    # Words that are ordinary English as well.
    return frozenset(found - {"clinical"})


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in MODULES
        # The cohort's truth is a second reading of named rules, by which the engine is scored.
        if storey(p) not in ("examples", "cli") and not name(p).startswith("cohort/truth/")
    ],
    ids=name,
)
def test_no_drug_problem_option_or_policy_is_named_in_python(path: Path) -> None:
    named = [(line, text) for line, text in strings(path) if text in knowledge_ids()]
    assert not named
