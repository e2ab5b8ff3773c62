"""Why a server's answer cannot be used, in words that hold no address and no patient."""

from __future__ import annotations

import enum


class Why(enum.Enum):
    """The kinds of reasons; the value completes "the answer cannot be used: ..."."""

    silent = "there is none that is whole"
    slow = "it takes too long"
    large = "it is too large"
    status = "it does not give that"
    unread = "it is not the FHIR that was asked for"
    not_json = "it is no JSON object"
    failed = "it says itself that something is not given"
    endless = "it has too many pages"
    elsewhere = "its pages lead to another server"
    open_line = "its token would go over a line that others can read"
    unasked = "there is no such address"


class AskError(Exception):
    """There is no answer that can be used.

    Args:
        why: the kind of reason.
        status: of HTTP, if the server answered with another one than 200.
    """

    def __init__(self, why: Why, status: int | None = None) -> None:
        super().__init__(why.value if status is None else f"{why.value} (status {status})")
        self.why = why
        self.status = status
