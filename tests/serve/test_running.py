"""Settings, commands, migrations, several processes, a database that goes away and comes back."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from typer.testing import CliRunner, Result

from painpath.cli.main import app
from painpath.serve import running
from painpath.serve.desk.desk import Desk
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings, SettingsError, load
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Base, Trail
from painpath.serve.trail import fhir
from tests.serve import postgres
from tests.serve.conftest import fresh_database
from tests.serve.earlier import at_revision
from tests.serve.served import LONG, answers, free_port
from tests.serve.world import PAGE, TODAY, World, form_token, made

# --- settings ------------------------------------------------------------------------------------


def test_by_hand_beats_environment_beats_file(tmp_path: Path) -> None:
    file = tmp_path / "painpath.toml"
    file.write_text('port = 1\nhost = "a"\nworkers = 3\ntoday = "2026-11-01"\n')
    environment = {"PAINPATH_PORT": "2", "PAINPATH_HOST": "b", "PAINPATH_DEMO": "true"}
    found = load(file, environment, host="c", workers=None)
    assert (found.port, found.host, found.workers) == (2, "c", 3)
    assert found.demo and found.today == datetime.date(2026, 11, 1)


CLIENT = "[[hook_clients]]\nissuer = 'x'\n"
JWKS = "jwks_urls = ['https://a.example/k']\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = 'many'", "port"),
        ("port = 65536", "no port 65536"),
        ("colour = 'red'", "colour"),
        ("database_url = 'postgresql://u:p@h/d'", "belongs in the environment"),
        ("port", "not TOML"),
        ("workers = 0", "workers is at least 1"),
        ("session_hours = -1", "session_hours is at least 1"),
        ("[[hook_clients]]\nissuer = 'x'", "neither jwks_urls nor keys"),
        (f"{CLIENT}jwks_urls = ['http://a.example/k']", "jwks_urls are https addresses"),
        (f"{CLIENT}{JWKS}fhir_servers = ['http://a.example']", "fhir_servers are https addresses"),
        (f"{CLIENT}keys = [{{kty = 'EC', d = 'x'}}]", "private key"),
        (f"{CLIENT}{JWKS}{CLIENT}{JWKS}", "every issuer once"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "painpath.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=words) as raised:
        load(file, {})
    assert "\n" not in str(raised.value)


def test_the_usual_ways_to_name_postgresql() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        named = Settings(database_url=f"{scheme}://u@h/d").database
        assert named == "postgresql+psycopg://u@h/d"


# --- migrations ----------------------------------------------------------------------------------


def test_migrations_make_what_the_models_say(world: World) -> None:
    with world.store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(small: World) -> None:
    client = small.client(Role.clinician)
    small.store.migrate()
    assert client.get("/today").status_code == 200


def columns(table: sa.Table, known: sa.MetaData) -> list[sa.Column[Any]]:
    """The columns of a table that the earlier version had too."""
    then = known.tables.get(str(table.name))
    return [] if then is None else [each for each in table.columns if each.name in then.columns]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("revision", ["0001", "0003", "0006"])
def test_tables_of_an_earlier_version_keep_what_is_in_them(
    revision: str, kind: str, original: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = fresh_database(request.getfixturevalue("server")) if kind == "postgresql" else ""
    store = Store(Settings(data_folder=str(tmp_path), database_url=url).database)
    known = at_revision(store, revision)
    held = {}
    for table in Base.metadata.sorted_tables:
        if not (kept := columns(table, known)):
            continue
        with original.store.reading() as work:
            held[table] = [dict(row) for row in work.execute(sa.select(*kept)).mappings()]
        with store.writing() as work:
            for row in held[table]:
                work.execute(sa.insert(sa.table(table.name, *(sa.column(n) for n in row))), row)
    store.migrate()
    for table, rows in held.items():
        with store.reading() as work:
            found = work.execute(sa.select(*columns(table, known))).mappings()
            assert sorted(map(dict, found), key=repr) == sorted(rows, key=repr)
    assert {"patient", "document", "account"} <= {t.name for t, rows in held.items() if rows}
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    store.close()


def test_tables_of_a_later_version_are_one_sentence(tmp_path: Path) -> None:
    assert painpath(tmp_path, "user", "add", "x").exit_code == 0
    store = Store(Settings(data_folder=str(tmp_path)).database)
    with store.writing() as work:
        work.execute(sa.text("UPDATE alembic_version SET version_num = '0999'"))
    store.close()
    done = painpath(tmp_path, "user", "link", "x")
    assert done.exit_code == 1 and "later version of PainPath" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("folder", ["new", "."])
def test_files_of_records_are_for_the_owner_only(tmp_path: Path, folder: str) -> None:
    """Also in a folder that was there before, and that others may look into."""
    tmp_path.chmod(0o755)
    store = Store(Settings(data_folder=str(tmp_path / folder)).database)
    store.migrate()
    files = list((tmp_path / folder).iterdir())
    assert files and all(file.stat().st_mode & 0o077 == 0 for file in files)
    store.close()
    assert folder == "." or (tmp_path / folder).stat().st_mode & 0o077 == 0


# --- a database that goes away -------------------------------------------------------------------


def test_the_service_recovers_when_postgresql_is_restarted(
    server: postgres.Server, desk: Desk
) -> None:
    settings = Settings(database_url=fresh_database(server), today=TODAY)
    store = Store(settings.database)
    world = made(store, desk, settings)
    client = world.client(Role.clinician)
    assert client.get("/today").status_code == 200
    server.stop()
    try:
        gone = client.get("/today")
        assert gone.status_code == 503 and "The database does not answer." in gone.text
        assert client.get("/health").status_code == 503
    finally:
        server.start()
    assert client.get("/today").status_code == 200
    assert client.get("/health").status_code == 200
    store.close()


# --- commands ------------------------------------------------------------------------------------


def painpath(folder: Path, *words: str, **more: str) -> Result:
    environment = {"PAINPATH_DATA_FOLDER": str(folder), **more}
    return CliRunner().invoke(app, ["serve", *words], env=environment)


def test_add_a_person_and_misuses_are_one_sentence(tmp_path: Path) -> None:
    done = painpath(tmp_path, "user", "add", "Front Office", "--role", "front-desk")
    assert done.exit_code == 0, done.output
    assert "front office: front-desk at Clinic" in done.stdout
    assert re.search(r"http://127\.0\.0\.1:8080/sign-in/\S{40,}", done.stdout)
    for words, code in (
        (("user", "add", "x", "--role", "king"), 2),
        (("user", "link", "nobody"), 2),
        (("clinic", "worklists", str(tmp_path)), 1),
        (("--config", str(tmp_path / "none.toml")), 2),
    ):
        done = painpath(tmp_path, *words)
        assert done.exit_code == code
        assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr
    done = painpath(tmp_path, "user", "link", "x", PAINPATH_DATABASE_URL="nonsense")
    assert done.exit_code == 2 and "PAINPATH_DATABASE_URL" in done.stderr


def test_what_is_done_at_the_command_line_is_on_the_trail(tmp_path: Path) -> None:
    (tmp_path / "worklist.parquet").touch()
    for words in (
        ("user", "add", "Doc", "--clinic", "North"),
        ("user", "link", "doc"),
        ("user", "close", "doc"),
        ("clinic", "worklists", str(tmp_path), "--clinic", "North"),
        ("backup", str(tmp_path / "b.gz")),
    ):
        done = painpath(tmp_path / "one", *words)
        assert done.exit_code == 0, done.output
    assert painpath(tmp_path / "two", "restore", str(tmp_path / "b.gz")).exit_code == 0
    acts = ["add-account", "make-link", "close-account", "set-worklists", "backup"]
    for folder, more in (("one", []), ("two", ["restore"])):
        store = Store(Settings(data_folder=str(tmp_path / folder)).database)
        with store.reading() as work:
            rows = list(work.scalars(sa.select(Trail).order_by(Trail.id)))
            assert [row.act for row in rows] == [*acts, *more]
            assert {fhir.who(row, {}) for row in rows} == {"at the command line"}
            assert all(row.clinic_id for row in rows[:4])
        store.close()


class Started:
    """`painpath serve` as a process."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "painpath", "serve", "--port", str(self.port), *words],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PAINPATH_DATA_FOLDER": str(folder), "PYTHONUNBUFFERED": "1"},
            )
        assert answers(self.process, self.address), self.log.read_text()

    def stop(self) -> str:
        """Interrupt it; what it has said."""
        self.process.terminate()
        self.process.wait(LONG)
        return self.log.read_text()


