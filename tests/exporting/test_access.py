"""SMART Backend Services: who asks is proven anew for each token, and nothing secret is shown."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from painpath.exporting import tokens
from painpath.exporting.choices import KEY, Choices
from painpath.exporting.errors import ServerError, SettingsError
from painpath.exporting.keys import Key, key_of
from painpath.exporting.talking import Patience, Talk
from painpath.exporting.tokens import Access, Smart, Tokens
from tests.exporting.conftest import QUICK, Serve, export, held, resources
from tests.exporting.server import CLIENT, Ways, outcome


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_client_with_its_key_comes_in(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey, ec: ECKey, kind: str
) -> None:
    server = serve(Ways(keys=keys))
    export(server, tmp_path, key=rsa if kind == "rsa" else ec)
    assert resources(tmp_path) == held(server)
    assert len(server.used) == 1


def test_the_address_of_the_key_set_is_named_where_it_is_wanted(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey
) -> None:
    server = serve(Ways(keys=keys, jku="https://example.org/jwks.json"))
    with pytest.raises(ServerError, match=r"gives no access token.*invalid_client: jku"):
        export(server, tmp_path, key=rsa)
    export(server, tmp_path, key=rsa, jku="https://example.org/jwks.json")


@pytest.mark.parametrize(("lifetime", "pause"), [(300, 25), (60, 5)], ids=["long", "short"])
def test_tokens_are_renewed_before_they_end(
    serve: Serve,
    tmp_path: Path,
    keys: KeySet,
    rsa: RSAKey,
    monkeypatch: pytest.MonkeyPatch,
    lifetime: int,
    pause: int,
) -> None:
    """A file is asked for, and the time goes by that a request is under way."""
    server = serve(Ways(keys=keys, lifetime=lifetime), patients=300)

    def clock() -> float:
        return pause * sum(path.startswith("/files/") for _, path in server.asked)

    server.clock = clock
    monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=clock))
    export(server, tmp_path, key=rsa, parallel=1)
    assert len(server.used) > 2
    assert sum(n for (_, status), n in server.statuses.items() if status == 401) == 0
    assert resources(tmp_path) == held(server)


def test_a_token_that_is_taken_back_is_replaced(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey
) -> None:
    server = serve(Ways(keys=keys))
    server.revoke_next = True
    export(server, tmp_path, key=rsa)
    assert server.statuses["files", 401] >= 1
    assert len(server.used) == 2
    assert resources(tmp_path) == held(server)


def test_a_client_without_key_is_told_so(serve: Serve, tmp_path: Path, keys: KeySet) -> None:
    with pytest.raises(ServerError, match=r"was not started: .* 401 .*the token is not good"):
        export(serve(Ways(keys=keys)), tmp_path)


def test_another_key_is_refused_in_one_sentence(serve: Serve, tmp_path: Path, keys: KeySet) -> None:
    other = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    server = serve(Ways(keys=keys))
    with pytest.raises(ServerError, match=r"/token gives no access token: .*400.*invalid_client"):
        export(server, tmp_path, key=other)
    assert server.statuses["token", 400] == 1


def test_files_elsewhere_do_not_see_the_token(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey
) -> None:
    server = serve(Ways(keys=keys, token_for_files=False))
    export(server, tmp_path, key=rsa)
    assert server.statuses["files", 400] == 0
    assert resources(tmp_path) == held(server)


def test_a_busy_token_endpoint_gets_a_fresh_assertion(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey
) -> None:
    # Every second request is turned away; a used `jti` would be refused.
    server = serve(Ways(keys=keys, busy=2))
    export(server, tmp_path, key=rsa)
    assert server.statuses["token", 400] == 0


@pytest.mark.parametrize("smart", [{}, {"capabilities": []}], ids=["none", "without-endpoint"])
def test_without_a_token_endpoint_a_flag_names_it(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey, smart: dict[str, object]
) -> None:
    server = serve(Ways(keys=keys, configuration=smart))
    with pytest.raises(ServerError, match=r"token endpoint.*--token-url"):
        export(server, tmp_path, key=rsa)
    key = Key(rsa, "rsa-1")
    for scope in (None, "system/*.read"):
        access = Access(CLIENT, key, token_url=f"{server.root}/token", scope=scope)
        with Talk(None, QUICK) as talk:
            assert Tokens(access, server.base).bearer(talk) in server.tokens


def test_an_algorithm_the_server_does_not_take_is_said_before_asking(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey
) -> None:
    server = serve(Ways(keys=keys))
    server.ways.configuration = {
        "token_endpoint": f"{server.root}/token",
        "token_endpoint_auth_signing_alg_values_supported": ["ES384"],
    }
    with pytest.raises(SettingsError, match="signs with RS384, the server takes ES384"):
        export(server, tmp_path, key=rsa)
    assert server.statuses["token", 400] == 0


@pytest.mark.parametrize(
    ("smart", "scope"),
    [
        (Smart(), "system/*.read"),
        (Smart(capabilities=["permission-v2"]), "system/*.rs"),
        (
            Smart(scopes_supported=["system/*.read"], capabilities=["permission-v2"]),
            "system/*.read",
        ),
    ],
)
def test_the_scope_is_in_the_servers_grammar(smart: Smart, scope: str) -> None:
    assert smart.scope() == scope


def test_no_token_goes_over_a_line_that_others_can_read(rsa: RSAKey) -> None:
    access = Access(CLIENT, Key(rsa, "k"), token_url="http://example.org/token", scope="x")
    with (
        Talk(Tokens(access, "http://example.org/fhir"), Patience(times=0)) as talk,
        pytest.raises(SettingsError, match="only sent over https"),
    ):
        talk.get("http://example.org/fhir/metadata")


def test_an_assertion_says_what_smart_wants(rsa: RSAKey, ec: ECKey) -> None:
    for key, algorithm in ((rsa, "RS384"), (ec, "ES384")):
        made = [Key(key, "k1").assertion("me", "https://a/token", None) for _ in range(2)]
        read = [jwt.decode(each, key, algorithms=[algorithm]) for each in made]
        assert read[0].header == {"alg": algorithm, "kid": "k1", "typ": "JWT"}
        claims = read[0].claims
        assert (claims["iss"], claims["sub"], claims["aud"]) == ("me", "me", "https://a/token")
        assert 0 < claims["exp"] - time.time() <= 300
        assert claims["jti"] != read[1].claims["jti"]


# -- the key --


def test_every_form_of_a_key_is_read(tmp_path: Path, rsa: RSAKey, ec: ECKey) -> None:
    both = {"keys": [rsa.as_dict(private=True), ec.as_dict(private=True)]}
    forms = [
        (json.dumps(rsa.as_dict(private=True)), None, "RS384", "rsa-1"),
        (json.dumps(ec.as_dict(private=True)), None, "ES384", "ec-1"),
        (json.dumps(both), "ec-1", "ES384", "ec-1"),
        (rsa.as_pem(private=True).decode(), "my-name", "RS384", "my-name"),
        (ec.as_pem(private=True).decode(), "my-name", "ES384", "my-name"),
    ]
    for text, kid, algorithm, name in forms:
        path = tmp_path / "key"
        path.write_text(text, encoding="utf-8")
        from_file = key_of(Choices(key_file=str(path), kid=kid), {})
        from_environment = key_of(Choices(kid=kid), {KEY: text})
        for key in (from_file, from_environment):
            assert key is not None
            assert (key.algorithm, key.kid) == (algorithm, name)


def test_a_key_that_cannot_sign_is_said_without_showing_it(
    tmp_path: Path, rsa: RSAKey, ec: ECKey
) -> None:
    whole = rsa.as_dict(private=True)
    secret = str(whole["d"])
    both = {"keys": [whole, ec.as_dict(private=True)]}
    short = ECKey.generate_key("P-256", {"kid": "k"}).as_dict(private=True)
    cases = [
        (json.dumps(rsa.as_dict(private=False)), "this is a public key"),
        (json.dumps(both), "2 private keys; choose by --kid"),
        (json.dumps({"keys": [rsa.as_dict(private=False)]}), "holds no private key"),
        (json.dumps({**whole, "n": "!!"}), "cannot be read"),
        (json.dumps(short), "ES384 needs a key on the curve P-384"),
        (json.dumps(OctKey.generate_key(256).as_dict(private=True)), "only RSA and EC keys"),
        (rsa.as_pem(private=True).decode(), "the key has no name; give it with --kid"),
        (secret, "neither a JWK nor a PEM key"),
        ("{" + secret, "cannot be read"),
    ]
    for text, why in cases:
        with pytest.raises(SettingsError, match=why) as caught:
            key_of(Choices(), {KEY: text})
        assert secret[:20] not in str(caught.value)
    with pytest.raises(SettingsError, match="No such file"):
        key_of(Choices(key_file=str(tmp_path / "none")), {})


def test_nothing_that_is_printed_holds_the_key(rsa: RSAKey) -> None:
    access = Access(CLIENT, Key(rsa, "k1"))
    assert repr(access.key) == "Key(k1, RS384)"
    assert str(rsa.as_dict(private=True)["d"])[:20] not in f"{access} {Tokens(access, 'x')}"


def test_what_a_server_says_is_one_short_line(serve: Serve, tmp_path: Path) -> None:
    words = outcome("invalid", "a\n\x1b[31mb " + "c" * 900)
    with pytest.raises(ServerError) as caught:
        export(serve(Ways(refuses=(400, words))), tmp_path)
    assert "a [31mb ccc" in str(caught.value)
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 450
