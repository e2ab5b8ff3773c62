"""The command line: arguments in, exit codes out. What the commands do lives in their modules."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from painpath import __version__
from painpath.cli import demo, diff, drift, knowledge, mme, plan, screen, streams

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
app.command("demo")(demo.demo)
app.command("mme")(mme.mme)
knowledge.app.command("drift")(drift.drift)
knowledge.app.command("diff")(diff.diff)
app.command("screen")(screen.screen)
app.add_typer(knowledge.app, name="knowledge")


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
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
