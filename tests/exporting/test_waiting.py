"""How long is waited, how often is asked again, and what is not asked again."""

from __future__ import annotations

import datetime
import email.utils

import httpx2
import pytest

from painpath.exporting.errors import ServerError
from painpath.exporting.sayings import LONGEST_WAIT, passes, retry_after
from painpath.exporting.talking import Patience, Pauses, Talk
from tests.exporting.server import outcome


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("7", 7),
        ("0", 0),
        ("-5", 0),
        # A server that gives the number of a date, in seconds or thousandths, by mistake.
        ("1795000000", LONGEST_WAIT),
        ("1795000000000", LONGEST_WAIT),
    ],
)
def test_the_servers_wish_is_heard(said: str | None, seconds: float | None) -> None:
    headers = {} if said is None else {"Retry-After": said}
    assert retry_after(httpx2.Response(429, headers=headers)) == seconds


@pytest.mark.parametrize(("ahead", "seconds"), [(90, 90), (-900, 0), (10**6, LONGEST_WAIT)])
def test_the_servers_wish_may_be_a_date(ahead: int, seconds: float) -> None:
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=ahead)
    headers = {"Retry-After": email.utils.format_datetime(then)}
    found = retry_after(httpx2.Response(429, headers=headers))
    assert found == pytest.approx(seconds, abs=5)


@pytest.mark.parametrize(
    ("status", "body", "again"),
    [
        (429, None, True),
        (503, None, True),
        (502, None, True),
        (504, outcome("exception", "x"), True),
        (500, None, True),
        (500, outcome("transient", "x"), True),
        (500, outcome("exception", "x"), False),
        (501, None, False),
        (400, outcome("transient", "x"), False),
        (404, None, False),
    ],
)
def test_what_may_help_is_asked_again(status: int, body: object, again: bool) -> None:
    assert passes(httpx2.Response(status, json=body)) is again


def test_waits_grow_and_end() -> None:
    waits: list[float] = []
    pauses = Pauses(Patience(times=5, first=1, longest=6), waits.append)
    why = ServerError("why")
    for _ in range(5):
        pauses.again(why)
    for wait, most in zip(waits, (1, 2, 4, 6, 6), strict=True):
        assert most / 2 <= wait <= most
    with pytest.raises(ServerError, match="why"):
        pauses.again(why)
    pauses.forget()
    pauses.again(why, asked=42)
    assert waits[-1] == 42


def answers(*responses: httpx2.Response | Exception) -> tuple[Talk, list[httpx2.Request]]:
    """A talk with a server that answers so, in this order."""
    left, asked = list(responses), []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Talk(patience=Patience(times=2, first=0.001), client=client), asked


def test_a_connection_that_does_not_come_about_is_tried_again() -> None:
    talk, asked = answers(
        httpx2.ConnectError("refused"), httpx2.ReadTimeout("x"), httpx2.Response(200)
    )
    assert talk.get("https://a/b").status_code == 200
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (httpx2.ConnectError("refused"), r"https://a/b: no connection \(refused\)"),
        (httpx2.ReadTimeout("x"), "https://a/b: no answer in time"),
        (httpx2.RemoteProtocolError("x"), "https://a/b: the connection broke off"),
    ],
)
def test_patience_ends_in_one_sentence_without_the_query(error: Exception, why: str) -> None:
    talk, _ = answers(error, error, error)
    with pytest.raises(ServerError, match=why) as caught:
        talk.get("https://a/b?patient=123")
    assert "123" not in str(caught.value)


def test_a_refusal_is_not_tried_again() -> None:
    talk, asked = answers(httpx2.Response(403))
    assert talk.get("https://a/b").status_code == 403
    assert len(asked) == 1
