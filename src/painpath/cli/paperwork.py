"""`painpath letter`, `packet` and `handout`: documents from one patient's record."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from painpath.cli.dates import day
from painpath.cli.errors import UNUSABLE, WRONG_USAGE, fail, sentences

if TYPE_CHECKING:
    from painpath.paperwork.case import Case
    from painpath.paperwork.choosing import Choice


class Format(StrEnum):
    """What is written; `all` leaves out PDF where Typst is not installed."""

    all = "all"
    text = "text"
    html = "html"
    pdf = "pdf"
    fhir = "fhir"


class Paper(StrEnum):
    """Size of a PDF's pages."""

    a4 = "a4"
    letter = "us-letter"


_PAPER = typer.Option(help="Size of the PDF's pages: a4 or us-letter")
_RECORD = typer.Argument(help="FHIR R4 Bundle, NDJSON file or folder of one patient, or -")
_AS_OF = typer.Option("--as-of", help="As of this date")
_POLICY = typer.Option(help="auto (from Coverage), clinical, a payer or a policy id")
_PROBLEM = typer.Option(help="For this pain problem, where the option fits several")
_FORMAT = typer.Option(help="What to write")
_OUT = typer.Option(help="Folder for the documents")


def letter(
    record: Annotated[str, _RECORD],
    option: Annotated[str | None, typer.Option(help="Ask for this option; else the next step")] = (
        None
    ),
    problem: Annotated[str | None, _PROBLEM] = None,
    as_of: Annotated[str | None, _AS_OF] = None,
    policy: Annotated[str, _POLICY] = "auto",
    format: Annotated[Format, _FORMAT] = Format.all,
    paper: Annotated[Paper, _PAPER] = Paper.a4,
    out: Annotated[Path | None, typer.Option(help="Folder; without it the text is printed")] = None,
) -> None:
    """A one-page referral letter to a qualified pain specialist."""
    with sentences():
        from painpath.paperwork import pages, pdf, text

        case = _case(record, as_of, policy)
        _chosen(case, option, problem)
        made = case.letter(option, problem)
        if out is None:
            typer.echo(text.letter_text(made), nl=False)
            return
        files: dict[Format, dict[str, Callable[[], bytes]]] = {
            Format.text: {"letter.txt": lambda: text.letter_text(made).encode()},
            Format.html: {"letter.html": lambda: pages.letter_page(made)},
            Format.pdf: {"letter.pdf": lambda: pdf.letter_pdf(made, case.plan.as_of, paper.value)},
            Format.fhir: {},
        }
        referred = case.referral(made)
        if referred is not None:
            files[Format.fhir]["referral.json"] = lambda: _json(referred)
        elif format is Format.fhir:
            raise fail("nothing is open to refer for, so there is no ServiceRequest", UNUSABLE)
        _write(out, format, files)


def packet(
    record: Annotated[str, _RECORD],
    option: Annotated[
        str | None, typer.Option(help="The option to ask for; without it the next step")
    ] = None,
    problem: Annotated[str | None, _PROBLEM] = None,
    as_of: Annotated[str | None, _AS_OF] = None,
    policy: Annotated[str, _POLICY] = "auto",
    format: Annotated[Format, _FORMAT] = Format.all,
    paper: Annotated[Paper, _PAPER] = Paper.a4,
    out: Annotated[
        Path | None, typer.Option(help="Folder; without it the checklist is printed")
    ] = (None),
) -> None:
    """A prior-authorisation packet: checklist, page, PDF, filled-in form and Claim bundle."""
    with sentences():
        from painpath.paperwork import dtr, pages, pas, pdf, text

        case = _case(record, as_of, policy)
        choice = _chosen(case, option, problem)
        chosen = choice.option
        if chosen is None:
            raise fail("nothing is open in this plan; name what to ask for with --option", UNUSABLE)
        request = case.request(choice.problem, chosen)
        made = request.checklist
        if out is None:
            typer.echo(text.checklist_text(made), nl=False)
            return
        files: dict[Format, dict[str, Callable[[], bytes]]] = {
            Format.text: {"checklist.txt": lambda: text.checklist_text(made).encode()},
            Format.html: {"packet.html": lambda: pages.packet_page(made)},
            Format.pdf: {"packet.pdf": lambda: pdf.packet_pdf(made, case.plan.as_of, paper.value)},
            Format.fhir: {},
        }
        if chosen.criteria:
            files[Format.fhir] = {
                "questionnaire.json": lambda: _json(
                    dtr.questionnaire(made, chosen, case.knowledge)
                ),
                "questionnaire-response.json": lambda: _json(pas.answers(request)),
                "pas-bundle.json": lambda: _json(pas.bundle(request)),
            }
        elif format is Format.fhir:
            raise fail(f"no policy on file states criteria for {chosen.id}", UNUSABLE)
        _write(out, format, files)


