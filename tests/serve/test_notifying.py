"""Safety alerts reach another system: until it accepts them, once enough, without the patient."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import httpx2
import msgspec
import pytest
import sqlalchemy as sa

from painpath.serve.forms import notifying
from painpath.serve.forms.notifying import Notifier
from painpath.serve.people.roles import Role
from painpath.serve.store.form_tables import AlertNotice, AnswerAlert
from tests.serve.test_forms import PHQ9, SEVERAL_DAYS, link, send
from tests.serve.world import World

Answers = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No try becomes due because the machine is slow; `hasten` makes it so."""
    moment = notifying.now()
    monkeypatch.setattr(notifying, "now", lambda: moment)


class Other:
    """The system that is told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.told: list[dict[str, object]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.told.append(msgspec.json.decode(request.content))
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 0:
            raise httpx2.ConnectError("nobody there")
        return httpx2.Response(status)


def notifier(world: World, other: Other) -> Notifier:
    """A new one each time, as after a restart."""
    settings = msgspec.structs.replace(
        world.settings, notify_url="https://pager.example.org/in", public_url="https://p.example"
    )
    return Notifier(settings, world.store, httpx2.MockTransport(other))


def raise_alert(world: World) -> AnswerAlert:
    patient = world.patients["North"]
    send(world, link(world, patient, "phq-9").path, {**PHQ9, "phq-9/phq-9-item-9": SEVERAL_DAYS})
    with world.store.reading() as work:
        return work.scalars(sa.select(AnswerAlert)).one()


def hasten(world: World) -> None:
    """The next try is due now."""
    past = datetime.datetime(2020, 1, 1)
    with world.store.writing() as work:
        work.execute(sa.update(AlertNotice).values(next_try=past))


def test_an_alert_is_told_once_and_says_nothing_of_the_patient(small: World) -> None:
    alert, other = raise_alert(small), Other()
    assert notifier(small, other).look() == 1
    hasten(small)
    assert notifier(small, other).look() == 0
    (told,) = other.told
    assert set(told) == {"kind", "alert", "raised", "open"}
    raised = datetime.datetime.fromisoformat(str(told["raised"]))
    assert raised.tzinfo is not None and abs((raised - alert.raised).total_seconds()) < 1
    assert (told["alert"], told["open"]) == (alert.id, "https://p.example/today")
    assert small.patients["North"] not in str(told)


@pytest.mark.parametrize("trouble", [0, 302, 404, 500, 503])
def test_it_is_tried_again_until_it_is_accepted(small: World, trouble: int) -> None:
    raise_alert(small)
    other = Other(trouble, trouble)
    assert notifier(small, other).look() == 0
    assert notifier(small, other).look() == 0 and len(other.told) == 1, "not before it is due"
    hasten(small)
    assert notifier(small, other).look() == 0 and len(other.told) == 2
    hasten(small)
    assert notifier(small, other).look() == 1 and len(other.told) == 3
    with small.store.reading() as work:
        kept = work.scalars(sa.select(AlertNotice)).one()
    assert kept.tries == 3 and kept.accepted is not None


def test_two_processes_make_one_try(small: World) -> None:
    raise_alert(small)
    one, two = Other(500), Other(500)
    first, second = notifier(small, one), notifier(small, two)
    assert first._claimed() and not second._claimed()


def test_what_a_clinician_signed_off_is_told_no_more(small: World) -> None:
    alert, other = raise_alert(small), Other(500)
    notifier(small, other).look()
    client = small.client(Role.clinician)
    sign = f"/patients/{small.patients['North']}/alerts/{alert.id}"
    assert client.post(sign, data={"note": "Spoke on the phone."}).status_code == 303
    hasten(small)
    assert notifier(small, other).look() == 0 and len(other.told) == 1


def test_without_an_address_nothing_starts(small: World) -> None:
    quiet = Notifier(small.settings, small.store)
    quiet.start()
    assert not quiet._thread.is_alive()
    quiet.close()
