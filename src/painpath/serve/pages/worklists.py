"""The worklists that `painpath screen` wrote for a clinic's population."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa
from fastapi import APIRouter, Form, HTTPException, Query, Request, Response

from painpath.serve import service
from painpath.serve.guard.visitor import may
from painpath.serve.pages.rendering import show
from painpath.serve.parts import Entry, Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Clinic, Patient
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(tags=["worklists"])
PART = Part(router=router, entries=(Entry("/worklists", "Worklists", Right.see_worklists),))

Seer = Annotated[Visitor, may(Right.see_worklists)]
_PAGE = 100
_FILE = "worklist.parquet"


@router.get("/worklists")
def worklists(request: Request, visitor: Seer) -> Response:
    """The lists and how many stand on each."""
    file = _file(request, visitor)
    counts: Counter[str] = Counter()
    if file is not None:
        counts.update(pq.read_table(file, columns=["worklist"]).column("worklist").to_pylist())
    known = service.of(request).desk.knowledge.worklists
    lists = [(each, counts[each.id]) for each in known]
    return show(
        request,
        "worklists.html.j2",
        visitor,
        lists=lists,
        there=file is not None,
        summary=file is not None and file.with_name("summary.html").is_file(),
    )


@router.get("/worklists/summary")
def summary(request: Request, visitor: Seer) -> Response:
    """The page of the whole population that `screen` wrote; it names nobody."""
    file = _file(request, visitor)
    page = file.with_name("summary.html") if file is not None else None
    if page is None or not page.is_file():
        raise HTTPException(404, "There is no summary.")
    with service.of(request).store.writing() as work:
        address = service.address_of(request)
        writing.note(work, Act.see_worklist, visitor, address=address, detail="summary")
    return Response(
        page.read_bytes(),
        media_type="text/html; charset=utf-8",
        # A document by itself: it carries its own styles, and nothing that runs.
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


@router.get("/worklists/{worklist}")
def worklist_page(
    request: Request,
    visitor: Seer,
    worklist: str,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Who stands on one of them, and why."""
    return _show(request, visitor, worklist, page, "")


@router.post("/worklists/{worklist}")
def worklist_found(
    request: Request,
    visitor: Seer,
    worklist: str,
    words: Annotated[str, Form(max_length=100)] = "",
    page: Annotated[int, Form(ge=1, le=100_000)] = 1,
) -> Response:
    """Some of them. Who is looked for stands in no address: that is why it is sent so."""
    return _show(request, visitor, worklist, page, words.strip().lower())


def _show(request: Request, visitor: Visitor, worklist: str, page: int, words: str) -> Response:
    here = service.of(request)
    known = {each.id: each for each in here.desk.knowledge.worklists}
    file = _file(request, visitor)
    if worklist not in known or file is None:
        raise HTTPException(404, "There is no such worklist.")
    table = pq.read_table(file)
    table = table.filter(pc.equal(table.column("worklist"), worklist))
    everybody = table.num_rows
    options = {option.id: option.name for option in here.desk.knowledge.options}
    if words:
        table = table.filter(_matches(table, words.split(), options))
    rows = table.slice((page - 1) * _PAGE, _PAGE).to_pylist()
    with here.store.writing() as work:
        address = service.address_of(request)
        writing.note(work, Act.see_worklist, visitor, address=address, detail=worklist)
    links = _links(request, visitor, rows) if visitor.may(Right.see_plan) else {}
    return show(
        request,
        "worklist.html.j2",
        visitor,
        worklist=known[worklist],
        rows=rows,
        links=links,
        absent=len({row["patient"] for row in rows} - links.keys()),
        words=words,
        number=page,
        pages=max(-(-table.num_rows // _PAGE), 1),
        total=table.num_rows,
        all=everybody,
        options=options,
    )


def _matches(table: pa.Table, words: list[str], options: dict[str, str]) -> pa.Array:
    """Rows that hold every word, as the page shows them."""
    columns = ("patient", "option", "missing", "because")
    shown = zip(*(table.column(name).to_pylist() for name in columns), strict=True)
    texts = (
        f"{patient} {options.get(option, option)} {missing or ''} {because}".lower()
        for patient, option, missing, because in shown
    )
    return pa.array([all(word in text for word in words) for text in texts], pa.bool_())


def _file(request: Request, visitor: Visitor) -> Path | None:
    with service.of(request).store.reading() as work:
        clinic = work.get(Clinic, visitor.clinic) if visitor.clinic is not None else None
    if clinic is None or not clinic.worklists:
        return None
    file = Path(clinic.worklists) / _FILE
    return file if file.is_file() else None


def _links(request: Request, visitor: Visitor, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Opaque ids of those who are on file in the clinic, in the order of the rows."""
    wanted = sa.select(Patient.fhir_id, Patient.id).where(
        Patient.clinic_id == visitor.clinic, Patient.fhir_id.in_([r["patient"] for r in rows])
    )
    with service.of(request).store.reading() as work:
        found = dict(work.execute(wanted).all())
    return {row["patient"]: found[row["patient"]] for row in rows if row["patient"] in found}
