"""A record system from which PainPath may be launched, as the settings name it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from painpath.fhirserver.addresses import is_private_line
from painpath.serve.people.roles import MAY, Right, Role
from painpath.serve.smart.queries import READ, REQUIRED


class SmartServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One FHIR server with SMART App Launch, and the clinic whose it is."""

    iss: str
    """Base address of the FHIR server, as it comes with a launch."""
    client_id: str
    clinic: str = "Clinic"
    """Whose patients they are: nobody without a role there comes in, records go nowhere else."""
    name: str = "the record system"
    secret_from: str = ""
    """Name of the environment variable that holds the client's secret."""
    key_from: str = ""
    """Name of the environment variable that holds the client's private key (JWK or PEM)."""
    kid: str = ""
    """Name of the key, where it does not say itself."""
    match: Literal["fhirUser", "sub", "email"] = "fhirUser"
    """By what an account is found the first time: its name is that of the ID token."""
    create: Role | None = None
    """What a member of staff without an account becomes; none: nobody without one comes in."""
    resources: list[str] = []
    """Types to ask for; empty: all that PainPath reads."""
    seconds: float = 30.0
    """How long reading one record may take."""

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.iss.rstrip("/")


def complaint(servers: Sequence[SmartServer]) -> str | None:
    """Why these cannot all be used; `None` if they can."""
    for server in servers:
        where = f"smart_servers, {server.iss}"
        if not is_private_line(server.iss):
            return f"{where}: iss is an https address"
        if server.secret_from and server.key_from:
            return f"{where}: either secret_from or key_from"
        if unread := set(server.resources) - set(READ):
            return f"{where}: resources: {', '.join(sorted(unread))} is not read"
        if server.resources and (short := set(REQUIRED) - set(server.resources)):
            return f"{where}: resources: {', '.join(sorted(short))} cannot be left out"
        if server.create is not None and Right.bring_records not in MAY[server.create]:
            return f"{where}: create: the role {server.create.value} brings no records in"
    if len({server.base for server in servers}) < len(servers):
        return "smart_servers: every iss once"
    if len({server.clinic for server in servers}) < len(servers):
        # Patients are told apart by their id, which two servers may give to two people.
        return "smart_servers: every clinic once, since ids of patients are a server's own"
    return None
