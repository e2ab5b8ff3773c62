"""What was found of a share of the patients, as the tables that people and programs read."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge.rules import VERDICTS
from painpath.planning.assess import SIDES
from painpath.planning.patient import completed_years
from painpath.records.store import Facts
from painpath.screening.deciding import Population
from painpath.screening.known import NO_REGION, Known
from painpath.screening.payers import payer_words
from painpath.screening.terms import Terms
from painpath.screening.worklists import Row

_WORD = pa.dictionary(pa.int32(), pa.string())
_ID = ("patient", _WORD)
_NUMBER = ("number", pa.int16())

PATIENTS = pa.schema(
    [
        ("patient", pa.string()),
        ("age", pa.int16()),
        ("sex", pa.string()),
        ("state", pa.string()),
        ("clinic", pa.string()),
        ("clinician", pa.string()),
        # Whose criteria decide, and the payer in words.
        ("policy", pa.string()),
        ("payer", pa.string()),
        # 0 without an opioid; null where there are opioids and none has a figure.
        ("mme_per_day", pa.float64()),
        # An opioid that should count has no figure: the dose is a lower bound.
        ("mme_incomplete", pa.bool_()),
        ("deceased", pa.bool_()),
        ("problems", pa.int16()),
        # Resources of the patient.
        ("used", pa.int32()),
        ("ignored", pa.int32()),
        ("skipped", pa.int32()),
        ("digest", pa.uint64()),
    ]
)
PROBLEMS = pa.schema(
    [
        _ID,
        # The problem's number within the patient.
        _NUMBER,
        ("problem", _WORD),
        ("region", _WORD),
        ("side", _WORD),
        # Since when: the first and the last day on which it may have begun.
        ("since", pa.date32()),
        ("since_latest", pa.date32()),
        # A symptom code only.
        ("weak", pa.bool_()),
        ("red_flag", pa.bool_()),
        ("next_step", _WORD),
        ("evidence", pa.list_(pa.string())),
    ]
)
OPTIONS = pa.schema(
    [
        _ID,
        _NUMBER,
        ("option", _WORD),
        ("status", _WORD),
        # That decides; null: no criteria on file.
        ("policy", _WORD),
        ("earliest", pa.date32()),
        ("is_next", pa.bool_()),
        ("times", pa.int32()),
        ("last_on", pa.date32()),
        ("stopped_by", pa.list_(pa.string())),
    ]
)
POSITIONS = pa.schema(
    [
        _ID,
        _NUMBER,
        ("policy", _WORD),
        ("option", _WORD),
        ("status", _WORD),
        ("earliest", pa.date32()),
    ]
)
ANSWERS = pa.schema(
    [
        _ID,
        # 0: asked of the patient as a whole.
        _NUMBER,
        # Key in `criteria`.
        ("question", pa.int32()),
        ("verdict", _WORD),
        ("due", pa.date32()),
        ("reason", _WORD),
    ]
)
SAFETY = pa.schema([_ID, _NUMBER, ("kind", _WORD), ("id", _WORD), ("level", _WORD)])
WORKLIST = pa.schema(
    [
        ("worklist", pa.string()),
        ("patient", pa.string()),
        _NUMBER,
        ("problem", pa.string()),
        ("region", pa.string()),
        ("side", pa.string()),
        ("option", pa.string()),
        ("status", pa.string()),
        ("policy", pa.string()),
        ("date", pa.date32()),
        ("because", pa.string()),
        ("missing", pa.string()),
        ("evidence", pa.list_(pa.string())),
        ("state", pa.string()),
        ("clinic", pa.string()),
        ("clinician", pa.string()),
        ("payer", pa.string()),
    ]
)

TABLES: dict[str, pa.Schema] = {
    "patients": PATIENTS,
    "problems": PROBLEMS,
    "options": OPTIONS,
    "positions": POSITIONS,
    "verdicts": ANSWERS,
    "safety": SAFETY,
    "worklist": WORKLIST,
}

Told = dict[str, pa.Table]


def tell(
    facts: Facts, population: Population, rows: Sequence[Row], known: Known, terms: Terms
) -> Told:
    """The tables of `TABLES` for these patients."""
    return _Teller(facts, population, known, terms).tables(rows)


class _Teller:
    def __init__(self, facts: Facts, population: Population, known: Known, terms: Terms) -> None:
        self._facts = facts
        self._population = population
        self._known = known
        self._terms = terms
        self._problem_ids = pa.array(known.rules.problem_ids, pa.string())
        self._option_ids = pa.array(known.rules.option_ids, pa.string())
        self._policy_ids = pa.array([p.id for p in known.knowledge.policies], pa.string())
        self._payers = {payer.id: payer.name for payer in known.knowledge.payers}

    def tables(self, rows: Sequence[Row]) -> Told:
        """All of them."""
        problems = self._problems()
        told = {
            "patients": self._patients(),
            "problems": problems,
            "options": self._options(),
            "positions": self._positions(),
            "verdicts": self._verdicts(),
            "safety": self._safety(),
            "worklist": self._worklist(rows, problems),
        }
        return {name: table.cast(TABLES[name]) for name, table in told.items()}

    # -- who and where --

    def _patients(self) -> pa.Table:
        population, people = self._population, self._facts.patients
        choices = population.choices
        loads = [population.loads.get(number) for number in range(people.num_rows)]
        problems = np.bincount(
            population.problems.column("patient").to_numpy(), minlength=people.num_rows
        )
        births = zip(
            people.column("birth_lo").to_pylist(),
            people.column("birth_hi").to_pylist(),
            strict=True,
        )
        columns = {
            "age": [completed_years(lo, hi, self._terms.as_of) for lo, hi in births],
            "policy": [choice.id for choice in choices],
            "payer": [payer_words(choice, self._payers) for choice in choices],
            "mme_per_day": [0.0 if load is None else load.mme_per_day for load in loads],
            "mme_incomplete": [load is not None and load.incomplete for load in loads],
            "problems": problems,
        }
        return pa.Table.from_arrays(
            [
                pa.array(columns[field.name], field.type)
                if field.name in columns
                else people.column(field.name)
                for field in PATIENTS
            ],
            schema=PATIENTS,
        )

    def _where(self, complaints: pa.ChunkedArray) -> tuple[pa.Array, pa.Array, pa.Array]:
        """Patient and number of complaints, and which of them are of people alive."""
        table = self._population.verdicts.complaints.sort_by("complaint")
        patient = table.column("patient").to_numpy()
        key = table.column("complaint").to_numpy()
        first = key[np.searchsorted(patient, patient)]
        at = complaints.to_numpy() - 1
        dead = self._population.patients.column("deceased").to_numpy()[patient]
        return self._ids(patient[at]), pa.array((key - first)[at], pa.int16()), pa.array(~dead[at])

    def _ids(self, rows: object) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(rows, pa.int32()), self._population.ids)

    def _placed(self, table: pa.Table, columns: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
        """A table by complaint as one by patient and number, of people alive."""
        ids, numbers, alive = self._where(table.column("complaint"))
        all_ = {"patient": ids, "number": numbers, **columns}
        return pa.Table.from_arrays([all_[field.name] for field in schema], schema.names).filter(
            alive
        )

    # -- tables by problem --

    def _problems(self) -> pa.Table:
        table = self._population.problems
        regions = pc.if_else(
            pc.equal(table.column("place"), NO_REGION), None, table.column("place")
        )
        return pa.table(
            {
                "patient": self._ids(table.column("patient").to_numpy()),
                "number": table.column("number"),
                "problem": _named(table.column("problem"), self._problem_ids),
                "region": regions.cast(pa.string()).dictionary_encode(),
                "side": _words(table.column("side"), SIDES),
                "since": table.column("since_lo"),
                "since_latest": table.column("since_hi"),
                "weak": table.column("weak"),
                "red_flag": table.column("red_flag"),
                "next_step": _named(table.column("step"), self._option_ids),
                "evidence": self._references(table.column("evidence")),
            }
        )

    def _references(self, lists: pa.ChunkedArray) -> pa.Array:
        """Resources of lists of facts, each once."""
        # The engine gives them in any order.
        facts = [sorted(each or ()) for each in lists.to_pylist()]
        flat = pa.array([fact for each in facts for fact in each], pa.int64())
        names = iter(self._population.facts.column("ref").take(flat).to_pylist())
        found = [list(dict.fromkeys(itertools.islice(names, len(each)))) for each in facts]
        return pa.array(found, pa.list_(pa.string()))

    def _options(self) -> pa.Table:
        table = self._population.options
        problems = self._population.problems
        step = dict(
            zip(
                problems.column("complaint").to_pylist(),
                problems.column("step").to_pylist(),
                strict=True,
            )
        )
        next_ = [
            step.get(complaint) == option
            for complaint, option in zip(
                table.column("complaint").to_pylist(),
                table.column("option").to_pylist(),
                strict=True,
            )
        ]
        status = table.column("status")
        open_ = pc.is_in(status, value_set=pa.array(["wait", "needs-more"]))
        columns = {
            "option": _named(table.column("option"), self._option_ids),
            "status": status.dictionary_encode(),
            "policy": _named(table.column("policy"), self._policy_ids),
            "earliest": pc.if_else(open_, table.column("due"), pa.scalar(None, pa.date32())),
            "is_next": pa.array(next_),
            "times": table.column("times").cast(pa.int32()),
            "last_on": table.column("last_on"),
            "stopped_by": table.column("stopped_by"),
        }
        return self._placed(table, columns, OPTIONS)

    def _positions(self) -> pa.Table:
        table = self._population.verdicts.statuses.sort_by(
            [(name, "ascending") for name in ("complaint", "policy", "option")]
        )
        columns = {
            "policy": _named(table.column("policy"), self._policy_ids),
            "option": _named(table.column("option"), self._option_ids),
            "status": table.column("status").cast(pa.string()).dictionary_encode(),
            "earliest": table.column("earliest"),
        }
        return self._placed(table, columns, POSITIONS)

    def _verdicts(self) -> pa.Table:
        table = self._population.verdicts.answers.sort_by(
            [("complaint", "ascending"), ("question", "ascending")]
        )
        words = {value: name for name, value in VERDICTS.items()}
        columns = {
            "question": table.column("question"),
            "verdict": _words(table.column("verdict"), words),
            "due": table.column("due"),
            "reason": table.column("reason").dictionary_encode(),
        }
        return self._placed(table, columns, ANSWERS)

    def _safety(self) -> pa.Table:
        outcomes = self._population.verdicts.outcomes
        met = outcomes.filter(pc.equal(outcomes.column("now"), 2)).select(["complaint", "rule"])
        table = met.join(self._known.conditions, keys="rule", join_type="inner").sort_by(
            [("complaint", "ascending"), ("rule", "ascending")]
        )
        columns = {name: table.column(name).dictionary_encode() for name in ("kind", "id", "level")}
        return self._placed(table, columns, SAFETY)

    # -- worklists --

    def _worklist(self, rows: Sequence[Row], problems: pa.Table) -> pa.Table:
        population, known = self._population, self._known
        ids = population.ids.to_pylist()
        places = (
            {
                (row["patient"], row["number"]): row
                for row in problems.select(
                    ["patient", "number", "problem", "region", "side"]
                ).to_pylist()
            }
            if rows
            else {}
        )
        people = self._facts.patients
        keepers = {
            name: people.column(name).to_pylist() for name in ("state", "clinic", "clinician")
        }
        told = []
        for row in rows:
            place = places.get((ids[row.patient], row.number), {})
            told.append(
                {
                    "worklist": row.worklist,
                    "patient": ids[row.patient],
                    "number": row.number,
                    "problem": place.get("problem"),
                    "region": place.get("region"),
                    "side": place.get("side"),
                    "option": None if row.option is None else known.rules.option_ids[row.option],
                    "status": row.status,
                    "policy": (
                        None if row.policy is None else known.knowledge.policies[row.policy].id
                    ),
                    "date": row.on,
                    "because": row.because,
                    "missing": row.missing,
                    "evidence": row.evidence,
                    **{name: values[row.patient] for name, values in keepers.items()},
                    "payer": payer_words(population.choices[row.patient], self._payers),
                }
            )
        return pa.Table.from_pylist(told, WORKLIST)


def _named(keys: pa.ChunkedArray, names: pa.Array) -> pa.Array:
    """Keys as the ids they stand for."""
    column = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    return pa.DictionaryArray.from_arrays(column.cast(pa.int32()), names)


def _words(keys: pa.ChunkedArray, words: dict[int, str]) -> pa.Array:
    numbers = pa.array(list(words), pa.int64())
    at = pc.index_in(keys.cast(pa.int64()), value_set=numbers).combine_chunks()
    return pa.DictionaryArray.from_arrays(at, pa.array(list(words.values()), pa.string()))
