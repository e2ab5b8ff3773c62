"""Signing in and out: passwords, links that work once, sessions that end, attempts that run out."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from painpath.serve.people import accounts, passwords, sessions, tokens
from painpath.serve.people.accounts import AccountError
from painpath.serve.people.roles import Role
from painpath.serve.store.tables import Account, SignedIn, SignInLink, now
from tests.serve.conftest import copied, opened
from tests.serve.world import PASSWORD, World, form_token


def sign_in(world: World, name: str, password: str, **more: str):  # type: ignore[no-untyped-def]
    client = world.client()
    token = form_token(client.get("/sign-in").text)
    data = {"name": name, "password": password, "form_token": token, **more}
    return client, client.post("/sign-in", data=data)


def test_name_and_password(world: World) -> None:
    client, answer = sign_in(world, " Clinician  North ", PASSWORD)
    assert answer.status_code == 303 and answer.headers["location"] == "/today"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert client.get("/today").status_code == 200


@pytest.mark.parametrize("name", ["clinician north", "nobody at all", "analyst north"])
def test_what_is_wrong_is_not_said(world: World, name: str) -> None:
    _, answer = sign_in(world, name, "not the password")
    assert answer.status_code == 401
    assert "The name or the password is not right." in answer.text


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/records", "/records"),
        ("https://elsewhere.example/", "/today"),
        ("//elsewhere.example/", "/today"),
        ("/\\elsewhere.example", "/today"),
        ("javascript:alert(1)", "/today"),
        ("/records\r\nset-cookie: a=b", "/today"),
    ],
)
def test_signing_in_leads_only_to_pages_of_ours(world: World, asked: str, led: str) -> None:
    _, answer = sign_in(world, "clinician north", PASSWORD, next=asked)
    assert answer.headers["location"] == led


def test_password_is_kept_as_argon2id(world: World) -> None:
    with world.store.reading() as work:
        account = accounts.find(work, "clinician north")
    assert account is not None and account.password is not None
    assert account.password.startswith("$argon2id$") and PASSWORD not in account.password


def test_a_password_of_weaker_terms_is_hashed_anew(small: World) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with small.store.writing() as work:
        work.execute(
            sa.update(Account).where(Account.name == "clinician north").values(password=weak)
        )
    _, answer = sign_in(small, "clinician north", PASSWORD)
    assert answer.status_code == 303
    with small.store.reading() as work:
        account = accounts.find(work, "clinician north")
    assert account is not None and account.password != weak
    assert passwords.fits(account.password, PASSWORD)


@pytest.mark.parametrize("password", ["short", "a" * 40, "x" * 2000])
def test_weak_passwords_are_not_taken(small: World, password: str) -> None:
    with small.store.writing() as work, pytest.raises(AccountError):
        accounts.set_password(work, accounts.find(work, "clinician north"), password)  # type: ignore[arg-type]


# --- attempts ------------------------------------------------------------------------------------


@pytest.fixture
def strict(original: World, tmp_path: Path, one_span: None) -> Iterator[World]:
    """Where attempts run out early: each one costs a long computation, as it should."""
    yield from opened(copied(original, tmp_path, sign_in_attempts=3))


def test_attempts_at_one_account_run_out_even_with_the_right_password(strict: World) -> None:
    for name in ("clinician north", " Clinician  north", "clinician\t NORTH "):
        _, answer = sign_in(strict, name, "wrong")
        assert answer.status_code == 401
    _, answer = sign_in(strict, "CLINICIAN   North", PASSWORD)
    assert answer.status_code == 429 and "Too many attempts. Please wait" in answer.text
    _, answer = sign_in(strict, "clinician south", "wrong")
    assert answer.status_code == 401, "another account is not held up"


def test_attempts_from_one_address_run_out(strict: World) -> None:
    attempts = strict.settings.sign_in_attempts * 3
    codes = [sign_in(strict, f"guess {n}", "wrong")[1].status_code for n in range(attempts + 1)]
    assert codes == [401] * attempts + [429]


def test_refused_attempts_are_on_the_trail_without_the_name(small: World) -> None:
    sign_in(small, "clinician north", "wrong")
    sign_in(small, "a patient's name by mistake", "wrong")
    known, unknown = small.trail()[-2:]
    assert (known.act, known.done) == ("sign-in", False)
    assert known.detail is not None and known.detail.startswith("account ")
    assert unknown.detail is None


# --- links ---------------------------------------------------------------------------------------


def link(world: World, minutes: int = 60) -> str:
    with world.store.writing() as work:
        account = accounts.find(work, "analyst north")
        return sessions.make_link(work, minutes, account=account)


def follow(world: World, token: str) -> int:
    client = world.client()
    page = client.get(f"/sign-in/{token}")
    return client.post(f"/sign-in/{token}", data={"form_token": form_token(page.text)}).status_code


def test_a_link_signs_in_once(world: World) -> None:
    token = link(world)
    assert world.client().get(f"/sign-in/{token}").status_code == 200
    assert world.client().get(f"/sign-in/{token}").status_code == 200, "looking does not use it up"
    assert follow(world, token) == 303
    assert follow(world, token) == 410


def test_who_has_no_password_yet_chooses_one(small: World) -> None:
    token = link(small)
    client = small.client()
    page = client.get(f"/sign-in/{token}")
    answer = client.post(f"/sign-in/{token}", data={"form_token": form_token(page.text)})
    assert answer.headers["location"] == "/account"
    page = client.get("/account")
    assert "You have no password yet." in page.text
    data = {"old": "-", "new": "another long pass phrase", "form_token": form_token(page.text)}
    assert client.post("/account/password", data=data).status_code == 303
    _, answer = sign_in(small, "analyst north", data["new"])
    assert answer.headers["location"] == "/worklists"


def test_a_link_expires_and_is_kept_only_as_a_digest(world: World) -> None:
    token = link(world, minutes=-1)
    assert follow(world, token) == 410
    with world.store.reading() as work:
        kept = list(work.scalars(sa.select(SignInLink.digest)))
    assert tokens.digest(token) in kept and token not in kept


@pytest.mark.parametrize("token", ["made-up", "a" * 100, "'--"])
def test_made_up_links_open_nothing(world: World, token: str) -> None:
    assert follow(world, token) in (404, 410)


def test_a_link_to_a_closed_account_opens_nothing(small: World) -> None:
    token = link(small)
    with small.store.writing() as work:
        accounts.close(work, accounts.find(work, "analyst north"))  # type: ignore[arg-type]
    assert follow(small, token) == 410


# --- sessions ------------------------------------------------------------------------------------


def age(world: World, **values: datetime.datetime) -> None:
    with world.store.writing() as work:
        work.execute(sa.update(SignedIn).values(**values))


def test_a_session_ends_when_nothing_happens(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = now()
    monkeypatch.setattr(sessions, "now", lambda: moment)
    client = small.client(Role.clinician)
    assert client.get("/today").status_code == 200
    idle = datetime.timedelta(minutes=small.settings.session_idle_minutes)
    age(small, seen=moment - idle)
    assert client.get("/today").status_code == 200, "and goes on when something does"
    assert client.get("/today").status_code == 200
    age(small, seen=moment - idle - datetime.timedelta(seconds=1))
    assert client.get("/today").status_code == 303


def test_a_session_ends_in_any_case(small: World) -> None:
    client = small.client(Role.clinician)
    age(small, expires=now())
    assert client.get("/today").status_code == 303


def test_signing_out_ends_it_on_the_server(small: World) -> None:
    client = small.client(Role.clinician)
    cookie = client.cookies["painpath"]
    assert client.post("/sign-out").status_code == 303
    client.cookies.set("painpath", cookie)
    assert client.get("/today").status_code == 303


def test_closing_an_account_signs_it_out(small: World) -> None:
    clinician, admin = small.client(Role.clinician), small.client(Role.admin)
    with small.store.reading() as work:
        account = accounts.find(work, "clinician north")
    assert account is not None
    assert admin.post(f"/people/{account.id}/close").status_code == 303
    assert clinician.get("/today").status_code == 303
    _, answer = sign_in(small, "clinician north", PASSWORD)
    assert answer.status_code == 401


def test_a_session_of_a_closed_account_opens_nothing(small: World) -> None:
    """One that was begun while the account was being closed is still there afterwards."""
    client = small.client(Role.clinician)
    with small.store.writing() as work:
        work.execute(
            sa.update(Account).where(Account.name == "clinician north").values(closed=now())
        )
    assert client.get("/today").status_code == 303


def test_a_new_password_signs_out_everywhere(small: World) -> None:
    here, there = small.client(Role.clinician), small.client(Role.clinician)
    data = {"old": PASSWORD, "new": "another long pass phrase"}
    assert here.post("/account/password", data=data).headers["location"] == "/sign-in"
    assert there.get("/today").status_code == 303
    _, answer = sign_in(small, "clinician north", data["new"])
    assert answer.status_code == 303


def test_the_token_of_a_session_is_not_kept(small: World) -> None:
    client = small.client(Role.clinician)
    with small.store.reading() as work:
        kept = list(work.scalars(sa.select(SignedIn.digest)))
    assert client.cookies["painpath"] not in kept
    assert tokens.digest(client.cookies["painpath"]) in kept


def test_a_role_is_that_of_the_clinic_that_is_shown(small: World) -> None:
    """A clinician here who is an analyst there sees patients here, and none there."""
    with small.store.writing() as work:
        south = accounts.clinic(work, "South")
        accounts.add(work, "clinician north", Role.analyst, south)
    client = small.client(Role.clinician)
    assert client.get(f"/patients/{small.patients['North']}").status_code == 200
    assert client.get(f"/patients/{small.patients['South']}").status_code == 404
    there = {"clinic": str(small.clinics["South"])}
    assert client.post("/account/clinic", data=there).status_code == 303
    assert client.get("/today").status_code == 403
    assert client.get(f"/patients/{small.patients['South']}").status_code == 404
    assert client.get(f"/patients/{small.patients['North']}").status_code == 200
