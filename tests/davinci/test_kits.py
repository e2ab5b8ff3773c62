"""The kits' own fixtures, where they are at hand, with the verdict that their names carry.

Set PAINPATH_DAVINCI_KITS to a folder that holds the repositories davinci-crd-test-kit,
davinci-pas-test-kit and davinci-dtr-test-kit of inferno-framework.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from painpath.hooks.catalogue import BY_ID
from painpath.hooks.request import parse
from tests.davinci import crd, dtr, pas
from tests.hooks.asking import Json, answered

_FOLDER = os.environ.get("PAINPATH_DAVINCI_KITS", "")
pytestmark = pytest.mark.skipif(not _FOLDER, reason="PAINPATH_DAVINCI_KITS is not set")


def fixture(kit: str, name: str) -> Any:
    path = Path(_FOLDER) / f"davinci-{kit}-test-kit" / "spec" / "fixtures" / f"{name}.json"
    return msgspec.json.decode(path.read_bytes())


@pytest.mark.parametrize("kind", ["", "_multiple_items", "_uuid"])
def test_conformant_requests(kind: str) -> None:
    assert pas.structure(fixture("pas", f"conformant_pas_bundle_v110{kind}")) == []


@pytest.mark.parametrize(
    "name",
    [
        "nonconformant_pas_bundle_v110",
        "missing_referenced_resource_request_bundle",
        "invalid_first_entry_response_bundle",
        "pas_claim",
    ],
)
def test_requests_that_are_not(name: str) -> None:
    assert pas.structure(fixture("pas", name)) != []


@pytest.mark.parametrize(
    "name", ["questionnaire_response_conformant", "dinner_questionnaire_response_conformant"]
)
def test_conformant_forms(name: str) -> None:
    assert dtr.faults(fixture("dtr", name)) == []


def test_a_form_without_answers() -> None:
    assert dtr.faults(fixture("dtr", "dinner_questionnaire_response_missing_answers")) != []


def test_valid_answers_of_a_service() -> None:
    assert crd.faults(fixture("crd", "crd_authorization_hook_response")) == []
    assert crd.faults({"cards": fixture("crd", "valid_cards")}) == []
    for name in ("conditional", "covered"):
        action = fixture("crd", f"coverage_info_system_action_{name}")
        assert crd.faults({"cards": [], "systemActions": [action]}) == []


@pytest.mark.parametrize("hook", ["order-select", "order-sign", "appointment-book"])
def test_requests_of_our_hooks_are_answered(hook: str) -> None:
    request: Json = fixture("crd", f"{hook.replace('-', '_')}_hook_request")
    assert parse(msgspec.json.encode(request), BY_ID[f"painpath-{hook}"]).drafts
    key = request["context"]["patientId"]
    keys = dict.fromkeys(
        ("conditions", "procedures", "medications", "observations", "coverage"), None
    )
    prefetch = {"patient": {"resourceType": "Patient", "id": key}, **keys}
    reply = answered({**request, "prefetch": prefetch}).response
    assert crd.faults(msgspec.json.decode(reply.to_json())) == []
