"""FHIR resources written as OMOP tables, as an ETL would; for tests only.

What the CDM has no place for is left out and told by `left_out`.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

Json = dict[str, Any]
Tables = dict[str, list[Json]]

VOCABULARIES = {
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "http://snomed.info/sct": "SNOMED",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://www.ama-assn.org/go/cpt": "CPT4",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "HCPCS",
    "urn:painpath:observation": "PainPath",
    "http://unitsofmeasure.org": "UCUM",
    "https://nahdo.org/sopt": "SOPT",
}
STANDARD = frozenset({"SNOMED", "LOINC", "RxNorm", "CPT4", "HCPCS", "UCUM", "SOPT"})
SEX = {"male": 8507, "female": 8532}
EHR, ORDER, CLAIM = 32817, 32833, 32810
PRESCRIBED, REPORTED = 32838, 32865
EVENT_OF_PROCEDURE = 1147082
FIRST = {
    "condition_occurrence": ("condition", "condition_start_date"),
    "procedure_occurrence": ("procedure", "procedure_date"),
    "drug_exposure": ("drug", "drug_exposure_start_date"),
    "measurement": ("measurement", "measurement_date"),
    "observation": ("observation", "observation_date"),
    "device_exposure": ("device", "device_exposure_start_date"),
}


class Etl:
    """Patients one after the other into tables.

    Args:
        concepts: write a `concept` table and refer to it; else only source values.
    """

    def __init__(self, *, concepts: bool = True) -> None:
        self.tables: Tables = defaultdict(list)
        self.left_out: Counter[str] = Counter()
        self._has_concepts = concepts
        self._concepts: dict[tuple[str, str], int] = {}
        self._ids: Counter[str] = Counter()
        self._places: dict[str, int] = {}
        self._sites: dict[str, int] = {}
        for id, code, name in (
            (SEX["male"], "M", "MALE"),
            (SEX["female"], "F", "FEMALE"),
            (EHR, "OMOP4976890", "EHR"),
            (ORDER, "OMOP4976906", "EHR order"),
            (CLAIM, "OMOP4976883", "Claim"),
            (PRESCRIBED, "OMOP4976911", "EHR prescription"),
            (REPORTED, "OMOP4976938", "Patient self-report"),
            (EVENT_OF_PROCEDURE, "CDM208", "procedure_occurrence.procedure_occurrence_id"),
        ):
            self._write_concept(id, "Type Concept", code, name)

    # -- concepts --

    def concept(self, vocabulary: str, code: str, name: str = "") -> int:
        """Id of a concept."""
        known = self._concepts.get((vocabulary, code))
        if known is None:
            known = self._concepts[vocabulary, code] = 2_000_000_000 + len(self._concepts)
            self._write_concept(known, vocabulary, code, name)
        return known

    def _write_concept(self, id: int, vocabulary: str, code: str, name: str) -> None:
        if self._has_concepts:
            self.tables["concept"].append(
                {
                    "concept_id": id,
                    "concept_name": name,
                    "vocabulary_id": vocabulary,
                    "concept_class_id": "",
                    "concept_code": code,
                }
            )

    def coded(self, stem: str, code: Json) -> Json:
        """The three columns of a code; further codings (modifiers aside) have no place."""
        codings = [c for c in code.get("coding", ()) if len(c["code"]) > 2]
        text = code.get("text") or next((c["display"] for c in codings if "display" in c), None)
        found: Json = {
            f"{stem}_concept_id": 0,
            f"{stem}_source_concept_id": 0,
            f"{stem}_source_value": text,
        }
        if codings:
            first = codings[0]
            vocabulary = VOCABULARIES.get(first.get("system", ""), "")
            found[f"{stem}_source_value"] = first["code"]
            if self._has_concepts and vocabulary:
                # Without a name: what one record calls it is not what another does.
                id = self.concept(vocabulary, first["code"])
                found[f"{stem}_source_concept_id"] = id
                found[f"{stem}_concept_id"] = id if vocabulary in STANDARD else 0
            if not vocabulary or (stem == "drug" and text):
                # Prescribing systems have a name with the strength, mapped to a concept.
                found[f"{stem}_source_concept_id"] = 0
                found[f"{stem}_source_value"] = text or first["code"]
        return found

    # -- rows --

    def row(self, table: str, person: int, day: str | None, **values: Any) -> int:
        """One row; gives its id."""
        self._ids[table] += 1
        id = self._ids[table]
        own: Json = {f"{table}_id": id, "person_id": person}
        if table in FIRST:
            own[FIRST[table][1]] = day
        self.tables[table].append(own | values)
        return id

    def patient(self, number: int, resources: Iterable[Json]) -> None:
        """All of a patient."""
        listed = [shaped(resource) for resource in resources]
        for resource in listed:
            if resource["resourceType"] == "Patient":
                self._person(number, resource, listed)
        procedures: dict[str, int] = {}
        seen: set[tuple[str, str]] = set()
        for resource in sorted(listed, key=lambda r: r["resourceType"] != "Procedure"):
            kind = resource["resourceType"]
            if (kind, resource["id"]) in seen:
                self.left_out["the same id again"] += 1
                continue
            seen.add((kind, resource["id"]))
            if kind == "Procedure":
                id = self._procedure(number, resource)
                if id is not None:
                    procedures[f"Procedure/{resource['id']}"] = id
            elif kind == "Observation":
                self._observation(number, resource, procedures)
            elif (write := getattr(self, f"_{kind.lower()}", None)) is not None:
                write(number, resource)
            elif kind not in ("Patient", "Organization"):
                self.left_out[kind] += 1

    def _person(self, number: int, patient: Json, resources: list[Json]) -> None:
        parts = (patient.get("birthDate") or "").split("-")
        year, month, day = (int(p) if p else None for p in [*parts, "", ""][:3])
        state = next((a.get("state") for a in patient.get("address", ())), None)
        keeper = patient.get("managingOrganization", {}).get("reference")
        named = (r["name"] for r in resources if r["resourceType"] == "Organization")
        name = next(named, keeper)
        self.tables["person"].append(
            {
                "person_id": number,
                "gender_concept_id": SEX.get(patient.get("gender"), 0),
                "year_of_birth": year,
                "month_of_birth": month,
                "day_of_birth": day,
                "location_id": self._location(state),
                "care_site_id": self._site(keeper, name),
                "person_source_value": patient["id"],
            }
        )
        if patient.get("deceasedDateTime") or patient.get("deceasedBoolean"):
            day_ = patient.get("deceasedDateTime", "2026-01-01")[:10]
            self.tables["death"].append({"person_id": number, "death_date": day_})

    def _location(self, state: str | None) -> int | None:
        if state is None:
            return None
        if state not in self._places:
            self._places[state] = len(self._places) + 1
            self.tables["location"].append({"location_id": self._places[state], "state": state})
        return self._places[state]

    def _site(self, keeper: str | None, name: str | None) -> int | None:
        if keeper is None:
            return None
        if keeper not in self._sites:
            self._sites[keeper] = len(self._sites) + 1
            row = {"care_site_id": self._sites[keeper], "care_site_name": name}
            self.tables["care_site"].append(row)
        return self._sites[keeper]

    def _condition(self, person: int, resource: Json) -> None:
        status = resource.get("verificationStatus", {}).get("coding", [{}])[0].get("code")
        if status == "entered-in-error":
            self.left_out["entered in error"] += 1
            return
        if "code" not in resource:
            self.left_out["without a code"] += 1
            return
        day = resource.get("onsetDateTime") or resource.get("recordedDate")
        self.row(
            "condition_occurrence",
            person,
            _first_day(day),
            **self.coded("condition", resource["code"]),
            condition_end_date=_first_day(resource.get("abatementDateTime")),
            condition_type_concept_id=EHR,
        )

    def _procedure(self, person: int, resource: Json) -> int | None:
        if resource["status"] not in ("completed", "in-progress") or "code" not in resource:
            self.left_out["not done"] += 1
            return None
        period = resource.get("performedPeriod", {})
        modifiers = [c["code"] for c in resource["code"].get("coding", ()) if len(c["code"]) == 2]
        return self.row(
            "procedure_occurrence",
            person,
            _first_day(resource.get("performedDateTime") or period.get("start")),
            **self.coded("procedure", resource["code"]),
            procedure_end_date=_first_day(period.get("end")),
            procedure_type_concept_id=EHR,
            modifier_concept_id=0,
            modifier_source_value=",".join(modifiers) or None,
        )

    def _servicerequest(self, person: int, resource: Json) -> None:
        modifiers = [c["code"] for c in resource["code"].get("coding", ()) if len(c["code"]) == 2]
        self.row(
            "procedure_occurrence",
            person,
            _first_day(resource.get("occurrenceDateTime")),
            **self.coded("procedure", resource["code"]),
            procedure_type_concept_id=ORDER,
            modifier_source_value=",".join(modifiers) or None,
        )

    def _claim(self, person: int, resource: Json) -> None:
        for item in resource["item"]:
            said = [m["coding"][0]["code"] for m in item.get("modifier", ())]
            self.row(
                "procedure_occurrence",
                person,
                _first_day(item.get("servicedDate")),
                **self.coded("procedure", item["productOrService"]),
                procedure_type_concept_id=CLAIM,
                modifier_source_value=" ".join(said) or None,
            )

    def _diagnosticreport(self, person: int, resource: Json) -> None:
        day = _first_day(resource.get("effectiveDateTime"))
        title = resource["code"].get("text")
        if resource["code"].get("coding"):
            self.row(
                "procedure_occurrence",
                person,
                day,
                **self.coded("procedure", resource["code"]),
                procedure_type_concept_id=EHR,
            )
        self._ids["note"] += 1
        self.tables["note"].append(
            {
                "note_id": self._ids["note"],
                "person_id": person,
                "note_date": day,
                "note_class_concept_id": 0,
                "note_title": title,
                "note_text": resource.get("conclusion"),
            }
        )

    def _careplan(self, person: int, resource: Json) -> None:
        for activity in resource["activity"]:
            period = activity["detail"].get("scheduledPeriod", {})
            self.row(
                "procedure_occurrence",
                person,
                _first_day(period.get("start")),
                **self.coded("procedure", activity["detail"]["code"]),
                procedure_end_date=_first_day(period.get("end")),
                procedure_type_concept_id=EHR,
            )

    def _coverage(self, person: int, resource: Json) -> None:
        self._ids["payer_plan_period"] += 1
        kind = next((c for c in resource.get("type", {}).get("coding", ())), None)
        self.tables["payer_plan_period"].append(
            {
                "payer_plan_period_id": self._ids["payer_plan_period"],
                "person_id": person,
                "payer_plan_period_start_date": _first_day(resource["period"].get("start")),
                "payer_plan_period_end_date": _first_day(resource["period"].get("end")),
                "payer_concept_id": self.concept("SOPT", kind["code"]) if kind else 0,
                "payer_source_value": resource["payor"][0]["display"],
            }
        )

    def _medicationrequest(self, person: int, resource: Json) -> None:
        dosage = next(iter(resource.get("dosageInstruction", ())), {})
        bounds = dosage.get("timing", {}).get("repeat", {}).get("boundsPeriod", {})
        self._drug(person, resource, bounds.get("start") or resource.get("authoredOn"), bounds)
        self.tables["drug_exposure"][-1] |= {
            "sig": dosage.get("text"),
            "drug_type_concept_id": PRESCRIBED,
        }

    def _medicationstatement(self, person: int, resource: Json) -> None:
        period = resource.get("effectivePeriod", {})
        self._drug(person, resource, period.get("start"), period)
        self.tables["drug_exposure"][-1]["drug_type_concept_id"] = REPORTED

    def _drug(self, person: int, resource: Json, day: str | None, period: Json) -> None:
        start = _first_day(day)
        # The CDM wants an end: where there is none, ETLs repeat the start.
        end = _first_day(period.get("end"))
        self.row(
            "drug_exposure",
            person,
            start,
            **self.coded("drug", resource["medicationCodeableConcept"]),
            drug_exposure_end_date=end or start,
            verbatim_end_date=end,
            days_supply=None,
        )

    def _observation(self, person: int, resource: Json, procedures: dict[str, int]) -> None:
        quantity = resource.get("valueQuantity", {})
        codes = resource["code"].get("coding") or [{}]
        table = "measurement" if quantity and "loinc" in codes[0].get("system", "") else ""
        table = table or "observation"
        stem = "measurement" if table == "measurement" else "observation"
        field = "meas_event_field_concept_id" if table == "measurement" else ""
        part = next((p["reference"] for p in resource.get("partOf", ())), None)
        unit = quantity.get("code")
        number = quantity.get("value")
        is_number = isinstance(number, int | float)
        values: Json = {
            "value_as_number": float(number) if is_number else None,
            "value_source_value": None if is_number or number is None else str(number),
            "unit_concept_id": self.concept("UCUM", unit, unit) if unit else 0,
            "unit_source_value": quantity.get("unit"),
            f"{stem}_event_id": procedures.get(part or ""),
            field or "obs_event_field_concept_id": EVENT_OF_PROCEDURE if part else 0,
        }
        if table == "observation":
            said = resource.get("valueBoolean")
            values["value_as_string"] = None if said is None else str(said).lower()
        day = _first_day(resource.get("effectiveDateTime"))
        self.row(table, person, day, **self.coded(stem, resource["code"]), **values)


def shaped(resource: Json) -> Json:
    """A resource whose codings are lists, which a cohort with errors sometimes forgets."""
    code = resource.get("code")
    if isinstance(code, dict) and isinstance(code.get("coding"), dict):
        return resource | {"code": code | {"coding": [code["coding"]]}}
    return resource


def _first_day(text: str | None) -> str | None:
    """A date as the CDM wants it: a partial one is its first day, as ETLs have it."""
    if text is None:
        return None
    day = text[:10]
    return day + "-01" * (2 - day.count("-")) if day[:4].isdigit() else day


# -- files --


def write_parquet(tables: Tables, folder: Path) -> Path:
    """One Parquet file per table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(_whole(rows)), folder / f"{name}.parquet")
    return folder


def write_csv(tables: Tables, folder: Path, *, upper: bool = False, mark: str = ",") -> Path:
    """One CSV file per table, as Athena and Synthea have them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        whole = _whole(rows)
        columns = list(whole[0])
        path = folder / f"{name.upper() if upper else name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=mark, lineterminator="\n")
            writer.writerow([c.upper() for c in columns] if upper else columns)
            writer.writerows([row[c] for c in columns] for row in whole)
    return folder


def write_duckdb(tables: Tables, path: Path, schema: str = "cdm") -> Path:
    """All tables in one DuckDB file."""
    with duckdb.connect(str(path)) as db:
        db.execute(f"CREATE SCHEMA {path.stem}.{schema}")
        for name, rows in tables.items():
            db.register("rows_view", pa.Table.from_pylist(_whole(rows)))
            db.execute(f"CREATE TABLE {path.stem}.{schema}.{name} AS SELECT * FROM rows_view")
            db.unregister("rows_view")
    return path


def _whole(rows: list[Json]) -> list[Json]:
    """Rows that all have the same columns."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return [{column: row.get(column) for column in columns} for row in rows]
