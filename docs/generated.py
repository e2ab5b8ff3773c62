"""Pages whose lower part is written from the knowledge: written anew, or (`--check`) compared."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from painpath.knowledge.loading import Knowledge, load


def write_or_check(file: Path, mark: str, page: Callable[[Knowledge, str], str]) -> int:
    """Write a page or, if asked to, only say whether it is up to date.

    Args:
        file: the page.
        mark: the line below which it is generated.
        page: makes the whole page of the knowledge and of what is written by hand above the mark.

    Returns:
        The exit code: 1 if it was to be checked and is out of date.
    """
    old = file.read_text(encoding="utf-8")
    text = page(load(), old.partition(mark)[0])
    if "--check" not in sys.argv[1:]:
        file.write_text(text, encoding="utf-8")
    elif text != old:
        sys.stderr.write(f"{file.name} is out of date: python docs/{Path(sys.argv[0]).name}\n")
        return 1
    return 0
