"""What is set once for a process that serves, and that it starts again only for that."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator

import pytest

from painpath.serve import memory


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    begun: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execv", lambda path, words: begun.append((path, words)))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    os.environ.pop("GLIBC_TUNABLES", None)
    return begun


def test_the_command_starts_again_once_with_room(
    starts: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("glibc", "2.36"))
    memory.with_room_for_small_pieces()
    memory.with_room_for_small_pieces()
    assert starts == [(sys.executable, sys.orig_argv)]
    assert "tcache_count=2000" in os.environ["GLIBC_TUNABLES"]


def test_what_somebody_set_stays(
    starts: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("glibc", "2.36"))
    os.environ["GLIBC_TUNABLES"] = "glibc.malloc.arena_max=1"
    memory.with_room_for_small_pieces()
    assert not starts
    assert os.environ["GLIBC_TUNABLES"] == "glibc.malloc.arena_max=1"


def test_another_c_library_is_left_alone(
    starts: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("", ""))
    memory.with_room_for_small_pieces()
    assert not starts and "GLIBC_TUNABLES" not in os.environ


@pytest.fixture
def thawed() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("thawed")
def test_what_is_loaded_is_not_searched_for_garbage() -> None:
    kept = [[number] for number in range(1000)]
    memory.settle()
    assert gc.get_freeze_count() > len(kept)
    assert gc.get_threshold()[0] >= 10_000
