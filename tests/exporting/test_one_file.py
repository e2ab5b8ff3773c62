"""One file fetched: what is here is only gone on with if it is the same file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from painpath.exporting.downloading import Wanted, fetch
from painpath.exporting.errors import GoneError, ServerError
from painpath.exporting.talking import Patience, Talk

DATA = b"0123456789" * 10
Answer = Callable[[httpx2.Request], httpx2.Response]


class Broken(httpx2.SyncByteStream):
    """Some bytes, then nothing more."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self):  # type: ignore[no-untyped-def]
        yield self._data
        raise httpx2.ReadError("gone")


def fetched(path: Path, *answers: Answer) -> list[httpx2.Request]:
    """Fetch from a server that answers so, in this order; what it was asked."""
    left, asked = list(answers), []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return left.pop(0)(request)

    client = httpx2.Client(transport=httpx2.MockTransport(answer))
    with Talk(patience=Patience(times=2, first=0.001), client=client) as talk:
        fetch(talk, Wanted("x", path, token=False, packed=True), "https://a/x", lambda size: None)
    return asked


def breaks(at: int, **headers: str) -> Answer:
    """The file, until the connection breaks off."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda request: httpx2.Response(200, headers=named, stream=Broken(DATA[:at]))


def whole(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, stream=httpx2.ByteStream(DATA))


def rest(request: httpx2.Request, total: str = "100") -> httpx2.Response:
    """The range that was asked for."""
    begin = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
    headers = {"Content-Range": f"bytes {begin}-99/{total}"}
    return httpx2.Response(206, headers=headers, stream=httpx2.ByteStream(DATA[begin:]))


@pytest.mark.parametrize(
    ("headers", "condition"),
    [
        ({"etag": '"a"', "content_length": "100"}, '"a"'),
        ({"etag": 'W/"a"', "last_modified": "Sat, 01 Nov 2025 00:00:00 GMT"}, "Sat, 01 Nov"),
        ({"content_length": "100"}, None),
    ],
)
def test_it_goes_on_where_it_broke_off(
    tmp_path: Path, headers: dict[str, str], condition: str | None
) -> None:
    _, second = fetched(tmp_path / "x", breaks(37, **headers), rest)
    assert second.headers["range"] == "bytes=37-"
    assert second.headers.get("if-range", "").startswith(condition or "")
    assert ("if-range" in second.headers) == (condition is not None)
    assert (tmp_path / "x").read_bytes() == DATA


def test_a_total_that_is_not_known_does_not_matter(tmp_path: Path) -> None:
    fetched(tmp_path / "x", breaks(37, etag='"a"'), lambda request: rest(request, "*"))
    assert (tmp_path / "x").read_bytes() == DATA


def test_without_anything_to_tell_versions_apart_it_begins_anew(tmp_path: Path) -> None:
    _, second = fetched(tmp_path / "x", breaks(37), whole)
    assert "range" not in second.headers
    assert (tmp_path / "x").read_bytes() == DATA


@pytest.mark.parametrize(
    "other",
    [
        lambda request: rest(request, "101"),
        lambda request: httpx2.Response(206, headers={"Content-Range": "bytes 5-99/100"}),
        lambda request: httpx2.Response(206),
        lambda request: httpx2.Response(416),
    ],
    ids=["other-size", "other-range", "no-range", "not-satisfiable"],
)
def test_another_version_is_not_put_behind_the_first(tmp_path: Path, other: Answer) -> None:
    headers = {"etag": '"a"', "content_length": "100"}
    *_, last = fetched(tmp_path / "x", breaks(37, **headers), other, whole)
    assert "range" not in last.headers
    assert (tmp_path / "x").read_bytes() == DATA


def test_a_file_that_was_whole_already_is_whole(tmp_path: Path) -> None:
    headers = {"etag": '"a"', "content_length": "100"}
    fetched(tmp_path / "x", breaks(100, **headers), lambda request: httpx2.Response(416))
    assert (tmp_path / "x").read_bytes() == DATA


def test_less_than_announced_is_not_enough(tmp_path: Path) -> None:
    def short(request: httpx2.Request) -> httpx2.Response:
        headers = {"Content-Length": "100"}
        return httpx2.Response(200, headers=headers, stream=httpx2.ByteStream(DATA[:40]))

    with pytest.raises(ServerError, match="x: the connection broke off"):
        fetched(tmp_path / "x", short, short, short, short)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_address_that_expired_is_told_apart(tmp_path: Path, status: int) -> None:
    with pytest.raises(GoneError):
        fetched(tmp_path / "x", lambda request: httpx2.Response(status))


def test_a_packing_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    headers = {"Content-Encoding": "br"}
    with pytest.raises(ServerError, match="packed it in a way nobody asked for"):
        fetched(tmp_path / "x", lambda request: httpx2.Response(200, headers=headers))
