"""The record systems of the settings, each with its proof and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from painpath.serve.smart.discovery import Discovery
from painpath.serve.smart.errors import LaunchError
from painpath.serve.smart.proving import Proof, proof
from painpath.serve.smart.server import SmartServer

NOT_CONNECTED = "This record system is not connected with PainPath here."


class Connection(msgspec.Struct, frozen=True):
    """One of them."""

    server: SmartServer
    proof: Proof
    discovery: Discovery


class Connections:
    """All of them, by address."""

    def __init__(self, servers: Sequence[SmartServer], environment: Mapping[str, str]) -> None:
        """Take secrets and keys from the environment.

        Raises:
            ProofError: if one of them is not there.
        """
        self._all = {
            server.base: Connection(server, proof(server, environment), Discovery(server))
            for server in servers
        }

    def of(self, iss: str) -> Connection:
        """The one of an address.

        Raises:
            LaunchError: if the settings do not name it: nothing is asked there.
        """
        found = self._all.get(iss.rstrip("/"))
        if found is None:
            raise LaunchError("the settings name no such iss", NOT_CONNECTED, 403)
        return found

    def public_keys(self) -> list[dict[str, object]]:
        """Keys to be registered there, each once."""
        keys = {
            each.proof.key.kid: each.proof.key.public()
            for each in self._all.values()
            if each.proof.key is not None
        }
        return list(keys.values())
