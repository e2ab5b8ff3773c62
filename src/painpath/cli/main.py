"""The command line: arguments in, exit codes out. What the commands do lives in their modules."""

from __future__ import annotations

import gc
import sys
from typing import Annotated, cast

import typer

from painpath import __version__
from painpath.cli import (
    cohort,
    demo,
    diff,
    drift,
    export,
    knowledge,
    mme,
    paperwork,
    plan,
    screen,
    serve,
    streams,
)
from painpath.cli.errors import WRONG_USAGE

app = typer.Typer(
    name="painpath",
    help="Which interventional pain care fits a patient, why, what is missing and what comes next."
    " Decision support, not medical advice.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("plan")(plan.plan)
app.command("letter")(paperwork.letter)
app.command("packet")(paperwork.packet)
app.command("handout")(paperwork.handout)
app.command("demo")(demo.demo)
app.command("mme")(mme.mme)
app.command("cohort")(cohort.cohort)
knowledge.app.command("drift")(drift.drift)
knowledge.app.command("diff")(diff.diff)
app.command("screen")(screen.screen)
app.command("export")(export.export)
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(serve.app, name="serve")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"painpath {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""
    del version


def main() -> None:
    """Entry point. Output closed early (`| head`) is not an error."""
    streams.set_up()
    if sys.argv[1:2] == ["serve"]:
        from painpath.serve.memory import with_room_for_small_pieces

        with_room_for_small_pieces()
    # Knowledge is a hundred thousand objects that stay: look for garbage among them less often.
    gc.set_threshold(_GARBAGE_EVERY)
    try:
        code = app(standalone_mode=False)
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except typer.Abort:
        raise SystemExit(_INTERRUPTED) from None
    except _MISUSED as error:
        raise SystemExit(_usage(error)) from None
    raise SystemExit(code if isinstance(code, int) else 0)


_GARBAGE_EVERY = 50_000
_INTERRUPTED = 130
_MISUSED = cast(
    "type[Exception]",
    next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"),
)
"""What Typer raises for every misuse: a parameter, an argument or a command."""


def _usage(error: BaseException) -> int:
    """A misuse as one sentence with a way on; asking for nothing shows the help."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "painpath"
    command = command.replace("python -m painpath", "painpath")
    if "NoArgs" in type(error).__name__:
        typer.echo(context.get_help() if context is not None else "", err=True)
        return WRONG_USAGE
    said = error.format_message() if hasattr(error, "format_message") else str(error)
    words = said.replace("Value error, ", "").replace("\n", " ").rstrip(". ")
    typer.echo(f"painpath: {words[:1].lower()}{words[1:]}; see `{command} --help`", err=True)
    return WRONG_USAGE
