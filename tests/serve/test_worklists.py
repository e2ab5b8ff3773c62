"""Worklists that screening wrote: counts, rows with reasons, links for who may follow them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from painpath.screening.telling import WORKLIST
from painpath.serve.people import accounts
from painpath.serve.people.roles import Role
from tests.serve.world import World


def row(patient: str, worklist: str, **more: Any) -> dict[str, Any]:
    return {
        "worklist": worklist,
        "patient": patient,
        "number": 1,
        "because": "It is eligible; nobody was asked.",
        "date": datetime.date(2026, 10, 3),
        "evidence": ["Condition/1"],
        **more,
    }


@pytest.fixture
def screened(small: World, tmp_path: Path) -> World:
    """Results for the North clinic: 101 rows on one list, one on another."""
    first, second, *_ = (each.id for each in small.desk.knowledge.worklists)
    rows = [row("example-06", first)] + [row(f"p{n}", first) for n in range(100)]
    rows.append(row("p1", second, missing="Order a film"))
    pq.write_table(pa.Table.from_pylist(rows, WORKLIST), tmp_path / "worklist.parquet")
    with small.store.writing() as work:
        accounts.clinic(work, "North").worklists = str(tmp_path)
    return small


def test_counts_and_rows(screened: World) -> None:
    client = screened.client(Role.clinician)
    first, second, *_ = screened.desk.knowledge.worklists
    page = client.get("/worklists").text
    assert f'/worklists/{first.id}">{first.name}</a></td><td>101<' in page
    assert f'/worklists/{second.id}">{second.name}</a></td><td>1<' in page
    page = client.get(f"/worklists/{first.id}").text
    assert "101 rows, page 1 of 2" in page and "3 Oct 2026" in page
    assert f'href="/patients/{screened.patients["North"]}">example-06' in page
    assert "p99" not in page and "p99" in client.get(f"/worklists/{first.id}?page=2").text
    assert "Order a film" in client.get(f"/worklists/{second.id}").text


def test_an_analyst_sees_reasons_and_no_way_to_a_plan(screened: World) -> None:
    first = screened.desk.knowledge.worklists[0]
    page = screened.client(Role.analyst).get(f"/worklists/{first.id}").text
    assert "example-06" in page and "/patients/" not in page


def test_another_clinic_sees_nothing_of_it(screened: World) -> None:
    first = screened.desk.knowledge.worklists[0]
    client = screened.client(Role.clinician, "South")
    assert "No population has been screened" in client.get("/worklists").text
    assert client.get(f"/worklists/{first.id}").status_code == 404


def test_a_list_that_was_removed_is_not_there(screened: World, tmp_path: Path) -> None:
    (tmp_path / "worklist.parquet").unlink()
    page = screened.client(Role.clinician).get("/worklists")
    assert page.status_code == 200 and "No population has been screened" in page.text


def test_the_population_in_numbers(screened: World, tmp_path: Path) -> None:
    client = screened.client(Role.analyst)
    assert "/worklists/summary" not in client.get("/worklists").text
    assert client.get("/worklists/summary").status_code == 404
    (tmp_path / "summary.html").write_text("<!doctype html><style>p{}</style><p>300 patients")
    assert 'href="/worklists/summary"' in client.get("/worklists").text
    answer = client.get("/worklists/summary")
    assert "300 patients" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    other = screened.client(Role.analyst, "South")
    assert other.get("/worklists/summary").status_code == 404
