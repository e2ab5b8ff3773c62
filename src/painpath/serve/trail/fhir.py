"""The trail as FHIR R4 AuditEvent resources, one a line (NDJSON)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from painpath.serve.store.tables import Trail
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_ACTS = "urn:painpath:act"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_SIGNING = ("sign-in", "sign-out")
_SOURCE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_CHANGES: dict[str, str] = {
    Act.bring_record: "C",
    Act.make_link: "C",
    Act.add_account: "C",
    Act.ask_form: "C",
    Act.answer_form: "C",
    Act.raise_alert: "C",
    Act.restore: "C",
    Act.change_password: "U",
    Act.choose_clinic: "U",
    Act.close_account: "U",
    Act.withdraw_form: "U",
    Act.sign_alert: "U",
    Act.connect_server: "U",
    Act.set_worklists: "U",
    Act.find_patient: "E",
}
"""What else is done reads (`R`)."""


def lines(rows: Iterable[Trail], names: dict[int, str]) -> Iterator[bytes]:
    """AuditEvents of rows; `names` are those of the accounts."""
    for row in rows:
        yield msgspec.json.encode(event(row, names)) + b"\n"


def event(row: Trail, names: dict[int, str]) -> dict[str, Any]:
    """One row as an AuditEvent."""
    signing = row.act in _SIGNING
    code, display = ("110114", "User Authentication") if signing else ("rest", "RESTful Operation")
    agent: dict[str, Any] = {"requestor": True, "who": {"display": who(row, names)}}
    if row.account_id is not None:
        agent["who"]["identifier"] = {
            "system": "urn:painpath:account",
            "value": str(row.account_id),
        }
    if row.address:
        agent["network"] = {"address": row.address, "type": "2"}
    made: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": f"trail-{row.id}",
        "type": {"system": _DCM if signing else _TYPES, "code": code, "display": display},
        "subtype": [{"system": _ACTS, "code": row.act}],
        "action": "E" if signing else _CHANGES.get(row.act, "R"),
        "recorded": row.at.isoformat(timespec="milliseconds"),
        "outcome": "0" if row.done else "4",
        "agent": [agent],
        "source": {
            "observer": {"display": "PainPath"},
            "type": [{"system": _SOURCE, "code": "4", "display": "Application Server"}],
        },
    }
    if row.detail:
        made["outcomeDesc"] = row.detail
    entities: list[dict[str, Any]] = []
    if row.patient_id is not None:
        entities.append(
            {
                "what": {"identifier": {"system": "urn:painpath:patient", "value": row.patient_id}},
                "type": {"system": _ENTITY, "code": "1", "display": "Person"},
                "role": {"system": _ROLE, "code": "1", "display": "Patient"},
            }
        )
    if row.clinic_id is not None:
        entities.append(
            {
                "what": {
                    "identifier": {"system": "urn:painpath:clinic", "value": str(row.clinic_id)}
                },
                "type": {"system": _ENTITY, "code": "3", "display": "Organization"},
            }
        )
    if entities:
        made["entity"] = entities
    return made


def who(row: Trail, names: dict[int, str]) -> str:
    """By whom, in words."""
    if row.account_id is not None:
        return names.get(row.account_id, f"account {row.account_id}")
    if row.patient_id is not None:
        return "patient by link"
    return "not signed in" if row.address else writing.OPERATOR
