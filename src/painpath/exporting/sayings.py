"""What a server says when it does not do as asked, made one sentence without patient data."""

from __future__ import annotations

import datetime
import email.utils

import httpx2
import msgspec

from painpath.exporting.addresses import plain
from painpath.exporting.errors import ServerError

_ISSUES = 3
_TRANSIENT = frozenset({"transient", "lock-error", "no-store", "timeout", "throttled"})
"""Issue types of FHIR that may go away by themselves."""
_BUSY = frozenset({408, 425, 429, 502, 503, 504})
LONGEST_WAIT = 900.0
"""Seconds waited at most because a server asked for it; some send a date's number by mistake."""


class _Text(msgspec.Struct):
    text: str | None = None


class Issue(msgspec.Struct):
    """One thing that an OperationOutcome says."""

    severity: str = "error"
    code: str = ""
    diagnostics: str | None = None
    details: _Text | None = None

    def words(self) -> str:
        """What it says, or its code where it says nothing."""
        return (self.details and self.details.text) or self.diagnostics or self.code


class Outcome(msgspec.Struct):
    """An OperationOutcome."""

    resourceType: str  # noqa: N815 - FHIR's name
    issue: list[Issue] = []


class _OAuth(msgspec.Struct):
    error: str
    error_description: str | None = None


def outcome(response: httpx2.Response) -> Outcome | None:
    """The OperationOutcome in an answer (already read)."""
    try:
        found = msgspec.json.decode(response.content, type=Outcome)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.resourceType == "OperationOutcome" else None


def words(response: httpx2.Response) -> str:
    """What an answer (already read) says of a failure."""
    found = outcome(response)
    if found is not None:
        grave = [i for i in found.issue if i.severity in ("fatal", "error")] or found.issue
        return plain("; ".join(issue.words() for issue in grave[:_ISSUES]))
    try:
        oauth = msgspec.json.decode(response.content, type=_OAuth)
        return plain(": ".join(filter(None, (oauth.error, oauth.error_description))))
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    if "html" in response.headers.get("content-type", "") or len(response.content) > 2000:
        return ""
    return plain(response.text)


def refused(where: str, response: httpx2.Response) -> ServerError:
    """An answer (already read) that is no success."""
    said = words(response)
    status = f"{response.status_code} {response.reason_phrase}".strip()
    return ServerError(f"{where}: the server answered {status}" + (f": {said}" if said else ""))


def unreachable(where: str, error: httpx2.TransportError) -> ServerError:
    """No answer, or half of one."""
    if isinstance(error, httpx2.ConnectError):
        why = f"no connection ({plain(str(error))})"
    elif isinstance(error, httpx2.TimeoutException):
        why = "no answer in time"
    else:
        why = "the connection broke off"
    return ServerError(f"{where}: {why}")


def passes(response: httpx2.Response) -> bool:
    """Whether asking again may help (of an answer already read)."""
    if response.status_code in _BUSY:
        return True
    if response.status_code != 500:
        return False
    found = outcome(response)
    return found is None or any(issue.code in _TRANSIENT for issue in found.issue)


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds the server asks to wait, from a number or a date."""
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            then = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
        if then.tzinfo is None:
            then = then.replace(tzinfo=datetime.UTC)
        seconds = (then - datetime.datetime.now(datetime.UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)
