"""Bytes to UTF-8: byte order marks, UTF-16, Windows-1252 and compressed files."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib

GZIP = b"\x1f\x8b"
_LIMIT = 2 << 30

NOT_UTF8 = "the file is not UTF-8; it was read as Windows-1252"


class UndecodableError(Exception):
    """The bytes cannot be read as text; the message completes "the file ..."."""


def inflate(data: bytes, limit: int = _LIMIT) -> bytes:
    """Decompress if gzipped.

    Args:
        data: a file's bytes.
        limit: bytes that it may have when unpacked.

    Raises:
        UndecodableError: if the compressed data are damaged or cut off.
    """
    if not data.startswith(GZIP):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            unpacked = file.read(limit + 1)
    except (OSError, EOFError, zlib.error):
        raise UndecodableError("is damaged or cut off (gzip)") from None
    if len(unpacked) > limit:
        size = f"{limit >> 30} GB" if limit >= 1 << 30 else f"{limit >> 20} MB"
        raise UndecodableError(f"is larger than {size} when unpacked")
    return unpacked


def to_utf8(data: bytes, notes: list[str]) -> bytes:
    """The same text in UTF-8 without byte order mark.

    Args:
        data: bytes of a whole file.
        notes: gets a sentence if the encoding had to be guessed.
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _looks_utf16(data):
        text = _utf16(data)
        if text is None:
            raise UndecodableError("starts like UTF-16 but is not")
        return text.lstrip("\ufeff").encode("utf-8", "replace")
    if data.isascii():
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        notes.append(NOT_UTF8)
        return data.decode("cp1252", "replace").encode("utf-8")
    return data


def _looks_utf16(data: bytes) -> bool:
    return len(data) >= 4 and (data[:1] == b"\0" or data[1:2] == b"\0") and data[:2] != b"\0\0"


def _utf16(data: bytes) -> str | None:
    little = data.startswith(codecs.BOM_UTF16_LE) or data[1:2] == b"\0"
    try:
        return data[: len(data) & ~1].decode("utf-16-le" if little else "utf-16-be")
    except UnicodeDecodeError:
        return None
