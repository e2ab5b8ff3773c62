"""The Medicare Coverage Database export as rows: a folder, a zip, or zips within a zip.

Files are read as streams, line by line: `lcd.csv` holds whole policies as HTML in its cells. UTF-8
is expected; bytes that are not are read as Windows-1252, which is what older exports are.
"""

from __future__ import annotations

import codecs
import csv
import html
import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, cast

_DEEPEST = 4
"""Zips within zips, at most."""
_IN_MEMORY = 32 << 20
_LONGEST_CELL = 64 << 20
_FALLBACK = "painpath-windows-1252"

_TAG = re.compile(r"<[^>]*>")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

Row = dict[str, str]


class ExportError(Exception):
    """The export cannot be used; one sentence that names the file."""


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_FALLBACK, _as_windows)


class Export:
    """The tables of an export. A context manager: it keeps the archives open.

    Args:
        path: a folder or zip as CMS ships it (`current_lcd.zip` holds `current_lcd_csv.zip`).

    Raises:
        ExportError: if there is no such file, or it holds no table of coverage documents.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = ExitStack()
        self._parts: dict[str, list[tuple[str, Callable[[], IO[bytes]]]]] = {}
        try:
            if path.is_dir():
                self._folder(path)
            elif path.is_file():
                self._file(path)
            else:
                raise ExportError(f"{path}: there is no such file or folder")
        except (zipfile.BadZipFile, OSError) as error:
            self._stack.close()
            raise ExportError(f"{path}: it cannot be read as a zip ({error})") from None
        if not {"lcd", "article", "ncd_trkg"} & self._parts.keys():
            self._stack.close()
            raise ExportError(
                f"{path}: it holds neither lcd.csv nor article.csv nor ncd_trkg.csv; give the"
                " downloaded export of the Medicare Coverage Database"
            )

    def __enter__(self) -> Export:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def tables(self) -> list[str]:
        """Names of the tables that are there."""
        return sorted(self._parts)

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table, wherever in the export it stands; none if it is not there.

        Column names are in lower case. A table that both the LCD and the article export carry
        (`contractor`) gives the rows of both.
        """
        for name, opened in self._parts.get(table, ()):
            with opened() as raw:
                text = io.TextIOWrapper(raw, "utf-8-sig", errors=_FALLBACK, newline="")
                earlier = csv.field_size_limit(_LONGEST_CELL)
                try:
                    reader = csv.reader(text)
                    header = [cell.strip().lower() for cell in next(reader, [])]
                    for cells in reader:
                        yield dict(zip(header, cells, strict=False))
                except csv.Error as error:
                    raise ExportError(f"{name}: it is not a readable CSV file ({error})") from None
                finally:
                    csv.field_size_limit(earlier)

    # -- finding the tables --

    def _folder(self, folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                self._file(path)

    def _file(self, path: Path) -> None:
        if path.suffix.lower() == ".csv":
            self._add(path.name, partial(_binary, path))
        elif path.suffix.lower() == ".zip":
            self._zip(self._stack.enter_context(path.open("rb")), path.name, 1)

    def _zip(self, file: IO[bytes], name: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise ExportError(f"{name}: too many zips within zips")
        archive = self._stack.enter_context(zipfile.ZipFile(file))
        for member in archive.infolist():
            inner = PurePosixPath(member.filename)
            if member.is_dir() or inner.name.startswith("."):
                continue
            if inner.suffix.lower() == ".csv":
                self._add(inner.name, partial(archive.open, member))
            elif inner.suffix.lower() == ".zip":
                # A zip must be read from its end: what lies inside another is copied out first.
                copy = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (closed by the stack)
                self._stack.enter_context(copy)
                with archive.open(member) as packed:
                    shutil.copyfileobj(packed, copy)
                copy.seek(0)
                self._zip(cast(IO[bytes], copy), inner.name, depth + 1)

    def _add(self, name: str, opened: Callable[[], IO[bytes]]) -> None:
        table = name.lower().removesuffix(".csv")
        self._parts.setdefault(table, []).append((name, opened))


def _binary(path: Path) -> IO[bytes]:
    return path.open("rb")


def plain(cell: str) -> str:
    """A cell without its HTML."""
    text = html.unescape(html.unescape(_TAG.sub(" ", html.unescape(cell))))
    return " ".join(_TAG.sub(" ", text).split())


def day(cell: str | None) -> date | None:
    """A date as the export writes it (`2026-04-16 00:00:00`, `4/16/2026`); else nothing."""
    text = (cell or "").strip()
    try:
        if match := _ISO.match(text):
            year, month, number = map(int, match.groups())
            return date(year, month, number)
        if match := _US.match(text):
            month, number, year = map(int, match.groups())
            return date(year, month, number)
    except ValueError:
        return None
    return None
