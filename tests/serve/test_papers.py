"""Letter, packet and handout from the service: what they are, for whom, and what the trail says."""

from __future__ import annotations

import json
import re

import pytest

from painpath.serve.people.roles import Role
from tests.serve.world import World


def address(world: World, paper: str) -> str:
    return f"/patients/{world.patients['North']}/{paper}"


def offered(world: World, role: Role, part: str) -> list[str]:
    """Addresses of papers on the patient's page."""
    page = world.client(role).get(f"/patients/{world.patients['North']}").text
    found = [piece.split('"')[0] for piece in page.split('href="')[1:]]
    return [each.replace("&amp;", "&") for each in found if f"/{part}?" in each]


@pytest.mark.parametrize("part", ["letter", "packet", "handout"])
def test_every_paper_that_the_page_offers_is_there(world: World, part: str) -> None:
    links = offered(world, Role.clinician, part)
    assert links
    client = world.client(Role.clinician)
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200, link
        kind = answer.headers["content-type"].split(";")[0]
        if "form=pdf" in link:
            assert kind == "application/pdf" and answer.content.startswith(b"%PDF-")
        elif "form=fhir" in link:
            assert kind == "application/fhir+json" and json.loads(answer.content)["resourceType"]
        else:
            assert kind == "text/html" and "script-src" not in answer.headers
            ways = re.findall(r'<a href="([^"]+)">', answer.text.split("</nav>")[0])
            back, paper = (client.get(way.replace("&amp;", "&")) for way in ways)
            assert 'id="plan"' in back.text and paper.content.startswith(b"%PDF-")
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "no-store" in answer.headers["cache-control"]


def test_prior_authorisation_staff_are_offered_requests_and_no_letters(world: World) -> None:
    assert offered(world, Role.prior_auth, "packet")
    assert not offered(world, Role.prior_auth, "letter")


def test_the_form_that_a_payer_answers_is_a_questionnaire(world: World) -> None:
    link = offered(world, Role.clinician, "packet")[0].replace("/packet?", "/packet/questionnaire?")
    found = world.client(Role.clinician).get(link).json()
    assert found["resourceType"] == "Questionnaire" and found["item"]


@pytest.mark.parametrize("paper", ["letter?option=nothing", "packet?option=nothing"])
def test_an_option_that_is_not_there_is_one_sentence(world: World, paper: str) -> None:
    answer = world.client(Role.clinician).get(address(world, paper))
    assert answer.status_code == 404 and "Traceback" not in answer.text


def test_a_patients_own_handout_is_as_of_today(world: World) -> None:
    client = world.client(Role.patient)
    assert client.get(address(world, "handout?as_of=2020-01-01")).status_code == 200


def test_writing_stands_in_the_trail(world: World) -> None:
    before = len(world.trail())
    world.client(Role.clinician).get(address(world, "letter"))
    acts = [row.act for row in world.trail()[before:]]
    assert "write-letter" in acts