SLOW_START = """
import sys, time
if "--multiprocessing-fork" in sys.orig_argv:
    time.sleep(8)
"""


@pytest.mark.slow
def test_processes_that_are_slow_to_start_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were replaced after five seconds, again and again: a busy machine never served."""
    (tmp_path / "sitecustomize.py").write_text(SLOW_START)
    before = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), before))))
    Started(tmp_path, "--workers", "2").stop()


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_demonstration_from_the_command_line(tmp_path: Path, workers: str) -> None:
    started = Started(tmp_path, "--demo", "--workers", workers)
    try:
        said = started.log.read_text()
        assert said.startswith("Starting"), "nobody waits before an empty screen"
        link = re.search(r"http://\S+/sign-in/\S+", said)
        assert link is not None and "As administrator" in said
        client = httpx2.Client(headers=PAGE, follow_redirects=True, timeout=LONG)
        page = client.get(link[0])
        page = client.post(link[0], data={"form_token": form_token(page.text)})
        assert page.url.path == "/today"
        patients = re.findall(r'href="(/patients/[^"/]+)"', page.text)
        assert len(patients) == 16 and "The calendar stands at 1 Nov 2026" in page.text
        for address in patients[:6]:
            assert client.get(f"{started.address}{address}").status_code == 200
        client.close()
    finally:
        said = started.stop()
    assert "GET /patients/{patient} 200" in said
    assert not [word for word in patients if word in said]


@pytest.mark.slow
def test_the_nginx_example_passes_nginx_and_serves(tmp_path: Path) -> None:
    """The example of the documentation, with our ports and a certificate of our own."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    openssl = shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx or openssl is not installed")
    page = Path(__file__).parents[2] / "docs" / "how-to" / "run-the-service.md"
    example = re.search(r"```nginx\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    assert example is not None
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    terms = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    files = ["-subj", "/CN=pain.example.org", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, *terms, *files], check=True, capture_output=True)
    tls, plain = free_port(), free_port()
    started = Started(tmp_path)
    text = example[1].replace("/etc/ssl/pain.example.org.pem", str(certificate))
    text = text.replace("/etc/ssl/pain.example.org.key", str(key))
    text = text.replace("listen 443", f"listen 127.0.0.1:{tls}")
    text = text.replace("listen 80", f"listen 127.0.0.1:{plain}").replace("8080", str(started.port))
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; daemon off;\n"
        f"events {{}}\nhttp {{ client_body_temp_path {tmp_path}/body;"
        f" proxy_temp_path {tmp_path}/proxy; access_log off;\n{text}\n}}\n"
    )
    proxy = subprocess.Popen([nginx, "-p", str(tmp_path), "-c", str(config)])
    try:
        headers = {"host": "pain.example.org", **PAGE}
        client = httpx2.Client(verify=False, headers=headers, timeout=LONG)
        answer = None
        while answer is None and proxy.poll() is None:
            try:
                answer = client.get(f"https://127.0.0.1:{tls}/sign-in")
            except httpx2.TransportError:
                time.sleep(0.1)
        assert answer is not None, (tmp_path / "error.log").read_text()
        assert answer.status_code == 200 and "Sign in" in answer.text
        moved = client.get(f"http://127.0.0.1:{plain}/today")
        assert moved.status_code == 301
        assert moved.headers["location"] == "https://pain.example.org/today"
        client.close()
    finally:
        proxy.terminate()
        proxy.wait(LONG)
        started.stop()


def test_rows_of_other_processes_are_seen_at_once(small: World) -> None:
    """Two stores on one file, as two workers are."""
    other = Store(small.settings.database)
    with other.writing() as work:
        work.execute(sa.text("UPDATE account SET shown_as = 'Renamed' WHERE name LIKE 'analyst%'"))
    assert "Renamed" in small.client(Role.admin).get("/people").text
    other.close()


def test_the_last_piece_of_an_answer_waits_for_no_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With several processes: 40 ms of each answer, if the socket they share does not say so."""
    shared: list[socket.socket] = []

    class Processes:
        def __init__(self, config: object, sockets: list[socket.socket]) -> None:
            shared.extend(sockets)

        def run(self) -> None:
            pass

    monkeypatch.setattr(running, "Multiprocess", Processes)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    running.run(Settings(data_folder=str(tmp_path), port=0, workers=2), lambda _: None)
    with shared[0] as listening:
        listening.settimeout(LONG)
        listening.listen()
        with socket.create_connection(listening.getsockname()):
            answering, _ = listening.accept()
            with answering:
                assert answering.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
