"""Scores in words: value, what it means, and whether its change matters."""

from __future__ import annotations

from painpath.planning.plan import ScoreResult
from painpath.report.words import day_words

_DIRECTION = {"lower": "lower is better", "higher": "higher is better", "neither": "classifies"}


def value_words(score: ScoreResult) -> str:
    """`5.3/10 (12 Oct 2026, computed), moderate`; no `/10` where the scale does not start at 0."""
    how = ", computed" if score.origin == "computed" else ""
    most = f"/{_number(score.high)}" if score.low == 0 and score.better != "neither" else ""
    words = f"{_number(score.value)}{most} ({day_words(score.date)}{how})"
    return f"{words}, {score.band}" if score.band else words


def range_words(score: ScoreResult) -> str:
    """`0 to 10, lower is better`."""
    return f"{_number(score.low)} to {_number(score.high)}, {_DIRECTION[score.better]}"


def change_words(score: ScoreResult) -> str | None:
    """`was 7 (1 Jul 2026), better by 1.7: a change that matters (...)`."""
    if score.before is None:
        matters = f"a change of {score.important_change} matters"
        return matters if score.important_change else None
    words = f"was {_number(score.before)} ({day_words(score.before_date)})"
    if score.improved is not None:
        way = "better" if score.improved > 0 else "worse" if score.improved < 0 else "unchanged"
        words += f", {way}"
        words += f" by {_number(abs(score.improved))}" if score.improved else ""
    if score.matters is not None and score.important_change:
        verdict = "a change that matters" if score.matters else "less than a change that matters"
        words += f": {verdict} ({score.important_change})"
    return words


def score_words(score: ScoreResult) -> str:
    """One line: `PEG 5.3/10 (12 Oct 2026, computed); was 7 ...`."""
    change = change_words(score)
    return f"{score.name} {value_words(score)}" + (f"; {change}" if change else "")


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
