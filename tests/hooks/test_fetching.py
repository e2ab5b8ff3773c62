"""What was not sent is fetched: from servers that are named, page by page, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx2
import msgspec
import pytest

from painpath.hooks.catalogue import BY_ID
from painpath.hooks.fetching import Fetcher, Limits
from painpath.hooks.prefetch import Gathered, gather
from painpath.hooks.request import HookRequest, parse
from tests.hooks.asking import Json, asked, example, prefetched, searchset
from tests.loops import Skipped

RECORD = example("example-01")
SERVER = "https://ehr.example.org/fhir"
ACCESS = {
    "access_token": "t0ken",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/*.read",
    "subject": "painpath",
}
Handler = Callable[[httpx2.Request], httpx2.Response]


def request_without(*keys: str, **more: object) -> HookRequest:
    prefetch = {k: v for k, v in prefetched(RECORD).items() if k not in keys}
    request = {
        **asked("patient-view", RECORD),
        "prefetch": prefetch,
        "fhirServer": SERVER,
        "fhirAuthorization": ACCESS,
        **more,
    }
    request = {key: value for key, value in request.items() if value is not None}
    return parse(msgspec.json.encode(request), BY_ID["painpath-patient-view"])


def fetched(
    handler: Handler,
    request: HookRequest,
    servers: tuple[str, ...] = (SERVER,),
    limits: Limits | None = None,
) -> Gathered:
    fetcher = Fetcher(limits or Limits(), httpx2.MockTransport(handler))
    return asyncio.run(fetcher.fetch(request, gather(request), servers))


def nothing(request: httpx2.Request) -> httpx2.Response:
    raise AssertionError(f"nothing should be fetched, but {request.url} was")


def whole(gathered: Gathered) -> list[Json]:
    return [msgspec.json.decode(each.data) for each in gathered.resources]


def found(*resources: Json, **more: object) -> httpx2.Response:
    return httpx2.Response(200, json={**searchset(list(resources)), **more})


CONDITION: Json = {"resourceType": "Condition", "id": "fetched"}


def test_what_was_not_sent_is_fetched_with_the_token() -> None:
    calls: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        calls.append(request)
        return found(CONDITION)

    request = request_without("conditions")
    answer = fetched(handler, request)
    assert answer.lacking == [] and CONDITION in whole(answer)
    (call,) = calls
    assert str(call.url) == f"{SERVER}/Condition?patient={request.patient}"
    assert call.headers["authorization"] == "Bearer t0ken"
    assert call.headers["accept"] == "application/fhir+json"


def test_what_was_sent_is_not_fetched() -> None:
    assert fetched(nothing, request_without()).lacking == []


def test_nothing_is_fetched_from_a_server_that_is_not_named() -> None:
    request = request_without("conditions")
    for servers in ((), ("https://other.example.org/fhir",), ("https://ehr.example.org",)):
        assert [q.key for q in fetched(nothing, request, servers).lacking] == ["conditions"]


def test_nothing_is_fetched_without_a_token() -> None:
    request = request_without("conditions", fhirAuthorization=None)
    assert [q.key for q in fetched(nothing, request).lacking] == ["conditions"]


def test_pages_are_followed() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        page = int(request.url.params.get("page", "1"))
        more = f"{SERVER}?page={page + 1}"
        link = [{"relation": "next", "url": more}] if page < 3 else []
        return found({**CONDITION, "id": f"c{page}"}, link=link)

    answer = fetched(handler, request_without("conditions"))
    assert [r.key for r in answer.resources if r.key in ("c1", "c2", "c3")] == [
        "c1",
        "c2",
        "c3",
    ]


def test_pages_are_followed_only_where_they_began() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "ehr.example.org"
        return found(CONDITION, link=[{"relation": "next", "url": "https://evil.example.org/2"}])

    assert fetched(handler, request_without("conditions")).lacking


def test_pages_without_end_are_given_up() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        return found(CONDITION, link=[{"relation": "next", "url": f"{SERVER}?page=2"}])

    assert fetched(handler, request_without("conditions"), limits=Limits(pages=3)).lacking


OUTCOME: Json = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(401),
        httpx2.Response(500, text="<html>"),
        httpx2.Response(302, headers={"location": "http://169.254.169.254/"}),
        httpx2.Response(200, text="not json"),
        httpx2.Response(200, json=[1]),
        httpx2.Response(200, json=OUTCOME),
        httpx2.Response(200, json={"resourceType": "Bundle", "entry": [{"resource": OUTCOME}]}),
        httpx2.Response(200, content=b"[" * 200_000),
    ],
)
def test_what_does_not_work_stays_lacking(response: httpx2.Response) -> None:
    answer = fetched(lambda _: response, request_without("conditions"))
    assert [q.key for q in answer.lacking] == ["conditions"]


def test_a_server_that_cannot_be_reached_leaves_it_lacking() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    assert fetched(handler, request_without("conditions")).lacking


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    response = httpx2.Response(200, content=b" " * 2000)
    limits = Limits(page_bytes=1000)
    assert fetched(lambda _: response, request_without("conditions"), limits=limits).lacking


def test_all_answers_together_are_limited() -> None:
    request = request_without("conditions", "observations", "procedures")
    blanks = b" " * 1000

    def handler(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=msgspec.json.encode(searchset([CONDITION])) + blanks)

    lacking = fetched(handler, request, limits=Limits(most_bytes=2800)).lacking
    assert len(lacking) == 1


def test_a_next_page_that_nobody_names_leaves_it_lacking() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        return found(CONDITION, link=[{"relation": "next"}])

    assert fetched(handler, request_without("conditions")).lacking


def test_the_patient_is_read_by_id() -> None:
    patient = {"resourceType": "Patient", "id": request_without().patient}

    def handler(request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == f"{SERVER}/Patient/{patient['id']}"
        return httpx2.Response(200, json=patient)

    assert fetched(handler, request_without("patient")).lacking == []
    patient["resourceType"] = "Group"
    assert fetched(handler, request_without("patient")).lacking


@pytest.mark.parametrize("server", ["http://ehr.example.org/fhir", "http://10.0.0.1/fhir"])
def test_no_token_goes_over_a_line_that_others_can_read(server: str) -> None:
    request = request_without("conditions", fhirServer=server)
    assert fetched(nothing, request, (server,)).lacking


def test_a_slow_server_costs_only_what_it_did_not_answer() -> None:
    limits = Limits()

    async def handler(request: httpx2.Request) -> httpx2.Response:
        slow = "Observation" in str(request.url)
        await asyncio.sleep(limits.seconds + 0.1 if slow else limits.seconds - 0.1)
        return found(CONDITION)

    fetcher = Fetcher(limits, httpx2.MockTransport(handler))
    request = request_without("conditions", "observations")
    with asyncio.Runner(loop_factory=Skipped) as runner:
        answer = runner.run(fetcher.fetch(request, gather(request), (SERVER,)))
    assert [q.key for q in answer.lacking] == ["observations"]
    assert CONDITION in whole(answer)
