"""Anything that the interface's own description allows, and much that it does not: never a 500."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from painpath.serve.desk.desk import Desk
from painpath.serve.people import accounts
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from tests.serve.world import TODAY, World, made, name

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

pytestmark = pytest.mark.slow
OFTEN = 100_000


@pytest.fixture(scope="module")
def generous(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Limits so wide that they do not hide what lies behind them."""
    folder = tmp_path_factory.mktemp("interface")
    terms = Settings(
        data_folder=str(folder), today=TODAY, sign_in_attempts=OFTEN, uploads=OFTEN, upload_mb=1
    )
    return made(Store(terms.database), desk, terms)


GENTLY = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_no_request_breaks_the_service(generous: World) -> None:
    described = schemathesis.openapi.from_asgi("/openapi.json", generous.app)
    asked: dict[str, set[int]] = {}
    for found in described.get_all_operations():
        if found.ok().path != "/sign-out":
            _ask(generous, found.ok(), asked)
    assert len(asked) > 20
    assert any(200 in codes for codes in asked.values()), "some of it was understood"


def _ask(world: World, operation: Any, asked: dict[str, set[int]]) -> None:
    by_admin = operation.path.startswith(("/people", "/trail", "/fhir-server"))
    role = Role.admin if by_admin else Role.clinician
    with world.store.writing() as work:
        # An operation before this one may have closed it.
        accounts.add(work, name(role, "North"), role, accounts.clinic(work, "North"))
    client = world.client(role)
    cookies = {"painpath": client.cookies["painpath"]}
    headers = {"x-form-token": client.headers["x-form-token"]}

    @GENTLY
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        if "patient" in (case.path_parameters or {}):
            case.path_parameters["patient"] = world.patients["North"]
        answer = case.call(cookies=cookies, headers=headers)
        asked.setdefault(operation.label, set()).add(answer.status_code)
        assert answer.status_code < 500, operation.label

    ask()
    client.close()


def test_the_description_names_every_open_route(generous: World) -> None:
    """What an interface hides from its description is not tested: only static files are."""
    described = set(generous.app.openapi()["paths"])
    from painpath.serve.guard import routes

    hidden = {route.path for route in routes.all_routes(generous.app.routes)} - described
    assert hidden == {"/openapi.json", "/static/{version}/{name}", "/knowledge/{page:path}"}
