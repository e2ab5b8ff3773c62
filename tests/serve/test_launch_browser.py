"""A launch in a browser: its cookies, its redirects, and a plan at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from painpath.serve.app import create_app
from painpath.serve.desk.desk import Desk
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.smart.server import SmartServer
from painpath.serve.store.opening import Store
from tests.serve import ehr as record_system
from tests.serve.ehr import CHART, CLIENT, PERSON, Ehr
from tests.serve.served import answering, bound
from tests.serve.world import TODAY, made

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def ehr() -> Iterator[Ehr]:
    with record_system.running() as started:
        yield started


@pytest.fixture(scope="module")
def address(ehr: Ehr, desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service, connected with the record system, on a port of its own."""
    held, port = bound()
    server = SmartServer(
        iss=ehr.iss, client_id=CLIENT, clinic="North", name="Example EHR", create=Role.clinician
    )
    settings = Settings(
        data_folder=str(tmp_path_factory.mktemp("launch")),
        port=port,
        today=TODAY,
        smart_servers=[server],
    )
    store = Store(settings.database)
    made(store, desk, settings)
    ehr.back = f"{settings.address}/launch/back"
    app = create_app(settings, store=store, desk=desk)
    with answering(app, held):
        yield settings.address
    store.close()


def test_from_a_chart_and_from_the_sign_in_page(address: str, ehr: Ehr, browser: Any) -> None:
    for by in ("chart", "page"):
        page = browser.new_context().new_page()
        if by == "chart":
            page.goto(f"{address}/launch?{urlencode({'iss': ehr.iss, 'launch': CHART})}")
        else:
            page.goto(f"{address}/sign-in")
            page.click("text=Choose a patient in Example EHR")
        page.wait_for_selector("#plan")
        assert page.url.startswith(f"{address}/patients/") and "?" not in page.url
        assert "Genicular nerve radiofrequency ablation" in page.inner_text("#plan")
        assert PERSON in page.inner_text(".who-in")
        kept = {cookie["name"]: cookie for cookie in page.context.cookies()}
        assert all(cookie["httpOnly"] for cookie in kept.values())
        assert kept["painpath-launch"]["sameSite"] == "Lax"
        page.context.close()
