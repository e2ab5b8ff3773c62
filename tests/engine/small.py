"""A small engine asked in plain words, shared by the engine's tests.

`Bench(yaml)` is an engine over the knowledge in a YAML text. `bench.ask(...)` judges one patient;
`bench.ask_all([...])` many at once, each a `Chart`.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from painpath.engine.cases import GIVEN, FactRows, answers_by_complaint, interval
from painpath.engine.engine import Engine, Verdicts
from painpath.knowledge import levels, schema
from painpath.knowledge.loading import SECTIONS, Knowledge, convert_file
from painpath.knowledge.rules import VERDICTS
from painpath.knowledge.store import compile_knowledge
from painpath.records.facts import PATIENTS

SIDES = {None: 0, "left": 1, "right": 2, "both": 3}
WORDS = {value: word for word, value in VERDICTS.items()} | {None: "not-applicable"}


def read(text: str) -> Knowledge:
    """Knowledge from one YAML text."""
    content, _ = convert_file(text, "small.yaml")
    return Knowledge(**{name: tuple(getattr(content, name)) for name in SECTIONS})


def one_rule(concepts: str, done: str, criteria: str) -> str:
    """Knowledge with one problem (`ache`) and one option, for which a policy has these criteria.

    Args:
        concepts: those beside `ache`, as a YAML list.
        done: the concept in which the option is done.
        criteria: as a YAML list.
    """
    return f"""
regions: [{{id: lumbar, name: Lumbar}}]
sources: [{{id: test, title: Test, date: "2026"}}]
concepts:
  - {{id: ache, name: Ache, category: condition}}
{concepts}
problems:
  - {{id: ache, name: A, patient_name: a, pain_type: mixed, recognise: [{{all: [ache]}}]}}
options:
  - {{id: option, name: O, family: f, rung: initial, done: {done}, fits: [{{problem: ache}}]}}
policies:
  - id: p
    name: P
    issuer: i
    payer: clinical
    axis: clinical
    cite: test
    rules:
      - {{options: [option], position: criteria, statement: s, criteria: [{criteria}]}}
