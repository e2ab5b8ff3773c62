"""Errors as one sentence on stderr, with the contract's exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from painpath.records.without_pandas import load_pyarrow

UNUSABLE = 1
WRONG_USAGE = 2


def fail(message: str, code: int) -> typer.Exit:
    """Print one sentence and return the exit to raise."""
    typer.echo(f"painpath: {message}", err=True)
    return typer.Exit(code)


@contextmanager
def sentences() -> Iterator[None]:
    """Turn the errors a user can cause into sentences."""
    load_pyarrow()
    from painpath.knowledge.drift.export import ExportError
    from painpath.knowledge.yaml_source import KnowledgeError
    from painpath.planning.payer import UnknownPolicyError
    from painpath.planning.requests import UnknownProcedureError
    from painpath.planning.safety import UnknownRuleSetError
    from painpath.records.errors import RecordError

    try:
        yield
    except SystemExit:
        # Rich leaves so where the reader of our output has gone (`| head`): no error of ours.
        raise typer.Exit(0) from None
    except (RecordError, KnowledgeError, ExportError) as error:
        raise fail(str(error), UNUSABLE) from None
    except (UnknownPolicyError, UnknownRuleSetError, UnknownProcedureError) as error:
        raise fail(str(error), WRONG_USAGE) from None
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); what is left to print goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise fail(f"{where}{error.strerror or error}", UNUSABLE) from None
