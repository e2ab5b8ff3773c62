"""The code that came back, exchanged for a token; what the answer says, checked."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from painpath.fhirserver.addresses import is_id
from painpath.fhirserver.errors import AskError
from painpath.serve.people.asking import ask_json
from painpath.serve.people.id_tokens import IdTokenError, checked
from painpath.serve.smart.attempts import Attempt
from painpath.serve.smart.discovery import Described
from painpath.serve.smart.errors import LaunchError
from painpath.serve.smart.proving import Proof

NO_PATIENT = "The record system named no patient. Please open the patient's chart and try again."
_TOKEN = re.compile(r"[!-~]+")
"""What a header can carry."""


class _Answer(msgspec.Struct):
    access_token: str
    token_type: str
    id_token: str
    scope: str | None = None
    patient: str | None = None


class Given(msgspec.Struct, frozen=True):
    """What a launch brought. The token lives as long as the request and is kept nowhere."""

    token: str
    patient: str
    scope: str
    claims: dict[str, Any]
    """Of the ID token, checked."""

    def __repr__(self) -> str:
        return "Given()"


def exchanged(
    described: Described, proof: Proof, attempt: Attempt, code: str, back: str, asked: str
) -> Given:
    """What the record system gives for the code.

    Args:
        described: where to ask.
        proof: who asks.
        attempt: what was sent when the launch began.
        code: that came back.
        back: the address it came back to.
        asked: the scopes that were asked for, in force where the answer names none.

    Raises:
        LaunchError: if it gives nothing, or nothing that holds.
    """
    terms = proof.terms(described.token)
    terms["data"] |= {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": attempt.verifier,
    }
    try:
        found = ask_json("POST", described.token, **terms)
        answer = msgspec.convert(found, _Answer)
    except AskError as error:
        raise LaunchError(f"the server gives no token: {error}") from None
    except msgspec.ValidationError:
        raise LaunchError("the server's answer is no token with an ID token") from None
    if answer.token_type.lower() != "bearer" or not _TOKEN.fullmatch(answer.access_token):
        raise LaunchError("the server gives tokens of an unknown type")
    try:
        claims = checked(
            answer.id_token,
            described.keys,
            issuer=described.issuer,
            client=proof.client,
            nonce=attempt.nonce,
        )
    except (IdTokenError, AskError) as error:
        raise LaunchError(f"the ID token does not hold: {error}", status=401) from None
    if answer.patient is None or not is_id(answer.patient):
        raise LaunchError("the answer names no patient", NO_PATIENT, 422)
    scope = asked if answer.scope is None else answer.scope
    return Given(answer.access_token, answer.patient, scope, claims)
