"""Progress of a screen as a log reads it, without a terminal."""

from __future__ import annotations

import pytest

pytest.importorskip("rich", reason="rich is not installed")

from painpath.cli.screen import Meter


def test_no_speed_is_told_before_anybody_was_judged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("painpath.cli.screen._EVERY", -1)
    with Meter() as meter:
        meter("shares", 0, 4)
        meter("shares", 1, 4)
        meter("patients", 8000, 0)
        meter("shares", 2, 4)
    first, before, after = capsys.readouterr().err.splitlines()
    assert first == "Judging 0 %"
    assert before.startswith("Judging 25 %, ") and before.endswith(" s left")
    assert "patients/s" not in before and "patients/s" in after
