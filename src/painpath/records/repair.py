"""Decoding one resource: strictly first, and where that fails field by field, with notes.

One bad element never costs the resource (rule of meaning 9): it is mended where the meaning is
plain (a single value where a list belongs, a number written as text), otherwise left out.
"""

from __future__ import annotations

import json
import math
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from painpath.records.resources import TYPES, Resource

R = TypeVar("R", bound=Resource)

_DECODERS = {kind: msgspec.json.Decoder(kind) for kind in TYPES.values()}
_FIELDS: dict[type, list[tuple[str, str, Any]]] = {}
"""Fields of each struct: its name, the element's, what belongs there."""
_MAX_NOTES = 20
_MAX_DEPTH = 40


class UnreadableError(Exception):
    """Nothing can be made of these bytes; the message says why, without patient data."""


def decode(data: bytes | msgspec.Raw, kind: type[R]) -> tuple[R, list[str]]:
    """One resource of a known type.

    Args:
        data: its JSON.
        kind: its struct.

    Returns:
        The resource, and a sentence for each element that was mended or left out.

    Raises:
        UnreadableError: if it is not a JSON object.
    """
    try:
        resource: R = _DECODERS[kind].decode(data)  # type: ignore[assignment]
        resource.settle()
        return resource, []
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        notes: list[str] = []
        return convert(parse(bytes(data)), kind, notes), notes


def parse(data: bytes) -> Any:
    """JSON as plain data, forgiving NaN and raw control characters.

    Raises:
        UnreadableError: if it is still not JSON.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        return json.loads(data, strict=False)
    except RecursionError:
        raise UnreadableError("nested too deeply") from None
    except (ValueError, UnicodeDecodeError):
        raise UnreadableError("not valid JSON") from None


def convert(data: Any, kind: type[R], notes: list[str]) -> R:
    """Plain data as a resource.

    Raises:
        UnreadableError: if it is not an object.
    """
    if not isinstance(data, dict):
        raise UnreadableError("not a JSON object")
    try:
        resource: R = _Repair(notes).struct(data, kind, "")
    except RecursionError:
        raise UnreadableError("nested too deeply") from None
    return resource


class _Missing:
    pass


_MISSING = _Missing()


class _Repair:
    def __init__(self, notes: list[str]) -> None:
        self.notes = notes

    def note(self, text: str) -> None:
        if len(self.notes) < _MAX_NOTES and text not in self.notes:
            self.notes.append(text)

    def struct(self, data: dict[str, Any], kind: type[Any], path: str) -> Any:
        values: dict[str, Any] = {}
        for name, element, hint in _FIELDS.get(kind) or _fields(kind):
            value = data.get(element)
            if value is None:
                continue
            mended = self.value(value, hint, f"{path}.{element}" if path else element)
            if mended is not _MISSING:
                values[name] = mended
        return kind(**values)

    def value(self, value: Any, hint: Any, path: str) -> Any:
        if path.count(".") > _MAX_DEPTH:
            self.note(f"{path.split('.', 1)[0]} is nested too deeply")
            return _MISSING
        hint = _without_none(hint)
        if get_origin(hint) is Annotated:
            mended = self.value(value, get_args(hint)[1], path)
            return mended if mended is _MISSING else msgspec.Raw(msgspec.json.encode(mended))
        if get_origin(hint) is tuple:
            return self.list(value, get_args(hint)[0], path)
        if isinstance(value, list):
            self.note(f"{path} is a list where one value belongs; the first was used")
            return self.value(value[0], hint, path) if value else _MISSING
        if hint is msgspec.Raw:
            return msgspec.Raw(msgspec.json.encode(value)) if isinstance(value, dict) else _MISSING
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            if isinstance(value, dict):
                return self.struct(value, hint, path)
            if isinstance(value, str) and "text" in hint.__struct_fields__:
                self.note(f"{path} is plain text, not an object; read as its text")
                return hint(text=value)
            self.note(f"{path} is not an object")
            return _MISSING
        return self.scalar(value, hint, path)

    def list(self, value: Any, hint: Any, path: str) -> Any:
        if not isinstance(value, list):
            self.note(f"{path} is a single value where a list belongs")
            value = [value]
        items = []
        for index, item in enumerate(value):
            if item is None:
                continue
            mended = self.value(item, hint, path if len(value) == 1 else f"{path}[{index}]")
            if mended is not _MISSING:
                items.append(mended)
        return tuple(items)

    def scalar(self, value: Any, hint: type, path: str) -> Any:
        if hint is str:
            if isinstance(value, str):
                return value
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                self.note(f"{path} is a number where text belongs")
                return str(value)
            self.note(f"{path} is not text")
            return _MISSING
        if hint is bool:
            if isinstance(value, bool):
                return value
            if isinstance(value, str) and value.strip().lower() in ("true", "false"):
                self.note(f"{path} is text where true or false belongs")
                return value.strip().lower() == "true"
            self.note(f"{path} is not true or false")
            return _MISSING
        return self.number(value, path)

    def number(self, value: Any, path: str) -> Any:
        number: float | None = None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                number = float(value)
            except OverflowError:
                number = None
        elif isinstance(value, str) and len(value) < 40:
            try:
                number = float(value.strip())
                self.note(f"{path} is a number written as text")
            except ValueError:
                number = None
        if number is None or not math.isfinite(number):
            self.note(f"{path} is not a number")
            return _MISSING
        return number


def _fields(kind: type[Any]) -> list[tuple[str, str, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    found = _FIELDS[kind] = [
        (field.name, field.encode_name, hints[field.name]) for field in msgspec.structs.fields(kind)
    ]
    return found


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return next(arg for arg in get_args(hint) if arg is not NoneType)
    return hint
