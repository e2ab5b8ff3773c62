"""CDS Hooks: cards per 100 charts opened on a synthetic cohort, and the time of an answer.

python -m benchmarks.hooks [PATIENTS]

The cohort is `painpath cohort --seed 1`: all of its patients have pain, so that far more of them
have a reason for a card than the patients of a practice.
"""

from __future__ import annotations

import datetime
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.charts import observations
from benchmarks.measure import HEAD, Figure, at_most, clock, one_core, percentile
from painpath import planner
from painpath.cohort.making import TODAY, Order, make
from painpath.examples import EXAMPLES, example_bytes
from painpath.hooks.answering import Answerer
from painpath.hooks.cards import Card
from painpath.hooks.catalogue import BY_ID, QUERIES
from painpath.hooks.prefetch import complete, gather
from painpath.hooks.request import parse
from painpath.hooks.settings import HookSettings

PATIENTS = 500
ROUNDS = 5
SIZE = 200_000
"""Bytes of prefetch of a request whose time is taken."""

_SERVICE = BY_ID["painpath-patient-view"]


def request(resources: list[dict[str, Any]], size: int = 0) -> bytes:
    """A patient-view request with everything sent along; values of visits until it is so large."""
    key = next(r["id"] for r in resources if r["resourceType"] == "Patient")
    sent: dict[str, Any] = {}
    for query in QUERIES:
        kind = query.template.split("?")[0].split("/")[0]
        found = [{"resource": r} for r in resources if r["resourceType"] == kind]
        if query.key == "observations":
            left = size - sum(len(msgspec.json.encode(r)) for r in resources)
            for value in observations(key):
                left -= len(msgspec.json.encode(value))
                if left < 0:
                    break
                found.append({"resource": value})
        if query.key == "patient":
            sent[query.key] = found[0]["resource"]
        else:
            sent[query.key] = {"resourceType": "Bundle", "type": "searchset", "entry": found}
    context = {"userId": "Practitioner/1", "patientId": key}
    whole = {"hook": "patient-view", "hookInstance": key, "context": context, "prefetch": sent}
    return msgspec.json.encode(whole)


def cards(answerer: Answerer, body: bytes, day: datetime.date) -> list[Card]:
    """What a request is answered by, from bytes to bytes."""
    asked = parse(body, _SERVICE)
    gathered = complete(gather(asked), asked)
    answer = answerer.answer(planner(), asked, gathered, day, lambda _: set())
    answer.response.to_json()
    return answer.response.cards


def resources_of(data: bytes) -> list[dict[str, Any]]:
    """The resources of a Bundle."""
    return [entry["resource"] for entry in msgspec.json.decode(data)["entry"]]


def burden(patients: int) -> list[Figure]:
    """Cards per 100 charts opened, by kind."""
    answerer = Answerer(HookSettings())
    kinds: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        make(Order(patients=patients, seed=1, out=Path(folder), today=TODAY), cores=1)
        files = sorted(Path(folder).rglob("*.json"))
        for file in files:
            try:
                chart = resources_of(file.read_bytes())
            except msgspec.DecodeError:
                continue  # The cohort has blemishes of real data, broken files among them.
            kinds.update(card.kind for card in cards(answerer, request(chart), TODAY))
    total = Figure("cards", 100 * kinds.total() / len(files), "per 100 charts")
    return [
        total,
        *(
            Figure(f"of these: {kind}", 100 * number / len(files), "per 100 charts")
            for kind, number in kinds.most_common()
        ),
    ]


def speed() -> list[Figure]:
    """Processor time of an answer: the example patients, each with 200 KB of prefetch."""
    answerer = Answerer(HookSettings())
    asked = [(request(resources_of(example_bytes(e.id)), SIZE), e.as_of) for e in EXAMPLES]
    for body, day in asked:
        cards(answerer, body, day)
    times = []
    for _ in range(ROUNDS):
        for body, day in asked:
            start = clock()
            cards(answerer, body, day)
            times.append((clock() - start) * 1000)
    median = statistics.median(times)
    return [
        at_most("patient-view with 200 KB of prefetch, p50", median, "ms", 80),
        Figure("the same, p95", percentile(times, 95), "ms"),
    ]


def figures(patients: int = PATIENTS) -> list[Figure]:
    """All of them."""
    return [*speed(), *burden(patients)]


if __name__ == "__main__":
    sys.stdout.write(f"{one_core()}\n")
    numbers = figures(int(sys.argv[1]) if len(sys.argv) > 1 else PATIENTS)
    sys.stdout.write("\n".join([HEAD, *(figure.row() for figure in numbers)]) + "\n")
