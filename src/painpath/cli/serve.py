"""`painpath serve`: the service, and the commands of whoever looks after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from painpath.cli.errors import UNUSABLE, WRONG_USAGE, fail

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from painpath.serve.settings import Settings
    from painpath.serve.store.opening import Store
    from painpath.serve.store.tables import Account
    from painpath.serve.trail.writing import Act

app = typer.Typer(invoke_without_command=True, no_args_is_help=False)
user = typer.Typer(help="Who may sign in.", no_args_is_help=True)
clinic = typer.Typer(help="Clinics and their worklists.", no_args_is_help=True)
app.add_typer(user, name="user")
app.add_typer(clinic, name="clinic")

Config = Annotated[Path | None, typer.Option(help="TOML file with settings")]
AtClinic = Annotated[str, typer.Option("--clinic", help="Name of the clinic")]


@app.callback()
def serve(
    context: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="Example patients and a link to sign in with")
    ] = False,
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1)")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (8080)")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes side by side (1)")] = None,
) -> None:
    """Serve the clinic's web pages; settings also from PAINPATH_* and a TOML file."""
    if context.invoked_subcommand is not None:
        context.obj = config
        return
    with _sentences():
        # Before the imports: they take seconds on a small machine, and silence looks like a fault.
        typer.echo(
            "Starting: loading the knowledge (the first start compiles it, and takes longer)."
        )
        from painpath.serve.running import run

        settings = _settings(config, demo=demo or None, host=host, port=port, workers=workers)
        run(settings, typer.echo)


@user.command("add")
def user_add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What they sign in with")],
    role: Annotated[
        str, typer.Option(help="clinician, prior-auth, front-desk, analyst or admin")
    ] = "clinician",
    at: AtClinic = "Clinic",
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password instead of making a link")
    ] = False,
) -> None:
    """Add a person, or give them a role in a further clinic; prints a link that signs in once."""
    with _sentences():
        from painpath.serve.people import accounts, sessions
        from painpath.serve.people.roles import Role
        from painpath.serve.trail import writing
        from painpath.serve.trail.writing import Act

        if role not in set(Role) - {Role.patient}:
            raise fail(f'--role: "{role}" is no role', WRONG_USAGE)
        typed = (
            typer.prompt("Password", hide_input=True, confirmation_prompt=True)
            if (password)
            else None
        )
        settings, store = _opened(context.obj)
        with store.writing() as work:
            where = accounts.clinic(work, at, make=True)
            account = accounts.add(work, name, Role(role), where, password=typed)
            token = sessions.make_link(work, settings.link_minutes, account=account)
            about = f"account {account.id}, {role}"
            writing.note(work, Act.add_account, None, clinic=where.id, detail=about)
        typer.echo(f"{account.name}: {role} at {at}")
        if typed is None:
            typer.echo(f"Sign in once, within {settings.link_minutes} minutes, with")
            typer.echo(f"{settings.address}/sign-in/{token}")


@user.command("link")
def user_link(context: typer.Context, name: str) -> None:
    """Print a link with which a person signs in once."""
    with _sentences():
        from painpath.serve.people import sessions
        from painpath.serve.trail.writing import Act

        settings, store = _opened(context.obj)
        with store.writing() as work:
            account = _named(work, name, Act.make_link)
            token = sessions.make_link(work, settings.link_minutes, account=account)
        typer.echo(f"{settings.address}/sign-in/{token}")


@user.command("close")
def user_close(context: typer.Context, name: str) -> None:
    """Close an account; it is signed out at once."""
    with _sentences():
        from painpath.serve.people import accounts
        from painpath.serve.trail.writing import Act

        _, store = _opened(context.obj)
        with store.writing() as work:
            accounts.close(work, _named(work, name, Act.close_account))
        typer.echo(f"{name}: closed")


@clinic.command("worklists")
def clinic_worklists(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Results of `painpath screen`")],
    at: AtClinic = "Clinic",
) -> None:
    """Show a population's worklists in a clinic."""
    with _sentences():
        from painpath.serve.people import accounts
        from painpath.serve.trail import writing
        from painpath.serve.trail.writing import Act

        if not (folder / "worklist.parquet").is_file():
            raise fail(f"{folder}: there is no worklist.parquet", UNUSABLE)
        _, store = _opened(context.obj)
        with store.writing() as work:
            where = accounts.clinic(work, at, make=True)
            where.worklists = str(folder.resolve())
            writing.note(work, Act.set_worklists, None, clinic=where.id)
        typer.echo(f"{at}: worklists of {folder}")


@app.command("backup")
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it, e.g. painpath.backup.gz")],
) -> None:
    """Write everything that must be kept into one file, also while the service runs."""
    with _sentences():
        from painpath.serve.store.backup import write
        from painpath.serve.trail import writing
        from painpath.serve.trail.writing import Act

        _, store = _opened(context.obj)
        with store.writing() as work:
            writing.note(work, Act.backup, None)
        typer.echo(f"{file}: {write(store, file)} rows")


@app.command("restore")
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote")],
) -> None:
    """Put a backup into a new, empty database (SQLite or PostgreSQL, whichever it came from)."""
    with _sentences():
        from painpath.serve.store.backup import restore as put
        from painpath.serve.trail import writing
        from painpath.serve.trail.writing import Act

        _, store = _opened(context.obj)
        count = put(store, file)
        with store.writing() as work:
            writing.note(work, Act.restore, None)
        typer.echo(f"{file}: {count} rows restored")


def _named(work: Session, name: str, act: Act) -> Account:
    """An open account; what is done with it stands on the trail of each of its clinics."""
    from painpath.serve.people import accounts
    from painpath.serve.trail import writing

    account = accounts.find(work, name)
    if account is None:
        raise fail(f'nobody is called "{name}"', WRONG_USAGE)
    for where in accounts.memberships(work, account.id):
        writing.note(work, act, None, clinic=where, detail=f"account {account.id}")
    return account


def _opened(config: Path | None) -> tuple[Settings, Store]:
    from painpath.serve.store.opening import Store

    settings = _settings(config)
    store = Store(settings.database)
    store.migrate()
    return settings, store


def _settings(config: Path | None, **given: Any) -> Settings:
    from painpath.serve.settings import load

    return load(config, **given)


@contextmanager
def _sentences() -> Iterator[None]:
    """Errors as sentences, and which extra is wanted where it is not installed."""
    try:
        import fastapi  # noqa: F401
        import sqlalchemy
    except ImportError as error:
        raise fail(
            f"`painpath serve` needs more packages ({error.name} is missing):"
            ' pip install "painpath[serve]"',
            UNUSABLE,
        ) from None
    from painpath.serve.people.accounts import AccountError
    from painpath.serve.settings import SettingsError
    from painpath.serve.store.backup import BackupError
    from painpath.serve.store.opening import NewerTablesError

    try:
        yield
    except (BackupError, NewerTablesError) as error:
        raise fail(str(error), UNUSABLE) from None
    except SettingsError as error:
        raise fail(str(error), WRONG_USAGE) from None
    except AccountError as error:
        raise fail(str(error), WRONG_USAGE) from None
    except sqlalchemy.exc.ArgumentError:
        raise fail("PAINPATH_DATABASE_URL is not a database address", WRONG_USAGE) from None
    except sqlalchemy.exc.OperationalError as error:
        raise fail(
            f"the database does not answer: {str(error.orig).splitlines()[0]}", UNUSABLE
        ) from (None)
    except OSError as error:
        raise fail(f"{error.strerror or error}", UNUSABLE) from None