def handout(
    record: Annotated[str, _RECORD],
    out: Annotated[Path, _OUT],
    as_of: Annotated[str | None, _AS_OF] = None,
    policy: Annotated[str, _POLICY] = "auto",
    format: Annotated[Format, typer.Option(help="all, html or pdf")] = Format.all,
    paper: Annotated[Paper, _PAPER] = Paper.a4,
) -> None:
    """For the patient: the next steps in plain words and large print."""
    if format in (Format.text, Format.fhir):
        raise fail(f"--format: a handout is html or pdf, not {format}", WRONG_USAGE)
    with sentences():
        from painpath.paperwork import pages, pdf
        from painpath.paperwork.handout import NoTextError

        case = _case(record, as_of, policy)
        try:
            made = case.handout()
        except NoTextError as error:
            raise fail(str(error), UNUSABLE) from None
        _write(
            out,
            format,
            {
                Format.html: {"handout.html": lambda: pages.handout_page(made)},
                Format.pdf: {
                    "handout.pdf": lambda: pdf.handout_pdf(made, case.plan.as_of, paper.value)
                },
            },
        )


def _case(source: str, as_of: str | None, policy: str) -> Case:
    """A record read and planned."""
    from painpath import planner, read_record
    from painpath.paperwork.case import Case
    from painpath.records import sources
    from painpath.records.originals import of_documents, originals
    from painpath.records.reading import read_bytes

    if policy == "all":
        raise fail("--policy: a document is made for one policy, not for all", WRONG_USAGE)
    asked = day(as_of, "--as-of") or datetime.date.today()
    ready = planner()
    if source == sources.STDIN:
        # Standard input can be read only once.
        ((name, data),) = sources.documents(source)
        record, sent = read_bytes(data, ready.vocabulary, name=name), of_documents([data])
    else:
        record, sent = read_record(source), originals(source)
    plan = ready.plan(record, as_of=asked, policy=policy)
    return Case(record, plan, ready.knowledge, sent)


def _chosen(case: Case, option: str | None, problem: str | None) -> Choice:
    """What the documents are about."""
    from painpath.paperwork.choosing import UnknownOptionError

    try:
        return case.choose(option, problem)
    except UnknownOptionError as error:
        raise fail(str(error), WRONG_USAGE if option or problem else UNUSABLE) from None


def _write(out: Path, wanted: Format, files: dict[Format, dict[str, Callable[[], bytes]]]) -> None:
    """Write the files of a format, and say which."""
    from painpath.paperwork.pdf import NoPdfError

    out.mkdir(parents=True, exist_ok=True)
    for format, group in files.items():
        if wanted not in (Format.all, format):
            continue
        for name, content in group.items():
            try:
                (out / name).write_bytes(content())
            except NoPdfError as error:
                if wanted is Format.pdf:
                    raise fail(str(error), UNUSABLE) from None
                typer.echo(f"painpath: {name} is left out: {error}", err=True)
                continue
            typer.echo(f"{(out / name).as_posix()}")


def _json(resource: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(resource), indent=1) + b"\n"
