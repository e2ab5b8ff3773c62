"""Tokens of clients: what is let in, and everything that is not."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jwk, jws

from painpath.fhirserver.line import trusted
from painpath.hooks import keys as keys_module
from painpath.hooks.clients import ALGORITHMS, Gate, MemoryNonces
from painpath.hooks.errors import NotTrustedError
from painpath.hooks.keys import KeyRing, NoKeyError, fetched
from painpath.hooks.settings import Client, HookSettings

ISSUER = "https://ehr.example.com/"
JKU = "https://ehr.example.com/jwk_uri"
ADDRESS = "https://cds.example.org/cds-services/painpath-patient-view"
KEY = jwk.ECKey.generate_key("P-384", {"kid": "ec", "use": "sig", "alg": "ES384"}, private=True)
RSA = jwk.RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, private=True)
STRANGER = jwk.ECKey.generate_key("P-384", {"kid": "ec", "use": "sig"}, private=True)
SHARED = jwk.OctKey.import_key("a-shared-secret-of-some-length-0123456789abcdef", {"kid": "oct"})
SET = {"keys": [KEY.as_dict(private=False), RSA.as_dict(private=False), SHARED.as_dict()]}


class Server:
    """Serves key sets and counts."""

    def __init__(self) -> None:
        self.sets: dict[str, Any] = {JKU: SET}
        self.calls: list[str] = []

    def __call__(self, address: str) -> Any:
        self.calls.append(address)
        if address not in self.sets:
            raise NoKeyError
        return self.sets[address]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def gate(server: Server) -> Iterator[Gate]:
    client = Client(issuer=ISSUER, jwks_urls=[JKU])
    yield Gate(HookSettings(clients=[client]), MemoryNonces(), KeyRing(server))


def token(key: Any = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token that is as it should be, but for what is given; `None` leaves an element out."""
    now = int(time.time())
    head = {"alg": "ES384", "kid": "ec", "typ": "JWT", "jku": JKU, **(header or {})}
    body = {
        "iss": ISSUER,
        "aud": ADDRESS,
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
        **claims,
    }
    head = {name: value for name, value in head.items() if value is not None}
    body = {name: value for name, value in body.items() if value is not None}
    return jws.serialize_compact(head, json.dumps(body), key, algorithms=[head["alg"]])


def raw(header: dict[str, Any], claims: object, signature: bytes = b"") -> str:
    """A token put together by hand."""

    def part(value: object) -> str:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    return f"{part(header)}.{part(claims)}.{part(signature)}"


def claims_now() -> dict[str, Any]:
    now = int(time.time())
    return {"iss": ISSUER, "aud": ADDRESS, "iat": now, "exp": now + 300, "jti": "n"}


def admitted(gate: Gate, value: str) -> bool:
    try:
        client = gate.admit(f"Bearer {value}", [ADDRESS])
    except NotTrustedError as error:
        assert error.status == 401 and str(error).endswith(".") and value not in str(error)
        return False
    assert client is not None and client.issuer == ISSUER
    return True


# -- who is let in --


def test_a_token_as_it_should_be(gate: Gate) -> None:
    assert admitted(gate, token())


def test_several_audiences_of_which_one_is_meant(gate: Gate) -> None:
    assert admitted(gate, token(aud=["https://other.example.org", ADDRESS]))


def test_without_jku_the_usual_key_set_counts(gate: Gate) -> None:
    assert admitted(gate, token(header={"jku": None}))


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "PS384"])
def test_rsa_keys(gate: Gate, algorithm: str) -> None:
    assert admitted(gate, token(RSA, {"alg": algorithm, "kid": "rsa"}))


def test_keys_that_were_handed_over(server: Server) -> None:
    client = Client(issuer=ISSUER, keys=[KEY.as_dict(private=False)])
    gate = Gate(HookSettings(clients=[client]), MemoryNonces(), KeyRing(server))
    assert admitted(gate, token(header={"jku": None}))
    assert server.calls == []


def test_for_demonstrations_anybody(server: Server) -> None:
    gate = Gate(HookSettings(open=True), MemoryNonces(), KeyRing(server))
    assert gate.admit(None, [ADDRESS]) is None
    assert gate.admit("Bearer nonsense", [ADDRESS]) is None


# -- who is not --


def now_and(seconds: float) -> int:
    return int(time.time() + seconds)


