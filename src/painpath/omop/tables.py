"""The tables of the OMOP CDM that are read, and what their columns are called here.

A column is named after its use (`start`, `unit`), with the names it has in the CDM: that of v5.4
first, then older ones. The first that exists and holds something counts.
"""

from __future__ import annotations

import msgspec


class Table(msgspec.Struct, frozen=True):
    """A table with a row per event of a person."""

    name: str
    columns: dict[str, tuple[str, ...]]
    concepts: tuple[str, ...] = ()
    """Columns that hold concept ids, besides `concept` and `source_concept`."""
    coded: tuple[str, ...] = ()
    """CDM names of the standard concept, the source concept and the source value."""
    key: str = ""
    """CDM name of the column that numbers the rows; default: the table's name with `_id`."""
    answers: str = ""
    """The column of the coded answer, which may be what a row is about."""

    @property
    def id(self) -> str:
        """CDM name of the column that numbers the rows."""
        return self.key or f"{self.name}_id"


def _coded(stem: str) -> tuple[str, str, str]:
    return f"{stem}_concept_id", f"{stem}_source_concept_id", f"{stem}_source_value"


CODES = ("concept", "source_concept", "source_value")
"""What the three columns of `Table.coded` are called here."""

EVENTS: tuple[Table, ...] = (
    Table(
        "condition_occurrence",
        {
            "start": ("condition_start_date", "condition_start_datetime"),
            "end": ("condition_end_date", "condition_end_datetime"),
            "type": ("condition_type_concept_id",),
            "status": ("condition_status_concept_id",),
            "visit": ("visit_occurrence_id",),
        },
        concepts=("type", "status"),
        coded=_coded("condition"),
    ),
    Table(
        "procedure_occurrence",
        {
            "start": ("procedure_date", "procedure_datetime"),
            "end": ("procedure_end_date", "procedure_end_datetime"),
            "type": ("procedure_type_concept_id",),
            "modifier": ("modifier_concept_id",),
            "modifiers": ("modifier_source_value", "qualifier_source_value"),
        },
        concepts=("type", "modifier"),
        coded=_coded("procedure"),
    ),
    Table(
        "drug_exposure",
        {
            "start": ("drug_exposure_start_date", "drug_exposure_start_datetime"),
            "end": ("drug_exposure_end_date", "drug_exposure_end_datetime"),
            "stated_end": ("verbatim_end_date",),
            "type": ("drug_type_concept_id",),
            "refills": ("refills",),
            "quantity": ("quantity",),
            "days": ("days_supply",),
            "sig": ("sig",),
            "route": ("route_concept_id",),
            "route_text": ("route_source_value",),
            "unit_text": ("dose_unit_source_value",),
        },
        concepts=("type", "route"),
        coded=_coded("drug"),
    ),
    Table(
        "measurement",
        {
            "start": ("measurement_date", "measurement_datetime"),
            "type": ("measurement_type_concept_id",),
            "operator": ("operator_concept_id",),
            "number": ("value_as_number",),
            "answer": ("value_as_concept_id",),
            "said": ("value_source_value",),
            "unit": ("unit_concept_id",),
            "unit_text": ("unit_source_value",),
            "event": ("measurement_event_id",),
            "event_field": ("meas_event_field_concept_id",),
        },
        concepts=("type", "operator", "answer", "unit", "event_field"),
        coded=_coded("measurement"),
        answers="answer",
    ),
    Table(
        "observation",
        {
            "start": ("observation_date", "observation_datetime"),
            "type": ("observation_type_concept_id",),
            "number": ("value_as_number",),
            "answer": ("value_as_concept_id",),
            "text": ("value_as_string",),
            "said": ("value_source_value",),
            "unit": ("unit_concept_id",),
            "unit_text": ("unit_source_value",),
            "event": ("observation_event_id",),
            "event_field": ("obs_event_field_concept_id",),
        },
        concepts=("type", "answer", "unit", "event_field"),
        coded=_coded("observation"),
        answers="answer",
    ),
    Table(
        "device_exposure",
        {
            "start": ("device_exposure_start_date", "device_exposure_start_datetime"),
            "end": ("device_exposure_end_date", "device_exposure_end_datetime"),
            "type": ("device_type_concept_id",),
        },
        concepts=("type",),
        coded=_coded("device"),
    ),
    Table(
        "note",
        {
            "start": ("note_date", "note_datetime"),
            "type": ("note_type_concept_id",),
            "text": ("note_text",),
        },
        concepts=("type",),
        coded=("note_class_concept_id", "", "note_title"),
    ),
    Table(
        "payer_plan_period",
        {
            "start": ("payer_plan_period_start_date",),
            "end": ("payer_plan_period_end_date",),
            "payer": ("payer_concept_id",),
            "payer_source": ("payer_source_concept_id",),
            "payer_text": ("payer_source_value",),
            "plan": ("plan_concept_id",),
            "plan_text": ("plan_source_value",),
            "sponsor": ("sponsor_concept_id",),
            "sponsor_text": ("sponsor_source_value",),
        },
        concepts=("payer", "payer_source", "plan", "sponsor"),
    ),
)

PERSON = Table(
    "person",
    {
        "year": ("year_of_birth",),
        "month": ("month_of_birth",),
        "day": ("day_of_birth",),
        "born": ("birth_datetime", "time_of_birth"),
        "sex": ("gender_concept_id",),
        "sex_text": ("gender_source_value",),
        "location": ("location_id",),
        "care_site": ("care_site_id",),
        "provider": ("provider_id",),
    },
    concepts=("sex",),
)

SUPPORT: dict[str, tuple[str, ...]] = {
    "death": ("person_id", "death_date", "death_datetime"),
    "location": ("location_id", "state"),
    "care_site": ("care_site_id", "care_site_name"),
    "provider": ("provider_id", "provider_name"),
    "visit_occurrence": ("visit_occurrence_id", "visit_start_date", "visit_end_date"),
    "concept": (
        "concept_id",
        "concept_name",
        "vocabulary_id",
        "concept_class_id",
        "concept_code",
    ),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
    "concept_relationship": ("concept_id_1", "concept_id_2", "relationship_id"),
}
"""Tables that others draw on, and their columns."""

NAMES = frozenset({"person", *SUPPORT, *(table.name for table in EVENTS)})
"""Every table that is read."""


def wanted_columns(name: str) -> list[str]:
    """CDM names of the columns of a table that are read, those of every version."""
    if name in SUPPORT:
        return list(SUPPORT[name])
    table = next(table for table in (PERSON, *EVENTS) if table.name == name)
    named = [each for names in table.columns.values() for each in names]
    whose = [] if name == "person" else ["person_id"]
    return list(dict.fromkeys([table.id, *whose, *filter(None, table.coded), *named]))
