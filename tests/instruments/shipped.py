"""The instruments that ship with the package, and short ways to fill them in."""

from __future__ import annotations

from functools import cache

from painpath.instruments import Forms, Scored, score_answers
from painpath.knowledge.instruments import Item, Score
from painpath.knowledge.store import compiled


@cache
def forms() -> Forms:
    """Everything that can be scored."""
    known = compiled().knowledge
    return Forms(known.instruments, known.answer_scales)


def items(instrument: str) -> list[Item]:
    """The items of an instrument in the order of its form."""
    known = forms()
    return [
        entry if isinstance(entry, Item) else known.items[entry]
        for entry in known.instruments[instrument].items
    ]


def fill(instrument: str, *numbers: float | None) -> dict[str, float]:
    """Answers in the order of the form; `None` leaves one out."""
    asked = items(instrument)
    assert len(asked) == len(numbers), (len(asked), len(numbers))
    return {item.id: n for item, n in zip(asked, numbers, strict=True) if n is not None}


def scored(instrument: str, *numbers: float | None, sex: str | None = None) -> dict[str, Scored]:
    """Scores of a form that was filled in and named, by concept."""
    found = score_answers(forms(), fill(instrument, *numbers), named=instrument, sex=sex)
    return {s.concept: s for s in found}


def score(instrument: str, concept: str) -> Score:
    """One score of an instrument."""
    return next(s for s in forms().instruments[instrument].scores if s.concept == concept)
