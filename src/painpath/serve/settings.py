"""How the service runs: defaults, then a TOML file, then the environment; secrets only the last."""

from __future__ import annotations

import datetime
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from painpath.hooks.settings import Client, unusable
from painpath.serve.smart.proving import ProofError, proof
from painpath.serve.smart.server import SmartServer, complaint

PREFIX = "PAINPATH_"
_SECRET = ("database_url", "oidc_client_secret", "fhir_server_token")
"""Never read from a file: files are copied and checked in."""
_FILE_ONLY = ("hook_clients", "hook_origins", "smart_servers")
"""Lists, which no variable holds."""
_AT_LEAST_ONE = (
    "workers",
    "session_idle_minutes",
    "session_hours",
    "link_minutes",
    "form_link_days",
    "upload_mb",
    "unpacked_mb",
    "sign_in_attempts",
    "uploads",
)


class SettingsError(Exception):
    """A setting that cannot be used; one sentence names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. `PAINPATH_UPLOAD_MB=20` sets `upload_mb`."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """As browsers see it, e.g. `https://pain.example.org`; with https cookies are secure."""
    database_url: str = ""
    """SQLAlchemy URL; empty: SQLite in `data_folder`. From the environment only."""
    data_folder: str = ""
    workers: int = 1
    trusted_proxies: str = "127.0.0.1"
    """Whose X-Forwarded-For counts."""
    demo: bool = False
    today: datetime.date | None = None
    """Where the calendar stands still, for demonstrations."""
    session_idle_minutes: int = 30
    session_hours: int = 12
    link_minutes: int = 60
    form_link_days: int = 14
    """A link to a form opens at most so long."""
    upload_mb: int = 50
    unpacked_mb: int = 250
    sign_in_attempts: int = 10
    """Per account and 5 minutes; an address has three times as many."""
    uploads: int = 120
    """Per account and 10 minutes."""
    fhir_server: str = ""
    """Base address of the clinic's FHIR server, to fetch records from."""
    fhir_server_token: str = ""
    """Bearer token for it. From the environment only."""
    fhir_server_clinic: str = "Clinic"
    """Whose server it is: nobody else fetches from it."""
    connect_servers: bool = True
    """Whether administrators may connect their clinic's server on the page."""
    hook_clients: list[Client] = []
    """Record systems that may call the CDS Hooks services. From the file only."""
    hook_origins: list[str] = []
    """Web pages that may call them from a browser. From the file only."""
    smart_servers: list[SmartServer] = []
    """Record systems from which PainPath may be launched. From the file only."""
    notify_url: str = ""
    """Where safety alerts are posted to, without a word of the patient; empty: nowhere."""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    """From the environment only."""
    oidc_name: str = "your organisation"

    @property
    def secure(self) -> bool:
        """Browsers reach it over TLS."""
        return self.public_url.startswith("https://")

    @property
    def address(self) -> str:
        """What to open."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def folder(self) -> Path:
        """Where the SQLite file lies."""
        return Path(self.data_folder or platformdirs.user_data_dir("painpath", False))

    @property
    def database(self) -> str:
        """The SQLAlchemy URL with its driver."""
        if not self.database_url:
            name = "demo.sqlite" if self.demo else "painpath.sqlite"
            return f"sqlite:///{self.folder / name}"
        scheme, _, rest = self.database_url.partition("://")
        if scheme in ("postgres", "postgresql"):
            scheme = "postgresql+psycopg"
        return f"{scheme}://{rest}"


def load(
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    **given: Any,
) -> Settings:
    """The settings in force: what is given by hand beats the environment, that beats the file.

    Raises:
        SettingsError: if a setting is unknown, misplaced or of the wrong kind.
    """
    environment = os.environ if environment is None else environment
    if config is None and environment.get(f"{PREFIX}CONFIG"):
        config = Path(environment[f"{PREFIX}CONFIG"])
    values: dict[str, Any] = _file(config) if config is not None else {}
    for name in set(Settings.__struct_fields__) - set(_FILE_ONLY):
        text = environment.get(f"{PREFIX}{name.upper()}")
        if text is not None:
            values[name] = text
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings: {str(error).replace(' - at `$.', ' (').rstrip('`')}") from (
            None
        )
    if not 0 <= settings.port < 1 << 16:
        raise SettingsError(f"settings: there is no port {settings.port}")
    for name in _AT_LEAST_ONE:
        if getattr(settings, name) < 1:
            raise SettingsError(f"settings: {name} is at least 1")
    if why := unusable(settings.hook_clients) or complaint(settings.smart_servers):
        raise SettingsError(why)
    try:
        for server in settings.smart_servers:
            proof(server, environment)
    except ProofError as error:
        raise SettingsError(str(error)) from None
    return settings


def to_text(settings: Settings) -> str:
    """All settings, to be handed to another process."""
    return msgspec.json.encode(settings).decode()


def from_text(text: str) -> Settings:
    """What `to_text` wrote."""
    return msgspec.json.decode(text, type=Settings)


def _file(config: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{config}: {error.strerror or 'it cannot be read'}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config}: not TOML: {error}") from None
    for name in _SECRET:
        if name in values:
            raise SettingsError(
                f"{config}: {name} is a secret and belongs in the environment,"
                f" as {PREFIX}{name.upper()}"
            )
    return values