"""


def fact(concept: str, at: str | None = None, **more: Any) -> dict[str, Any]:
    """A fact in short form; besides the keys of a case: `recorded`, `kind`, `order`, `level`,
    `computed`."""
    return {"is": concept, "at": at, **more}


class Chart(msgspec.Struct, kw_only=True):
    """One patient as asked about; `problem` None: recognise the problems from the facts."""

    facts: Sequence[dict[str, Any]] = ()
    on: str = "2026-06-15"
    known_by: str | None = None
    problem: str | None = "ache"
    since: str | None = None
    side: str | None = "left"
    region: str | None = "knee"
    sided: bool = True
    born: str | None = None
    sex: str | None = None
    state: str | None = None


class Complaint(msgspec.Struct, kw_only=True):
    """A pain problem as the engine sees it, with its answers."""

    problem: str
    side: str | None
    region: int
    level: int
    since: tuple[str, str] | None
    verdict: dict[str, str] = {}
    """Criterion id -> met, not-met, unknown, not-applicable."""
    due: dict[str, str | None] = {}
    reason: dict[str, str] = {}
    status: dict[str, str | None] = {}
    """Policy id -> status (of its only option), or `policy option`."""
    earliest: dict[str, str | None] = {}
    outcome: dict[int, dict[str, Any]] = {}


class Bench:
    """An engine over a small knowledge."""

    def __init__(self, text: str | Knowledge) -> None:
        self.knowledge = read(text) if isinstance(text, str) else text
        ready = compile_knowledge(self.knowledge)
        self.rules = ready.rules
        self.engine = Engine(ready.knowledge, ready.vocabulary, ready.rules)
        self.regions = ready.vocabulary.region_bits

    def ask(self, *facts: dict[str, Any], **more: Any) -> Complaint:
        """The only problem of one patient."""
        (found,) = self.problems(*facts, **more)
        return found

    def problems(self, *facts: dict[str, Any], **more: Any) -> list[Complaint]:
        """Every problem of one patient."""
        return self.ask_all([Chart(facts=facts, **more)])[0]

    def ask_all(self, charts: Sequence[Chart]) -> list[list[Complaint]]:
        """Every problem of many patients, judged at once."""
        verdicts = self.evaluate(charts)
        assert not verdicts.failures
        return self.complaints(verdicts, len(charts))

    def evaluate(self, charts: Sequence[Chart]) -> Verdicts:
        """The engine's tables for these patients: all recognised, or all given."""
        patients, given = [], []
        rows = FactRows(self.engine)
        kinds: dict[int, str] = {}
        origins: dict[int, str] = {}
        for number, chart in enumerate(charts):
            patients.append(_patient(number, chart))
            if chart.problem is not None:
                given.append(self._given(number, chart))
            for each in chart.facts:
                self._add(rows, kinds, origins, number, dict(each))
        recognised = not given
        assert recognised or len(given) == len(charts)
        return self.engine.evaluate(
            _named(_named(rows.table(), "kind", "observation", kinds), "origin", "stated", origins),
            pa.Table.from_pylist(patients, schema=PATIENTS),
            [datetime.date.fromisoformat(chart.on) for chart in charts],
            known_by=_one_day(charts),
            given=None if recognised else pa.Table.from_pylist(given, schema=GIVEN),
        )

    def _given(self, number: int, chart: Chart) -> dict[str, object]:
        lo, hi = interval(chart.since) if chart.since else (None, None)
        return {
            "patient": number,
            "problem": self.rules.problem_ids.index(str(chart.problem)),
            "side": SIDES[chart.side],
            "sided": chart.sided,
            "weak": False,
            "region": self.regions[chart.region] if chart.region else 0,
            "level": 0,
            "since_lo": lo,
            "since_hi": hi,
            "evidence": [],
        }

    def _add(
        self,
        rows: FactRows,
        kinds: dict[int, str],
        origins: dict[int, str],
        patient: int,
        each: dict[str, Any],
    ) -> None:
        recorded, level = each.pop("recorded", None), each.pop("level", None)
        kind = each.pop("kind", None)
        if each.pop("order", False):
            kind = "order"
        computed = each.pop("computed", False)
        key = rows.add(patient, msgspec.convert(each, schema.CaseFact))
        if computed:
            origins.update(dict.fromkeys(range(key + 1, len(rows.rows)), "computed"))
        rows.rows[key]["recorded"] = datetime.date.fromisoformat(recorded) if recorded else None
        rows.rows[key]["level"] = levels.parse(level) if level else 0
        if kind is not None:
            kinds[key] = kind

    def complaints(self, verdicts: Verdicts, patients: int) -> list[list[Complaint]]:
        """The engine's tables as one list of problems per patient."""
        found: list[list[Complaint]] = [[] for _ in range(patients)]
        by_key: dict[int, Complaint] = {}
        for row in sorted(verdicts.complaints.to_pylist(), key=lambda row: row["complaint"]):
            if row["problem"] == 0:
                continue
            made = Complaint(
                problem=self.rules.problem_ids[row["problem"]],
                side={0: None, 1: "left", 2: "right"}[row["side"]],
                region=row["region"],
                level=row["level"],
                since=_since(row["since_lo"], row["since_hi"]),
            )
            by_key[row["complaint"]] = made
            found[row["patient"]].append(made)
        self._tell(verdicts, by_key)
        return found

    def _tell(self, verdicts: Verdicts, by_key: dict[int, Complaint]) -> None:
        asked: dict[int, list[str]] = {}
        for criterion in self.rules.criteria:
            asked.setdefault(criterion.question, []).append(criterion.leaf.id)
        for complaint in by_key.values():
            for question, names in asked.items():
                row = self.rules.questions[question]
                outside = row.family and complaint.region and not row.family & complaint.region
                silence = "not-applicable" if outside else WORDS[row.absent]
                complaint.verdict |= dict.fromkeys(names, silence)
                complaint.due |= dict.fromkeys(names)
        answers = answers_by_complaint(self.rules, verdicts.complaints, verdicts.answers)
        for (key, question), row in answers.items():
            for name in asked[question] if key in by_key else ():
                by_key[key].verdict[name] = WORDS[row["verdict"]]
                by_key[key].due[name] = _text(row["due"])
                by_key[key].reason[name] = row["reason"]
        for row in verdicts.statuses.to_pylist():
            policy = self.knowledge.policies[row["policy"]].id
            for name in (policy, f"{policy} {self.rules.option_ids[row['option']]}"):
                by_key[row["complaint"]].status[name] = row["status"]
                by_key[row["complaint"]].earliest[name] = _text(row["earliest"])
        for row in verdicts.outcomes.to_pylist():
            if row["complaint"] in by_key:
                by_key[row["complaint"]].outcome[row["rule"]] = row


def _patient(number: int, chart: Chart) -> dict[str, object]:
    born = interval(chart.born) if chart.born else (None, None)
    return {
        "patient": number,
        "id": str(number),
        "birth_lo": born[0],
        "birth_hi": born[1],
        "sex": chart.sex,
        "state": chart.state,
        "deceased": False,
    }


def _one_day(charts: Sequence[Chart]) -> datetime.date | None:
    days = {chart.known_by for chart in charts}
    assert len(days) == 1, "one evaluation reads all records on one day"
    (day,) = days
    return datetime.date.fromisoformat(day) if day else None


def _named(facts: pa.Table, name: str, usual: str, others: dict[int, str]) -> pa.Table:
    """The facts, where a column says `usual` of all but some facts."""
    names = [usual, *sorted(set(others.values()))]
    keys = [names.index(others.get(key, usual)) for key in range(facts.num_rows)]
    column = pa.DictionaryArray.from_arrays(pa.array(keys, type=pa.int8()), pa.array(names))
    place = facts.schema.get_field_index(name)
    return facts.set_column(place, facts.schema.field(place), column)


def _since(lo: datetime.date | None, hi: datetime.date | None) -> tuple[str, str] | None:
    return None if lo is None and hi is None else (str(lo), str(hi))


def _text(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()
