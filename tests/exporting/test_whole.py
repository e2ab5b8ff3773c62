"""An export from beginning to end, from servers that are more or less reliable."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import KeySet, RSAKey

from painpath.exporting.errors import FailedError, ServerError, SettingsError
from painpath.exporting.state import WORK
from tests.exporting.conftest import Notes, Serve, contents, export, held, resources
from tests.exporting.server import Ways, outcome


@pytest.mark.parametrize("packs", [True, False], ids=["packed", "plain"])
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no-ranges"])
@pytest.mark.parametrize("tagged", [True, False], ids=["tagged", "untagged"])
def test_everything_arrives_though_every_file_breaks_off_and_the_server_is_busy(
    serve: Serve, tmp_path: Path, *, packs: bool, ranges: bool, tagged: bool
) -> None:
    server = serve(Ways(packs=packs, ranges=ranges, tagged=tagged, drops=2, busy=5, polls=3))
    result = export(server, tmp_path)
    assert resources(tmp_path) == held(server)
    assert result.resources == len(held(server)) == 150
    assert result.files == len(contents(tmp_path)) == 5
    assert all(name.endswith(".gz") == packs for name in contents(tmp_path))
    assert bool(server.ranges) == ranges
    assert server.statuses["files", 429] + server.statuses["files", 503] > 0


def test_the_server_may_forget_the_export_when_all_is_here(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    export(server, tmp_path)
    assert server.jobs == {}
    assert server.asked[-1][0] == "DELETE"


def test_files_are_named_by_type_export_and_place(serve: Serve, tmp_path: Path) -> None:
    export(serve(Ways(packs=False)), tmp_path, packed=True)
    assert list(contents(tmp_path)) == [
        "Condition.001-0001.ndjson",
        "Observation.001-0002.ndjson",
        "Observation.001-0003.ndjson",
        "Observation.001-0004.ndjson",
        "Patient.001-0005.ndjson",
    ]


def test_plain_files_can_be_asked_for(serve: Serve, tmp_path: Path) -> None:
    export(serve(Ways(packs=True)), tmp_path, packed=False)
    assert all(name.endswith(".ndjson") for name in contents(tmp_path))


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({}, "/fhir/$export"),
        ({"patients": True}, "/fhir/Patient/$export"),
        ({"group": "a b"}, "/fhir/Group/a%20b/$export"),
    ],
)
def test_levels(serve: Serve, tmp_path: Path, asked: dict[str, Any], path: str) -> None:
    server = serve()
    export(server, tmp_path, **asked)
    assert urlsplit(server.kick_offs()[0]).path == path


def test_what_is_asked_for_stands_in_the_address(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    filters = ["Observation?code=a,b", "Condition?category=problem-list-item"]
    types = ["Patient", "Condition"]
    export(server, tmp_path, types=types, filters=filters, since="2026-01-01T00:00:00Z")
    assert parse_qs(urlsplit(server.kick_offs()[0]).query) == {
        "_outputFormat": ["application/fhir+ndjson"],
        "_type": ["Patient,Condition"],
        "_since": ["2026-01-01T00:00:00Z"],
        "_typeFilter": filters,
    }
    assert {r["resourceType"] for r in resources(tmp_path)} == {"Patient", "Condition"}


@pytest.mark.parametrize(
    ("has", "types"), [(["Patient", "Basic"], "Patient"), (None, "Condition,Patient")]
)
def test_known_types_are_those_the_server_has(
    serve: Serve, tmp_path: Path, has: list[str] | None, types: str
) -> None:
    server = serve(Ways(known_types=has))
    export(server, tmp_path, types=["known"], known=frozenset({"Patient", "Condition"}))
    assert parse_qs(urlsplit(server.kick_offs()[0]).query)["_type"] == [types]


def test_progress_is_told_in_the_servers_words(serve: Serve, tmp_path: Path) -> None:
    watch = Notes()
    export(serve(Ways(polls=3)), tmp_path, watch=watch)
    assert watch.progress == ["2 steps left", "1 steps left", "0 steps left"]
    files, of, size = watch.files[-1]
    assert files == of == 5
    assert size == sum(map(len, contents(tmp_path).values()))


def test_a_file_with_a_wrong_checksum_is_fetched_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(Ways(damaged=1))
    export(server, tmp_path)
    assert resources(tmp_path) == held(server)
    with pytest.raises(ServerError, match=r"0001: the file comes damaged each time; run it again"):
        export(serve(Ways(damaged=9, per_file=999), patients=1), tmp_path / "b", types=["Patient"])


def test_a_count_that_is_not_the_servers_is_fetched_again_and_said(
    serve: Serve, tmp_path: Path
) -> None:
    watch = Notes()
    server = serve(Ways(miscounts=1))
    export(server, tmp_path, watch=watch, types=["Patient"])
    assert watch.notes == [
        "Patient.001-0001 holds 30 resources, the server's list says 31",
    ]
    assert server.statuses["files", 200] == 2
    assert resources(tmp_path) == held(server, "Patient")


def test_addresses_that_expired_are_fetched_anew(serve: Serve, tmp_path: Path) -> None:
    server = serve(Ways(signed=True))
    state = server.jobs
    watch = Notes()

    def expire(files: int, of: int, size: int) -> None:
        if files == 1:
            for job in state.values():
                job.signature += 1

    watch.fetched = expire  # type: ignore[method-assign]
    export(server, tmp_path, watch=watch, parallel=1)
    assert server.statuses["files", 403] > 0
    assert resources(tmp_path) == held(server)


def test_what_the_server_left_out_is_counted_without_its_words(
    serve: Serve, tmp_path: Path
) -> None:
    secret = "Condition of Patient/p0001 is broken"
    errors = [outcome("exception", secret), outcome("exception", secret)]
    watch = Notes()
    result = export(serve(Ways(errors=errors)), tmp_path, watch=watch)
    assert result.errors == 2
    (note,) = watch.notes
    assert note.startswith("the server reports 2 of severity error (exception)")
    assert secret not in note
    kept = gzip.decompress((tmp_path / WORK / "error.001-0001.ndjson.gz").read_bytes())
    assert kept.decode().count(secret) == 2


def test_an_export_that_fails_is_one_sentence_and_the_next_begins_anew(
    serve: Serve, tmp_path: Path
) -> None:
    words = outcome("exception", "the disk is\nfull")
    server = serve(Ways(fails=(500, words)))
    with pytest.raises(FailedError) as caught:
        export(server, tmp_path)
    assert str(caught.value) == (
        "the export was not finished: the server answered 500 Internal Server Error:"
        " the disk is full"
    )
    assert server.jobs == {}
    server.ways.fails = None
    export(server, tmp_path)
    assert len(server.kick_offs()) == 2


def test_a_refused_export_leaves_nothing_behind(serve: Serve, tmp_path: Path) -> None:
    words = outcome("not-supported", "type Basic is not supported")
    server = serve(Ways(refuses=(400, words)))
    with pytest.raises(ServerError, match=r"\$export was not started: .* 400 .*Basic is not supp"):
        export(server, tmp_path)
    server.ways.refuses = None
    # Asked otherwise: nothing unfinished is in the way.
    export(server, tmp_path, types=["Patient"])


def test_a_passing_failure_is_asked_again(serve: Serve, tmp_path: Path) -> None:
    watch = Notes()
    server = serve(Ways(polls=2, fails=(500, outcome("transient", "later"))))

    def mend(progress: str, seconds: float) -> None:
        server.ways.fails = (500, outcome("transient", "later"))

    watch.waiting = mend  # type: ignore[method-assign]
    with pytest.raises(ServerError, match="later; run it again to go on"):
        export(server, tmp_path, watch=watch)
    assert server.statuses["status", 500] == 7
    server.ways.fails = None
    export(server, tmp_path)
    assert len(server.kick_offs()) == 1


def test_an_export_that_the_server_forgot_begins_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(Ways(fails=(503, "")))
    with pytest.raises(ServerError, match="503"):
        export(server, tmp_path)
    server.jobs.clear()
    server.ways.fails = None
    watch = Notes()
    export(server, tmp_path, watch=watch)
    assert watch.notes == ["the server no longer has the export that was begun; beginning again"]
    assert resources(tmp_path) == held(server)


def test_another_export_in_the_place_of_an_unfinished_one_is_refused(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(Ways(fails=(503, "")))
    with pytest.raises(ServerError):
        export(server, tmp_path)
    server.ways.fails = None
    with pytest.raises(SettingsError, match="asked otherwise is unfinished there"):
        export(server, tmp_path, types=["Patient"])
    export(server, tmp_path, types=["Patient"], restart=True)
    assert resources(tmp_path) == held(server, "Patient")
    assert server.jobs == {}


def test_an_empty_export_is_not_kept(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    assert export(server, tmp_path, types=["Basic"]).resources == 0
    export(server, tmp_path, types=["Patient"])


def test_the_state_is_for_the_owner_only(serve: Serve, tmp_path: Path) -> None:
    export(serve(), tmp_path)
    if os.name == "posix":
        assert (tmp_path / WORK).stat().st_mode & 0o077 == 0


def test_two_exports_do_not_write_into_one_folder(
    serve: Serve, tmp_path: Path, rsa: RSAKey, keys: KeySet
) -> None:
    pytest.importorskip("fcntl")
    from painpath.exporting.state import alone

    with alone(tmp_path / WORK), pytest.raises(ServerError, match="another export"):
        export(serve(), tmp_path)
