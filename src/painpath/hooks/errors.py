"""What a request can come to besides cards: one sentence each, with the status that it becomes."""

from __future__ import annotations


class HookError(Exception):
    """A request that cannot be answered; the message is one sentence for the other side."""

    status = 400


class BadRequestError(HookError):
    """The request is not what the specification asks for."""


class NotTrustedError(HookError):
    """The client did not show who it is."""

    status = 401


class UnknownServiceError(HookError):
    """There is no service of that id."""

    status = 404


class MissingDataError(HookError):
    """Data that the service needs were neither sent nor could be fetched."""

    status = 412


class TooLargeError(HookError):
    """More was sent than is read."""

    status = 413
