"""What to export and how to get in, put together from flags, environment and a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from painpath.exporting.errors import SettingsError

PREFIX = "PAINPATH_EXPORT_"
KEY = f"{PREFIX}KEY"
"""Environment variable that holds the private key itself."""
_FLAGS = ("patients", "plain")
_LISTS = ("type", "type_filter")


class Choices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Everything that can be chosen; `None` is not chosen."""

    server: str | None = None
    group: str | None = None
    patients: bool | None = None
    type: list[str] | None = None
    type_filter: list[str] | None = None
    since: str | None = None
    client_id: str | None = None
    key_file: str | None = None
    kid: str | None = None
    jku: str | None = None
    token_url: str | None = None
    scope: str | None = None
    parallel: Annotated[int, msgspec.Meta(ge=1, le=32)] | None = None
    plain: bool | None = None


def settled(flags: Choices, environment: Mapping[str, str], file: Path | None) -> Choices:
    """Flags before environment before file.

    Raises:
        SettingsError: if one of them cannot be understood.
    """
    layers = [flags, _from_environment(environment)]
    if file is not None:
        layers.append(_from_file(file))
    chosen = {
        name: next((v for layer in layers if (v := getattr(layer, name)) is not None), None)
        for name in Choices.__struct_fields__
    }
    return Choices(**chosen)


def server_of(choices: Choices) -> str:
    """The base address of the server, without a slash at its end.

    Raises:
        SettingsError: if there is none, or it is not one.
    """
    if not choices.server:
        raise SettingsError("the base address of the FHIR server is missing")
    parts = urlsplit(choices.server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"{choices.server}: this is not an http or https address")
    if parts.username or parts.password:
        raise SettingsError("a password in the server's address is not supported; use --client-id")
    return choices.server.rstrip("/")


def _from_environment(environment: Mapping[str, str]) -> Choices:
    found: dict[str, Any] = {}
    for name in Choices.__struct_fields__:
        text = environment.get(PREFIX + name.upper(), "").strip()
        if not text:
            continue
        kebab = name.replace("_", "-")
        if name in _LISTS:
            # A filter may hold commas; several are one a line.
            found[kebab] = text.split("\n" if name == "type_filter" else ",")
        else:
            found[kebab] = text.lower() if name in _FLAGS else text
    try:
        return msgspec.convert(found, Choices, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"environment {PREFIX}...: {_words(error)}") from None


def _from_file(file: Path) -> Choices:
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Choices)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror or 'it cannot be read'}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{file}: {_words(error)}") from None


def _words(error: Exception) -> str:
    text = str(error).replace("`", "").replace("$.", "")
    return text[:1].lower() + text[1:]
