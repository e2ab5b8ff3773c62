"""The plan as JSON, exactly as the contract says: every key written, dates ISO 8601."""

from __future__ import annotations

import msgspec

from painpath.planning.plan import Plan

_ENCODER = msgspec.json.Encoder()


def encode(item: msgspec.Struct) -> bytes:
    """Any plan entry as indented JSON."""
    return msgspec.json.format(_ENCODER.encode(item), indent=1)


def to_json(plan: Plan) -> bytes:
    """The plan as UTF-8 JSON (`painpath-plan/1`)."""
    return encode(plan) + b"\n"
