"""The engine's statuses against the cohort's truth, which shares no code with it."""

from __future__ import annotations

import msgspec
import pytest

from painpath import planner
from painpath.cohort import fhir
from painpath.cohort.making import TODAY, Maker
from painpath.cohort.truth.judging import Judged
from painpath.cohort.writing import Written
from painpath.planning.plan import OptionResult, Plan
from painpath.records.reading import read_bytes

_SEED = 20261101


@pytest.fixture(scope="module")
def maker() -> Maker:
    return Maker(_SEED, TODAY)


def _plans(written: Written) -> dict[str, Plan]:
    ready = planner()
    data = msgspec.json.encode(fhir.bundle(written.resources))
    record = read_bytes(data, ready.vocabulary)
    return {
        policy: ready.plan(record, as_of=TODAY, policy=policy)
        for policy in ("clinical", "medicare")
    }


def _planned(line: Judged, plan: Plan) -> OptionResult | None:
    for problem in plan.problems:
        if (problem.id, problem.side) == (line.problem, line.side):
            return next((o for o in problem.options if o.id == line.option), None)
    return None


def _differences(maker: Maker, numbers: range) -> tuple[int, list[str]]:
    count, wrong = 0, []
    for number in numbers:
        written = maker.record(number)
        truth = maker.truth(written)
        plans = _plans(written)
        assert written.telling is not None
        told = {complaint.problem for complaint in written.telling.complaints}
        found = {problem.id for problem in plans["clinical"].problems}
        if told != found:
            wrong.append(f"{number}: problems {sorted(found)}, told {sorted(told)}")
        for line in truth:
            option = _planned(line, plans[line.policy])
            if option is None:
                wrong.append(f"{number}: no {line.option} for {line.problem} {line.side}")
                continue
            count += 1
            waits = option.status == "wait" and option.earliest_date
            got = option.status, str(option.earliest_date) if waits else None
            if got != (line.status, line.earliest):
                wrong.append(
                    f"{number} {line.option} {line.policy}: {got}, told {line.status}"
                    f" {line.earliest} because of {line.because}"
                )
    return count, wrong


def test_the_engine_says_what_the_cohort_knows(maker: Maker) -> None:
    """A few patients of every kind, at every run."""
    count, wrong = _differences(maker, range(24))
    assert not wrong
    assert count > 40


@pytest.mark.slow
def test_the_engine_says_what_the_cohort_knows_of_many(maker: Maker) -> None:
    """Three hundred patients, under the clinical policy and Medicare's."""
    count, wrong = _differences(maker, range(24, 324))
    assert not wrong
    assert count > 900


def test_the_truth_has_every_status(maker: Maker) -> None:
    """A truth that only ever says one thing would score nothing."""
    lines = [line for number in range(400) for line in maker.truth(maker.record(number))]
    assert {line.status for line in lines} == {
        "eligible",
        "wait",
        "needs-more",
        "not-met",
        "contraindicated",
    }
    assert len({line.option for line in lines}) == 13
    assert len({line.problem for line in lines}) == 10
    for line in lines:
        assert (line.earliest is not None) == (line.status == "wait")
        assert bool(line.because) == (line.status != "eligible")
