"""person: birth, sex, state, who looks after them, death."""

from __future__ import annotations

import re

from painpath.omop.codes import Coder
from painpath.omop.rows import Row
from painpath.records.datatypes import Address, Reference
from painpath.records.resources import Patient

_SEXES = {8507: "male", 8532: "female", 8521: "other", 8551: "unknown"}
_LETTERS = {"m": "male", "f": "female", "male": "male", "female": "female", "other": "other"}
_SMALL = re.compile(r"\d{1,2}")


def patient_of(row: Row, coder: Coder) -> Patient:
    """The person of a row."""
    state = row["location_name"]
    return Patient(
        id=row["person"],
        birthDate=_birth(row),
        gender=_sex(row, coder),
        deceasedBoolean=bool(row.values["is_dead"]),
        address=(Address(use="home", state=state),) if state else (),
        managingOrganization=_keeper("care_site", row["care_site"], row["care_site_name"]),
        generalPractitioner=_clinicians(row),
    )


def _birth(row: Row) -> str | None:
    """As much of the date as is known: `1958`, `1958-03`, `1958-03-02`."""
    year, month, day = row["year"], row["month"], row["day"]
    if year is None or not re.fullmatch(r"\d{4}", year):
        if year is not None:
            row.note("year_of_birth is not a year")
        return row.day("born")
    found = year
    if month is not None and _SMALL.fullmatch(month) and month != "0":
        found += f"-{int(month):02}"
        if day is not None and _SMALL.fullmatch(day) and day != "0":
            found += f"-{int(day):02}"
    return found


def _sex(row: Row, coder: Coder) -> str | None:
    concept = row["sex"] or ""
    if concept.isdigit() and int(concept) in _SEXES:
        return _SEXES[int(concept)]
    named = coder.concepts.names(concept) or (row["sex_text"] or "").strip().lower()
    return _LETTERS.get(named)


def _clinicians(row: Row) -> tuple[Reference, ...]:
    found = _keeper("provider", row["provider"], row["provider_name"])
    return () if found is None else (found,)


def _keeper(table: str, id: str | None, name: str | None) -> Reference | None:
    if id is None or id == "0":
        return None
    return Reference(reference=f"{table}/{id}", display=name)
