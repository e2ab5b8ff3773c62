"""A hook's request: JSON into checked data. Whatever is not as specified is one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from painpath.hooks.catalogue import Service
from painpath.hooks.errors import BadRequestError

Resource = dict[str, Any]

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LONGEST = 512
_MOST_DRAFTS = 200
_FIELD = {
    "order-select": "draftOrders",
    "order-sign": "draftOrders",
    "appointment-book": "appointments",
}
_CONFIGURATION = "davinci-crd.configuration"


class Access(msgspec.Struct, frozen=True):
    """Where more can be fetched, and the token for it. The token is kept out of every message."""

    server: str
    token: str

    def __repr__(self) -> str:
        return f"Access({self.server})"


class HookRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks."""

    service: Service
    instance: str
    user: str
    patient: str
    encounter: str | None
    server: str | None
    access: Access | None
    drafts: tuple[Resource, ...]
    """Draft orders, or the appointments to be booked; each has an id, if need be one of ours."""
    unnamed: frozenset[str]
    """Drafts that came without an id: nothing can be said of them by reference."""
    selected: frozenset[str] | None
    """`ServiceRequest/1`; `None` where the hook selects nothing."""
    prefetch: Mapping[str, msgspec.Raw]
    """What came, by its key; JSON still."""
    most_cards: int | None
    """The client's own limit (Da Vinci CRD configuration)."""
    coverage_wanted: bool
    """Whether the client takes coverage information (the same)."""

    def concerns(self, ref: str) -> bool:
        """Whether a draft is one that the user is at."""
        return self.selected is None or ref in self.selected


_NULL = msgspec.Raw(b"null")
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError)


def parse(body: bytes, service: Service) -> HookRequest:
    """A request from its bytes.

    Raises:
        BadRequestError: if it is not JSON or not as specified.
    """
    try:
        # What was sent along is most of it, and stays as it is until somebody needs it.
        body.decode()
        whole = _fields(body, "The request")
        prefetch = whole.pop("prefetch", None)
        data = {name: msgspec.json.decode(value) for name, value in whole.items()}
    except _BROKEN:
        raise BadRequestError("The request is not JSON.") from None
    hook = _text(data, "hook")
    if hook != service.hook:
        raise BadRequestError(f"{service.id} is called at {service.hook}, not at another hook.")
    context = _object(data.get("context"), "context")
    patient = _text(context, "patientId", "context.")
    if not _ID.fullmatch(patient):
        raise BadRequestError("context.patientId is not a FHIR id.")
    field = _FIELD.get(service.hook)
    found = [] if field is None else _resources(context.get(field), f"context.{field}")
    drafts = tuple(_identified(each, number) for number, each in enumerate(found, 1))
    server = _optional(data, "fhirServer")
    extension = data.get("extension")
    options = extension.get(_CONFIGURATION) if isinstance(extension, dict) else None
    options = options if isinstance(options, dict) else {}
    most = options.get("max-cards")
    return HookRequest(
        service=service,
        instance=_text(data, "hookInstance"),
        user=_text(context, "userId", "context."),
        patient=patient,
        encounter=_optional(context, "encounterId", "context."),
        server=server,
        access=_access(data.get("fhirAuthorization"), server),
        drafts=drafts,
        unnamed=frozenset(
            reference(draft) for draft, came in zip(drafts, found, strict=True) if "id" not in came
        ),
        selected=_selections(context) if service.hook == "order-select" else None,
        prefetch={} if prefetch in (None, _NULL) else _fields(prefetch, "Prefetch"),
        most_cards=most if type(most) is int and most >= 0 else None,
        coverage_wanted=options.get("coverage-info") is not False,
    )


def _fields(data: bytes | msgspec.Raw, name: str) -> dict[str, msgspec.Raw]:
    try:
        return _OBJECT.decode(data)
    except msgspec.ValidationError:
        raise BadRequestError(f"{name} is not an object.") from None


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequestError(f"{name[0].upper()}{name[1:]} is not an object.")
    return value


def _text(data: dict[str, Any], name: str, where: str = "") -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRequestError(f"{where}{name} is missing or not a text.")
    if len(value) > _LONGEST:
        raise BadRequestError(f"{where}{name} is too long.")
    return value


def _optional(data: dict[str, Any], name: str, where: str = "") -> str | None:
    return None if data.get(name) is None else _text(data, name, where)


def _access(value: Any, server: str | None) -> Access | None:
    if value is None:
        return None
    data = _object(value, "fhirAuthorization")
    token = data.get("access_token")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise BadRequestError("fhirAuthorization.access_token is missing or not a token.")
    kind = data.get("token_type")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise BadRequestError("fhirAuthorization.token_type is not Bearer.")
    if server is None:
        raise BadRequestError("fhirAuthorization came without fhirServer.")
    return Access(server, token)


def _selections(context: dict[str, Any]) -> frozenset[str]:
    value = context.get("selections")
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadRequestError("context.selections is not a list of references.")
    return frozenset("/".join(each.split("/")[-2:]) for each in value)


def _resources(value: Any, name: str) -> list[Resource]:
    """Resources of a Bundle; appointments also come as a plain list, as in the hook's examples."""
    found: list[Any]
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        entries = value.get("entry", [])
        if not isinstance(entries, list):
            raise BadRequestError(f"{name}.entry is not a list.")
        found = [_object(entry, f"{name}.entry").get("resource") for entry in entries]
    elif isinstance(value, list) and name == "context.appointments":
        found = value
    else:
        raise BadRequestError(f"{name} is not a Bundle.")
    if len(found) > _MOST_DRAFTS:
        raise BadRequestError(f"{name} has more than {_MOST_DRAFTS} entries.")
    return [_checked(each, name) for each in found]


def _checked(value: Any, name: str) -> Resource:
    resource = _object(value, f"{name}.entry.resource")
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not kind.isalpha():
        raise BadRequestError(f"{name} holds an entry without resourceType.")
    key = resource.get("id", "none")
    if not isinstance(key, str) or not _ID.fullmatch(key):
        raise BadRequestError(f"{name} holds an id that is not a FHIR id.")
    return resource


def _identified(resource: Resource, number: int) -> Resource:
    return resource if "id" in resource else {**resource, "id": f"draft-{number}"}


def reference(resource: Resource) -> str:
    """`ServiceRequest/1`."""
    return f"{resource['resourceType']}/{resource['id']}"
