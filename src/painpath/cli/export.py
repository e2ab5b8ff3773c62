"""`painpath export`: records from a FHIR server into a folder that `painpath screen` reads."""

from __future__ import annotations

import importlib.util
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painpath.cli.errors import UNUSABLE, WRONG_USAGE, fail, sentences

if TYPE_CHECKING:
    from painpath.exporting.choices import Choices
    from painpath.exporting.export import Result
    from painpath.exporting.talking import Talk

_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal to draw on."""
_INTERRUPTED = 130


def export(
    out: Annotated[Path, typer.Option("--out", help="Folder for the records")],
    server: Annotated[
        str | None, typer.Argument(help="Base address of the FHIR R4 server", show_default=False)
    ] = None,
    group: Annotated[
        str | None, typer.Option("--group", help="Only the members of this Group")
    ] = None,
    patients: Annotated[
        bool | None,
        typer.Option("--patients", help="All patients' records, without what belongs to nobody"),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only these types of resources; `known`: those PainPath reads"),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--type-filter", help="A search that narrows a type: `Condition?category=x`"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Only what changed since: `last` (export in the folder), date, instant"),
    ] = None,
    client_id: Annotated[
        str | None, typer.Option("--client-id", help="As the server registered this client")
    ] = None,
    key_file: Annotated[
        str | None,
        typer.Option("--key", help="File of the private key (JWK, JWK set or PEM)"),
    ] = None,
    kid: Annotated[str | None, typer.Option(help="Name of the key, if the file has none")] = None,
    jku: Annotated[
        str | None, typer.Option(help="Address of the client's key set, if the server wants it")
    ] = None,
    token_url: Annotated[
        str | None, typer.Option(help="Token endpoint (default: from the SMART configuration)")
    ] = None,
    scope: Annotated[
        str | None, typer.Option(help="Scope to ask for (default: to read everything)")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(help="TOML file of these options", envvar="PAINPATH_EXPORT_SETTINGS"),
    ] = None,
    parallel: Annotated[
        int | None, typer.Option(min=1, max=32, help="Files fetched at once (default 4)")
    ] = None,
    plain: Annotated[
        bool | None, typer.Option("--plain", help="Have files sent unpacked, and keep them so")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Drop an interrupted export and begin again")
    ] = False,
) -> None:
    """Bulk export from a FHIR server; goes on where it was interrupted."""
    missing = [name for name in ("httpx2", "joserfc") if importlib.util.find_spec(name) is None]
    if missing:
        raise fail(
            f"export needs {' and '.join(missing)}: pip install 'painpath[bulk]'", WRONG_USAGE
        )
    from painpath.exporting.choices import Choices, settled
    from painpath.exporting.errors import ServerError, SettingsError

    flags = Choices(
        server=server,
        group=group,
        patients=patients,
        type=types,
        type_filter=filters,
        since=since,
        client_id=client_id,
        key_file=key_file,
        kid=kid,
        jku=jku,
        token_url=token_url,
        scope=scope,
        parallel=parallel,
        plain=plain,
    )
    with sentences():
        try:
            result = _run(settled(flags, os.environ, settings), out, restart=restart)
        except SettingsError as error:
            raise fail(str(error), WRONG_USAGE) from None
        except ServerError as error:
            raise fail(str(error), UNUSABLE) from None
        except KeyboardInterrupt:
            raise fail("interrupted; run it again to go on", _INTERRUPTED) from None
        if result.is_first and not result.resources:
            raise fail(f"{out}: the server has nothing of what was asked for", UNUSABLE)
        told = [
            f"{result.resources:,} resources in {result.files} files",
            *([f"{result.deleted:,} deleted"] if result.deleted else []),
            *([f"{result.broken:,} lines cannot be read"] if result.broken else []),
            *([f"the server reports {result.errors:,} errors"] if result.errors else []),
        ]
        typer.echo(f"{out}: {', '.join(told)}; state of {result.at}")


def _run(choices: Choices, out: Path, *, restart: bool) -> Result:
    from painpath.exporting.asking import asked
    from painpath.exporting.export import Export
    from painpath.records.resources import TYPES

    wanted = asked(choices)
    with _talk(choices, wanted.server) as talk, Meter() as meter:
        return Export(
            talk,
            wanted,
            out,
            meter,
            known=frozenset(TYPES),
            parallel=choices.parallel or 4,
            packed=not choices.plain,
        ).run(restart=restart)


def _talk(choices: Choices, server: str) -> Talk:
    from painpath.exporting.choices import KEY
    from painpath.exporting.errors import SettingsError
    from painpath.exporting.keys import key_of
    from painpath.exporting.talking import Talk
    from painpath.exporting.tokens import Access, Tokens

    key = key_of(choices, os.environ)
    if key is None and choices.client_id is None:
        return Talk()
    if key is None:
        raise SettingsError(f"--client-id needs the private key: --key FILE, or {KEY}")
    if choices.client_id is None:
        raise SettingsError("the private key needs --client-id")
    access = Access(choices.client_id, key, choices.jku, choices.token_url, choices.scope)
    return Talk(Tokens(access, server))


class Meter:
    """Shows what the server is doing and how much has come."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("Waiting for the server", total=None, told="")
        self._told = 0.0
        self._began: float | None = None

    def __enter__(self) -> Meter:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def waiting(self, progress: str, seconds: float) -> None:
        """The server is at work."""
        told = progress or "preparing the export"
        self._progress.update(self._task, told=told)
        self._line(f"The server says: {told}; asking again in {seconds:.0f} s")

    def fetched(self, files: int, of: int, size: int) -> None:
        """Files and bytes so far."""
        if self._began is None:
            self._began = time.monotonic()
        rate = size / max(time.monotonic() - self._began, 0.1) / 1e6
        told = f"{files} of {of} files, {size / 1e6:,.0f} MB, {rate:,.1f} MB/s"
        self._progress.update(
            self._task, description="Fetching", total=of, completed=files, told=told
        )
        self._line(f"Fetching: {told}")

    def note(self, sentence: str) -> None:
        """Something to know."""
        self._console.print(f"painpath: {sentence}", highlight=False, markup=False, soft_wrap=True)

    def _line(self, text: str) -> None:
        if not self._console.is_terminal and time.monotonic() - self._told > _EVERY:
            self._told = time.monotonic()
            self._console.print(text, highlight=False, markup=False, soft_wrap=True)
