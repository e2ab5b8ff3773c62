"""Exports that are screened once for all tests."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

import painpath
from tests.screening.exports import as_bundles, as_lines

DAY = datetime.date(2026, 11, 1)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples as Bundles."""
    return as_bundles(tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="session")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples as a bulk export."""
    return as_lines(tmp_path_factory.mktemp("lines"))


@pytest.fixture(scope="session")
def of_bundles(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a screen of the Bundles leaves."""
    out = tmp_path_factory.mktemp("of-bundles")
    painpath.screen(bundles, out, as_of=DAY)
    return out


@pytest.fixture(scope="session")
def of_lines(lines: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a screen of the bulk export leaves."""
    out = tmp_path_factory.mktemp("of-lines")
    painpath.screen(lines, out, as_of=DAY)
    return out
