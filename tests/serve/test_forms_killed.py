"""The service killed while patients send: what was acknowledged is there, and nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from painpath.serve.charts import keeping
from painpath.serve.desk.desk import Desk
from painpath.serve.forms import asking, links
from painpath.serve.people import tokens
from painpath.serve.settings import Settings
from painpath.serve.store.form_tables import AnswerAlert, AskedForm, FormAnswer
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Document, Patient
from tests.serve import served
from tests.serve.served import LONG, free_port
from tests.serve.world import PAGE, TODAY, made

pytestmark = pytest.mark.slow
LINKS, SENDERS, AT_LEAST = 120, 6, 25


class Served:
    """`painpath serve` on a folder, as a process that can be killed."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "painpath", "serve", "--port", str(self.port)),
                *("--workers", str(workers)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PAINPATH_DATA_FOLDER": str(folder)},
            start_new_session=True,
        )
        assert served.answers(self.process, self.address), "it did not start"

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        # The worker processes too: they outlive the one that started them.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LONG)


def answers(number: int) -> dict[str, str]:
    """A PHQ-9 that raises an alert, told apart by one of its other answers."""
    codes = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
    items = {f"phq-9/phq-9-item-{n}": codes[number // 4 ** (n - 1) % 4] for n in range(1, 9)}
    return {**items, "phq-9/phq-9-item-9": codes[1]}


@pytest.mark.parametrize("workers", [1, 3])
def test_what_was_acknowledged_is_there_after_a_kill_and_nothing_twice(
    tmp_path: Path, desk: Desk, workers: int
) -> None:
    settings = Settings(data_folder=str(tmp_path), today=TODAY)
    store = Store(settings.database)
    world = made(store, desk, settings)
    patient = world.patients["North"]
    asked = asking.build(["phq-9"], desk.knowledge, None, None)
    keys = [tokens.fresh() for _ in range(LINKS)]
    with store.writing() as work:
        row = work.get_one(Patient, patient)
        links_ = [links.make(work, row, asked, 3)[0] for _ in keys]
    acknowledged: set[int] = set()
    left = list(range(LINKS))
    lock = threading.Lock()

    def send(address: str, number: int) -> bool:
        data = {"key": keys[number], **answers(number)}
        to = f"{address}/form/{links_[number]}"
        answer = httpx2.post(to, data=data, headers=PAGE, timeout=LONG)
        assert answer.status_code == 200 and "Please read this now" in answer.text, answer.text
        return True

    def sender(running: Served) -> None:
        while True:
            with lock:
                number = left.pop()
            try:
                send(running.address, number)
            except httpx2.TransportError:
                return
            with lock:
                acknowledged.add(number)
                if len(acknowledged) == AT_LEAST:
                    # The others have sent theirs, or wait to begin with the next.
                    running.kill()

    running = Served(tmp_path, workers)
    threads = [threading.Thread(target=sender, args=(running,)) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AT_LEAST <= len(acknowledged) < LINKS, "it was killed in the middle"
    kept = _kept(store)
    assert {answers_key(number) for number in acknowledged} <= set(kept)
    assert len(kept) == len(set(kept))

    running = Served(tmp_path, workers)
    try:
        # Everybody whose page did not come sends the same page again, the acknowledged ones too.
        for number in range(LINKS):
            send(running.address, number)
    finally:
        running.kill()
    kept = _kept(store)
    assert sorted(kept) == sorted(answers_key(number) for number in range(LINKS))
    with store.reading() as work:
        counts = [
            work.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (FormAnswer, AnswerAlert)
        ]
        answered = sa.select(sa.func.count()).where(AskedForm.answered.is_not(None))
        counts.append(work.scalar(answered))
    assert counts == [LINKS] * 3
    store.close()


def answers_key(number: int) -> str:
    """What is kept of an answer, as far as it tells one from another."""
    given = answers(number)
    return " ".join(given[f"phq-9/phq-9-item-{n}"] for n in range(1, 10))


def _kept(store: Store) -> list[str]:
    found = []
    with store.reading() as work:
        rows = work.scalars(sa.select(Document).where(Document.kind == keeping.ADDITION))
        for row in rows:
            bundle = json.loads(keeping.plain(row))
            items = bundle["entry"][0]["resource"]["item"]
            by_link = {each["linkId"]: each["answer"][0]["valueCoding"]["code"] for each in items}
            found.append(" ".join(by_link[f"phq-9-item-{n}"] for n in range(1, 10)))
    return found
