"""What an export is asked for: level, types, filters, since when; and the address that asks it."""

from __future__ import annotations

import datetime
import re
from urllib.parse import quote, urlencode

import msgspec

from painpath.exporting.choices import Choices, server_of
from painpath.exporting.errors import SettingsError

LAST = "last"
"""`--since last`: since the export that the folder holds."""
KNOWN = "known"
"""`--type known`: the types that PainPath reads."""
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")


class Asked(msgspec.Struct, frozen=True):
    """An export as it was asked for; one that is interrupted goes on only as the same."""

    server: str
    group: str | None = None
    patients: bool = False
    types: list[str] = []
    filters: list[str] = []
    since: str | None = None
    """An instant, or `last`."""

    @property
    def operation(self) -> str:
        """Address of the operation."""
        if self.group is not None:
            return f"{self.server}/Group/{quote(self.group, safe='')}/$export"
        return f"{self.server}/Patient/$export" if self.patients else f"{self.server}/$export"

    def address(self, since: str | None, types: list[str]) -> str:
        """Address that starts the export, of these types since this instant."""
        query = [("_outputFormat", "application/fhir+ndjson")]
        if types:
            query.append(("_type", ",".join(types)))
        if since is not None:
            query.append(("_since", since))
        query += [("_typeFilter", each) for each in self.filters]
        return f"{self.operation}?{urlencode(query)}"


def asked(choices: Choices) -> Asked:
    """What is asked for by these choices.

    Raises:
        SettingsError: if it cannot be asked so.
    """
    if choices.group is not None and choices.patients:
        raise SettingsError("--group and --patients exclude each other: a group is of patients")
    types = [part.strip() for each in choices.type or [] for part in each.split(",")]
    types = list(dict.fromkeys(part for part in types if part))
    for each in types:
        if each != KNOWN and not _TYPE.fullmatch(each):
            raise SettingsError(f"--type: {each} is not a type of resource")
    if KNOWN in types and len(types) > 1:
        raise SettingsError(f"--type: {KNOWN} stands alone")
    return Asked(
        server=server_of(choices),
        group=choices.group,
        patients=bool(choices.patients),
        types=types,
        filters=[each.strip() for each in choices.type_filter or [] if each.strip()],
        since=_instant(choices.since),
    )


def _instant(text: str | None) -> str | None:
    """A date is its first instant in UTC; FHIR wants an offset on every instant."""
    if text is None or text == LAST:
        return text
    try:
        if len(text) == 10:
            return f"{datetime.date.fromisoformat(text)}T00:00:00Z"
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SettingsError(
            f"--since: {text} is neither `last`, a date (2026-11-01)"
            " nor an instant with its offset (2026-11-01T06:00:00Z)"
        )
    return text