REFUSED: dict[str, Any] = {
    "forged: signed by a stranger with the same kid": lambda: token(STRANGER),
    "expired": lambda: token(iat=now_and(-900), exp=now_and(-600)),
    "expires before it was issued": lambda: token(iat=now_and(0), exp=now_and(-10)),
    "issued in the future": lambda: token(iat=now_and(600), exp=now_and(900)),
    "not yet valid": lambda: token(nbf=now_and(600)),
    "holds for a year": lambda: token(exp=now_and(365 * 86400)),
    "wrong audience": lambda: token(aud="https://cds.example.org/cds-services/other"),
    "audience is only the beginning": lambda: token(aud="https://cds.example.org/cds-services"),
    "no audience": lambda: token(aud=None),
    "audience of a wrong kind": lambda: token(aud={"url": ADDRESS}),
    "no exp": lambda: token(exp=None),
    "no iat": lambda: token(iat=None),
    "no jti": lambda: token(jti=None),
    "no iss": lambda: token(iss=None),
    "exp as text": lambda: token(exp=str(now_and(300))),
    "exp is true": lambda: token(exp=True),
    "jti as a number": lambda: token(jti=7),
    "jti empty": lambda: token(jti=""),
    "jti too long": lambda: token(jti="x" * 300),
    "unknown issuer": lambda: token(iss="https://evil.example.com/"),
    "issuer nearly": lambda: token(iss=ISSUER.rstrip("/")),
    "issuer as a list": lambda: token(iss=[ISSUER]),
    "jku of somebody else": lambda: token(header={"jku": "https://evil.example.com/jwk_uri"}),
    "jku nearly": lambda: token(header={"jku": f"{JKU}?x=1"}),
    "jku of a wrong kind": lambda: raw(
        {"alg": "ES384", "kid": "ec", "typ": "JWT", "jku": [JKU]}, claims_now(), b"x" * 96
    ),
    "kid unknown": lambda: token(header={"kid": "other"}),
    "no kid": lambda: token(header={"kid": None}),
    "typ is not JWT": lambda: token(header={"typ": "at+jwt"}),
    "no typ": lambda: token(header={"typ": None}),
    "alg none": lambda: raw({"alg": "none", "kid": "ec", "typ": "JWT"}, claims_now()),
    "alg None": lambda: raw({"alg": "None", "kid": "ec", "typ": "JWT"}, claims_now()),
    "alg missing": lambda: raw({"kid": "ec", "typ": "JWT"}, claims_now()),
    "alg a list": lambda: raw({"alg": ["ES384"], "kid": "ec", "typ": "JWT"}, claims_now()),
    "symmetric, with a key of the set": lambda: token(SHARED, {"alg": "HS256", "kid": "oct"}),
    "symmetric, with the public key as the secret": lambda: token(
        jwk.OctKey.import_key(json.dumps(KEY.as_dict(private=False))), {"alg": "HS384"}
    ),
    "key for another algorithm": lambda: token(header={"kid": "rsa"}),
    "signature cut off": lambda: token()[:-8],
    "no signature": lambda: f"{token().rpartition('.')[0]}.",
    "claims changed afterwards": lambda: _changed(),
    "claims are no object": lambda: raw({"alg": "ES384", "kid": "ec", "typ": "JWT"}, [1]),
    "claims are no JSON": lambda: raw({"alg": "ES384", "kid": "ec", "typ": "JWT"}, b"\xff{"),
    "NaN as exp": lambda: token(exp=float("nan")),
    "exp without end": lambda: token(exp=10**400),
    "infinite exp": lambda: token(exp=float("inf")),
    "encrypted": lambda: "a.b.c.d.e",
    "two parts": lambda: "a.b",
    "empty parts": lambda: "..",
    "far too long": lambda: token(more="x" * 20_000),
    "not ASCII": lambda: "é.é.é",
    "critical extension": lambda: raw(
        {"alg": "ES384", "kid": "ec", "typ": "JWT", "crit": ["b64"], "b64": False}, claims_now()
    ),
}


def _changed() -> str:
    header, _, signature = token().split(".")
    claims = base64.urlsafe_b64encode(json.dumps(claims_now()).encode()).rstrip(b"=").decode()
    return f"{header}.{claims}.{signature}"


@pytest.mark.parametrize("case", REFUSED)
def test_refused(gate: Gate, case: str) -> None:
    assert not admitted(gate, REFUSED[case]())


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dTpw", "Token x"])
def test_without_a_token(gate: Gate, header: str | None) -> None:
    with pytest.raises(NotTrustedError):
        gate.admit(header, [ADDRESS])


def test_without_clients_nobody(server: Server) -> None:
    gate = Gate(HookSettings(), MemoryNonces(), KeyRing(server))
    assert not admitted(gate, token())


def test_a_token_is_used_once(gate: Gate) -> None:
    value = token(jti="once")
    assert admitted(gate, value)
    assert not admitted(gate, value)
    assert not admitted(gate, token(jti="once"))
    assert admitted(gate, token(jti="another"))


def test_a_forged_token_does_not_use_up_the_nonce_of_the_real_one(gate: Gate) -> None:
    assert not admitted(gate, token(STRANGER, jti="n1"))
    assert not admitted(gate, token(jti="n1", aud="https://elsewhere.example.org"))
    assert admitted(gate, token(jti="n1"))


def test_two_issuers_do_not_use_up_each_others_nonces() -> None:
    nonces = MemoryNonces()
    assert nonces.first("a", "1", time.time() + 60) and nonces.first("b", "1", time.time() + 60)


