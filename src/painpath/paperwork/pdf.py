"""Letters, packet and handout as PDF: tagged (PDF/UA-1), fonts embedded, the same bytes every time.

Set by Typst, from templates that take all text as data. Needs the extra `painpath[pdf]`.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from painpath.paperwork.checklist import ABSENT, Checklist
from painpath.paperwork.handout import Handout
from painpath.paperwork.letter import Letter
from painpath.paperwork.letters import NOT_SENT, Letters
from painpath.paperwork.pages import VERDICTS

_HERE = Path(__file__).parent
_NO_GLYPH = "could not be displayed with font"


Paper = Literal["a4", "us-letter"]


class NoPdfError(RuntimeError):
    """Typst is not installed; the message says how to get it."""


def letter_pdf(made: Letter, day: datetime.date, paper: Paper = "a4") -> bytes:
    """The letter: one page."""
    return _set("letter", made, day, paper, head=made.parties.head())


def letters_pdf(made: Letters, day: datetime.date, paper: Paper = "a4") -> bytes:
    """A sheet for the clinic, then each letter on a page of its own."""
    heads = [letter.parties.head() for letter in made.letters]
    return _set("letters", made, day, paper, heads=heads, counts=made.counts(), not_sent=NOT_SENT)


def packet_pdf(made: Checklist, day: datetime.date, paper: Paper = "a4") -> bytes:
    """The packet: cover with what is missing, then criteria with evidence, then sources."""
    return _set(
        "packet", made, day, paper, head=made.parties.head(), verdicts=VERDICTS, absent=ABSENT
    )


def handout_pdf(made: Handout, day: datetime.date, paper: Paper = "a4") -> bytes:
    """The handout in 18 point."""
    return _set("handout", made, day, paper)


def _set(name: str, made: msgspec.Struct, day: datetime.date, paper: Paper, **more: Any) -> bytes:
    data = {**msgspec.to_builtins(made), "day": day.isoformat(), "paper": paper, **more}
    content = msgspec.json.encode(data).decode("utf-8")
    try:
        import typst
    except ImportError:
        raise NoPdfError("PDF needs Typst: pip install 'painpath[pdf]'") from None
    midnight = datetime.datetime.combine(day, datetime.time(), datetime.UTC)

    def compiled(*, strict: bool) -> bytes:
        return typst.compile(
            _HERE / "templates" / f"{name}.typ",
            root=_HERE / "templates",
            font_paths=[_HERE / "fonts"],
            ignore_system_fonts=strict,
            sys_inputs={"data": content},
            format="pdf",
            pdf_standards="ua-1" if strict else None,
            timestamp=int(midnight.timestamp()),
        )

    try:
        return compiled(strict=True)
    except typst.TypstError as error:
        if _NO_GLYPH not in str(error):
            raise
        # A letter that our fonts lack (a name in another script): the machine's fonts may have it.
        return compiled(strict=False)
