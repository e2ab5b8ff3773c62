"""What can go wrong on the way to a server's records, each said in one sentence."""

from __future__ import annotations


class ServerError(Exception):
    """The server, or the way to it, does not give what is needed; the message is one sentence."""


class SettingsError(Exception):
    """What was asked for cannot be done so; the message is one sentence."""


class GoneError(ServerError):
    """The server no longer has the export that was begun, or one of its files."""


class FailedError(ServerError):
    """The server tried and could not; the same export will not come."""


class StoppedError(ServerError):
    """Something else failed; this waits for the next run."""