def test_nonces_are_forgotten_once_the_token_has_expired() -> None:
    now = 1000.0
    nonces = MemoryNonces(lambda: now)
    assert nonces.first("a", "1", 1300.0)
    now = 1299.0
    assert not nonces.first("a", "1", 1300.0)
    now = 1301.0
    assert nonces.first("a", "1", 1600.0)


def test_no_algorithm_that_is_taken_is_symmetric() -> None:
    assert not {name for name in ALGORITHMS if name.startswith("HS") or name.lower() == "none"}


# -- keys --


def test_a_key_set_is_fetched_once_for_many_tokens(gate: Gate, server: Server) -> None:
    assert all(admitted(gate, token()) for _ in range(5))
    assert server.calls == [JKU]


def test_a_new_key_is_found_after_a_while_and_not_by_asking_again_and_again() -> None:
    now = 0.0
    server = Server()
    ring = KeyRing(server, lambda: now)
    client = Client(issuer=ISSUER, jwks_urls=[JKU])
    ring.key(client, JKU, "ec", "ES384")
    fresh = jwk.ECKey.generate_key("P-384", {"kid": "new"}, private=True)
    server.sets[JKU] = {"keys": [fresh.as_dict(private=False)]}
    for _ in range(3):
        with pytest.raises(NoKeyError):
            ring.key(client, JKU, "new", "ES384")
    assert len(server.calls) == 1
    now = 61.0
    assert ring.key(client, JKU, "new", "ES384").kid == "new"
    assert len(server.calls) == 2


def test_a_key_that_was_withdrawn_is_not_taken_after_an_hour() -> None:
    now = 0.0
    server = Server()
    ring = KeyRing(server, lambda: now)
    client = Client(issuer=ISSUER, jwks_urls=[JKU])
    ring.key(client, JKU, "ec", "ES384")
    server.sets[JKU] = {"keys": []}
    now = 3601.0
    with pytest.raises(NoKeyError):
        ring.key(client, JKU, "ec", "ES384")


def test_a_key_server_that_is_down_for_a_moment_costs_nobody() -> None:
    now = 0.0
    server = Server()
    ring = KeyRing(server, lambda: now)
    client = Client(issuer=ISSUER, jwks_urls=[JKU])
    ring.key(client, JKU, "ec", "ES384")
    server.sets.clear()
    now = 3601.0
    assert ring.key(client, JKU, "ec", "ES384").kid == "ec"


@pytest.mark.parametrize(
    "set_", [None, [], {"keys": {}}, {"keys": [1, {"kid": "ec"}, {"kid": "ec", "kty": "EC"}]}]
)
def test_a_key_set_that_is_none_has_no_keys(set_: object) -> None:
    server = Server()
    server.sets[JKU] = set_
    with pytest.raises(NoKeyError):
        KeyRing(server).key(Client(issuer=ISSUER, jwks_urls=[JKU]), JKU, "ec", "ES384")


def test_a_small_rsa_key_is_not_taken() -> None:
    small = {"kty": "RSA", "kid": "rsa", "e": "AQAB", "n": "A" * 171}
    client = Client(issuer=ISSUER, keys=[small])
    with pytest.raises(NoKeyError):
        KeyRing(Server()).key(client, None, "rsa", "RS384")


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(404),
        httpx2.Response(302, headers={"location": "http://127.0.0.1/"}),
        httpx2.Response(200, text="{"),
        httpx2.Response(200, content=b" " * ((1 << 20) + 1)),
    ],
)
def test_fetching_a_key_set_that_is_not_there(
    response: httpx2.Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = httpx2.Client

    def client(**terms: Any) -> httpx2.Client:
        return plain(transport=httpx2.MockTransport(lambda _: response), **terms)

    monkeypatch.setattr(keys_module.httpx2, "Client", client)
    with pytest.raises(NoKeyError):
        fetched(JKU)


def test_keys_come_from_a_server_that_the_clinics_own_authority_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """`SSL_CERT_FILE` counts for every server that is asked, not only for the one of records."""
    certificate = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Published) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"https://127.0.0.1:{server.server_port}/keys"
        client = Client(issuer=ISSUER, jwks_urls=[address])
        trusted.cache_clear()
        with pytest.raises(NoKeyError):
            KeyRing().key(client, None, "ec", "ES384")
        assert address in caplog.text, "whoever runs the service sees why nobody is let in"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted.cache_clear()
        assert KeyRing().key(client, None, "ec", "ES384")
        server.shutdown()
    monkeypatch.undo()
    trusted.cache_clear()


class Published(BaseHTTPRequestHandler):
    """The key set, whatever is asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(SET).encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def certified(folder: Path) -> Path:
    """A certificate for this machine that nobody else vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - day).not_valid_after(now + day)
    signed = made.add_extension(here, critical=False).sign(key, hashes.SHA256())
    file = folder / "certificate.pem"
    terms = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    file.write_bytes(signed.public_bytes(Encoding.PEM) + key.private_bytes(*terms))
    return file
