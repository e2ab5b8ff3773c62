"""Searches bring every page or say why not, and a server gets no more than it should."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from painpath.fhirserver.blocking import finished
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.limits import Limits
from painpath.fhirserver.server import Found, connected
from tests.loops import Skipped

BASE = "https://ehr.example.org/fhir"
Handler = Callable[[httpx2.Request], httpx2.Response]
LIMITS = Limits(seconds=600, most_bytes=1 << 20, pages=5)


def paged(number: int, *links: str, patient: str = "1") -> httpx2.Response:
    """A page with one condition."""
    subject = {"reference": f"Patient/{patient}"}
    condition = {"resourceType": "Condition", "id": f"c{number}", "subject": subject}
    link = [{"relation": "next", "url": each} for each in links]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": condition}], "link": link}
    return httpx2.Response(200, json=bundle)


def searched(
    handler: Handler, limits: Limits = LIMITS, base: str = BASE, token: str | None = "t0ken"
) -> Found:
    async def work() -> Found:
        transport = httpx2.MockTransport(handler)
        async with connected(base, limits, token, transport) as server:
            return await server.search("Condition?patient=1", "1")

    return finished(work())


def ids(found: Found) -> list[str | None]:
    return [each.id for each in found.entries]


def why(found: Found) -> Why | None:
    return None if found.error is None else found.error.why


def number(request: httpx2.Request) -> int:
    return int(request.url.params.get("page", "1"))


def test_every_page_is_read_with_the_token() -> None:
    asked: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        page = number(request)
        return paged(page, *([f"{BASE}?page={page + 1}"] if page < 3 else []))

    found = searched(handler)
    assert ids(found) == ["c1", "c2", "c3"] and found.error is None and found.pages == 3
    assert {each.headers["authorization"] for each in asked} == {"Bearer t0ken"}
    assert {each.headers["accept"] for each in asked} == {"application/fhir+json"}


def test_without_a_token_none_is_shown() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert "authorization" not in request.headers
        return paged(1)

    assert searched(handler, token=None, base="http://fhir.example.org").error is None


def test_a_token_goes_over_no_line_that_others_can_read() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError("nothing may be sent")

    assert why(searched(handler, base="http://ehr.example.org/fhir")) is Why.open_line


def test_what_is_another_patients_is_left_out() -> None:
    assert searched(lambda _: paged(1, patient="2")).entries == []


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (lambda request: paged(2, "https://evil.example.org/"), Why.elsewhere),
        (lambda request: paged(2, str(request.url)), Why.endless),
        (lambda request: paged(2, f"{BASE}/Condition?patient=1"), Why.endless),
        (lambda request: paged(2, f"{BASE}?page={number(request) + 1}"), Why.endless),
        (lambda request: httpx2.Response(200, text="<html>"), Why.unread),
        (lambda request: httpx2.Response(500), Why.status),
        (lambda request: httpx2.Response(200, content=b" " * (2 << 20)), Why.large),
    ],
)
def test_what_came_before_it_went_wrong_is_kept_and_why_is_told(
    second: Handler, expected: Why
) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "ehr.example.org"
        return paged(1, f"{BASE}?page=2") if number(request) == 1 else second(request)

    found = searched(handler)
    assert why(found) is expected and ids(found)[0] == "c1" and 1 <= found.pages <= 5


@pytest.mark.parametrize(
    ("response", "expected", "status"),
    [
        (httpx2.Response(302, headers={"location": "http://169.254.169.254/"}), Why.status, 302),
        (httpx2.Response(307, headers={"location": f"{BASE}/other"}), Why.status, 307),
        (httpx2.Response(401), Why.status, 401),
        (httpx2.Response(404, json={"resourceType": "OperationOutcome"}), Why.status, 404),
        (httpx2.Response(429, headers={"retry-after": "3600"}), Why.status, 429),
        (httpx2.Response(503, text="<html>busy</html>"), Why.status, 503),
        (httpx2.Response(202), Why.status, 202),
        (httpx2.Response(204), Why.status, 204),
        (httpx2.Response(200, html="<html>sign in</html>"), Why.unread, None),
        (httpx2.Response(200, text='<Bundle xmlns="http://hl7.org/fhir"/>'), Why.unread, None),
        (httpx2.Response(200, json={"resourceType": "OperationOutcome"}), Why.unread, None),
        (httpx2.Response(200, content=b""), Why.unread, None),
    ],
)
def test_an_answer_that_is_none_is_told_by_its_kind(
    response: httpx2.Response, expected: Why, status: int | None
) -> None:
    asked: list[httpx2.URL] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url)
        return response

    found = searched(handler)
    assert why(found) is expected and found.error is not None and found.error.status == status
    assert found.pages == 0 and found.entries == [] and len(asked) == 1
    assert "ehr.example.org" not in str(found.error) and "patient" not in str(found.error)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (httpx2.ConnectError("refused"), Why.silent),
        (httpx2.RemoteProtocolError("nonsense"), Why.silent),
        (httpx2.DecodingError("no gzip"), Why.silent),
        (httpx2.ReadTimeout("slow"), Why.slow),
    ],
)
def test_a_server_that_does_not_answer_is_told_by_its_kind(
    raised: Exception, expected: Why
) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise raised

    assert why(searched(handler)) is expected


def test_a_token_that_cannot_be_sent_is_one_kind_of_reason() -> None:
    assert why(searched(lambda _: paged(1), token="schlüssel")) is Why.silent


def test_one_answer_may_be_limited_more_than_all() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=b" " * 2000)

    limits = Limits(seconds=600, most_bytes=1 << 20, page_bytes=1000)
    assert why(searched(handler, limits)) is Why.large


def test_bytes_and_time_are_of_all_requests_together() -> None:
    big = json.dumps({"resourceType": "Bundle"}).encode() + b" " * 600

    async def work() -> list[Found]:
        limits = Limits(seconds=600, most_bytes=1000)
        transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=big))
        async with connected(BASE, limits, None, transport) as server:
            return [await server.search(f"{kind}?patient=1", "1") for kind in ("A", "B", "C")]

    assert [why(found) for found in finished(work())] == [None, Why.large, Why.large]


def test_when_time_is_up_nothing_more_is_asked() -> None:
    asked = []

    async def slow(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        await asyncio.sleep(30)
        return paged(1)

    async def work() -> list[Found]:
        limits = Limits(seconds=20, most_bytes=1000, at_once=2)
        async with connected(BASE, limits, None, httpx2.MockTransport(slow)) as server:
            return await server.each(lambda kind: server.search(f"{kind}?patient=1", "1"), "ABCD")

    with asyncio.Runner(loop_factory=Skipped) as runner:
        assert [why(found) for found in runner.run(work())] == [Why.slow] * 4
    assert len(asked) == 2


def test_as_many_at_once_as_the_limits_allow_and_in_order() -> None:
    running = most = 0

    async def work() -> list[int]:
        async def one(item: int) -> int:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01 / (item + 1))
            running -= 1
            return item

        async with connected(BASE, Limits(seconds=600, most_bytes=1, at_once=3)) as server:
            return await server.each(one, range(10))

    assert finished(work()) == list(range(10)) and most == 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"resourceType": "Patient", "id": "1"}, None),
        ({"resourceType": "Patient", "id": "2"}, Why.unread),
        ({"resourceType": "OperationOutcome"}, Why.unread),
        ([1], Why.unread),
    ],
)
def test_a_resource_is_the_one_that_was_asked_for(answer: Any, expected: Why | None) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == f"{BASE}/Patient/1"
        return httpx2.Response(200, json=answer)

    async def work() -> bytes:
        async with connected(BASE, LIMITS, None, httpx2.MockTransport(handler)) as server:
            return await server.read("Patient", "1")

    if expected is None:
        assert json.loads(finished(work())) == answer
    else:
        with pytest.raises(AskError) as raised:
            finished(work())
        assert raised.value.why is expected


@pytest.mark.parametrize("id_", ["..", "../Observation", "1?x=y/..", ""])
def test_no_id_leads_elsewhere(id_: str) -> None:
    asked: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return httpx2.Response(404)

    async def work() -> bytes:
        async with connected(BASE, LIMITS, None, httpx2.MockTransport(handler)) as server:
            return await server.read("Patient", id_)

    with pytest.raises(AskError):
        finished(work())
    assert all(path.startswith("/fhir/Patient/") for path in asked)
