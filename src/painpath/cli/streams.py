"""Standard output on consoles that cannot write every character (Windows code pages, ASCII)."""

from __future__ import annotations

import codecs
import sys
import unicodedata

_PLAIN = {
    "✓": "+",
    "✗": "x",
    "◷": "@",
    "■": "#",
    "→": ">",
    "…": "~",
    "·": "|",
    "–": "-",
    "—": "-",
    "−": "-",
    "’": "'",
    "“": '"',
    "”": '"',
    "×": "x",
    "°": "o",
    "µ": "u",
    "≥": ">=",
    "≤": "<=",
}
"""Marks stay different from each other and from the question mark of what is not known."""
_HANDLER = "painpath-plain"


def plain(text: str) -> str:
    """The nearest plain characters; what has none becomes `_`."""
    return "".join(_PLAIN.get(char) or _base(char) for char in text)


def _base(char: str) -> str:
    """`é` as `e`."""
    letters = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode("ascii")
    return letters or "_"


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


def set_up() -> None:
    """No character of ours stops the output, whatever the console can write."""
    codecs.register_error(_HANDLER, _replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_HANDLER)
