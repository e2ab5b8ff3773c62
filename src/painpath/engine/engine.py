"""Runs the SQL files over facts and knowledge tables, for one patient or many at once.

One `Engine` holds one DuckDB connection with the knowledge loaded; each evaluation empties the
working tables and fills them again in the order of `STEPS`, then folds the answers (`judging`). A
step that fails costs only its own answers: what hangs on it stays unknown and the failure is
reported.
"""

from __future__ import annotations

import datetime
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from painpath.engine.asking import is_wide, question_tables
from painpath.engine.judging import Judge
from painpath.engine.recognising import concept_table, problem_tables
from painpath.engine.speaking import policy_keys, put_rules, rule_states
from painpath.engine.trees import Forest
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import Rules
from painpath.knowledge.vocabulary import Vocabulary

KINDS = (
    "present",
    "absent",
    "score",
    "lasted",
    "elapsed",
    "tried",
    "sessions",
    "relief",
    "blocks",
    "age",
    "sex",
    "problem",
    "total",
)

STEPS = (
    "fact",
    "relief_report",
    "spell",
    "hit",
    "recognised",
    "complaint",
    "wanted",
    "matched",
    "dated",
    "seen",
    "tested",
)
"""Steps before the kinds. Then `witness`, `relieved`, the kinds, and `taken`."""

_WITHOUT_FACTS = {"lasted", "age", "sex", "problem"}
_ABOUT_RELIEF = {"relief", "blocks"}

_FEEDS_KINDS = set(STEPS) - {"hit", "recognised"}

_FEW = 50
"""Up to this many patients planning outweighs running (measured: docs/decisions)."""

_RAW_FACT = pa.schema(
    [
        ("patient", pa.int32()),
        ("fact", pa.int64()),
        ("concept", pa.int32()),
        ("region", pa.int64()),
        ("side", pa.int32()),
        ("level", pa.int64()),
        ("value", pa.float64()),
        ("open", pa.bool_()),
        ("is_order", pa.bool_()),
        ("is_computed", pa.bool_()),
        # A status code of something that was done ("presence of artificial knee joint").
        ("is_status", pa.bool_()),
        # A drug only planned, or given for something else: it bears on safety, and was not tried.
        ("not_tried", pa.bool_()),
        ("recorded", pa.date32()),
        ("start_lo", pa.date32()),
        ("start_hi", pa.date32()),
        ("end_lo", pa.date32()),
        ("end_hi", pa.date32()),
        ("about", pa.int64()),
    ]
)

_PATIENT = pa.schema(
    [
        ("patient", pa.int32()),
        ("birth_lo", pa.date32()),
        ("birth_hi", pa.date32()),
        ("sex", pa.string()),
        ("state", pa.string()),
        ("asked_on", pa.date32()),
        ("known_by", pa.date32()),
    ]
)


class Failure(msgspec.Struct, frozen=True):
    """A step that could not run; criteria that hang on it stay unknown."""

    step: str
    why: str


class Verdicts(msgspec.Struct, frozen=True):
    """What one evaluation found, as Arrow tables keyed by complaint."""

    complaints: pa.Table
    answers: pa.Table
    """complaint, question, verdict (2 met, 1 unknown, 0 not met), due, reason, evidence. What is
    asked of the patient as a whole (`asking.is_wide`) stands under the patient's own complaint."""
    values: pa.Table
    """complaint, node, now, later: every criterion and group of the trees asked."""
    asked: pa.Table
    """complaint, rule: every rule that was put to a complaint."""
    outcomes: pa.Table
    """complaint, rule, now, later, due, stops: rules of which a deciding criterion applies. Without
    `detail` only safety, red flags and care that are met."""
    statuses: pa.Table
    """complaint, policy, option, status, earliest."""
    taken: pa.Table
    """complaint, hold, fact: drugs an antithrombotic table knows."""
    failures: tuple[Failure, ...]
    seconds: Mapping[str, float]
    """Time per step, and per criterion kind."""


def statement(name: str) -> str:
    """The text of one SQL file, e.g. `matched` or `kinds/score`."""
    folder = resources.files("painpath.engine") / "sql"
    return folder.joinpath(*f"{name}.sql".split("/")).read_text(encoding="utf-8")


class Engine:
    """Answers questions about facts. Not safe to share between threads; cheap to make per thread.

    Args:
        knowledge: the loaded knowledge.
        vocabulary: its concepts and regions, the same that the facts were read with.
        rules: its rows (`painpath.knowledge.rules.build_rules`).
        threads: worker threads of the database; one is fastest for one patient.
        memory: memory limit such as `2GB`; larger work spills to disk.
        payers: put only the policies of these payer families; default all of them.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        vocabulary: Vocabulary,
        rules: Rules,
        *,
        threads: int = 1,
        memory: str | None = None,
        payers: frozenset[str] | None = None,
    ) -> None:
        self.knowledge = knowledge
        self.vocabulary = vocabulary
        self.rules = rules
        self.kinds = [k for k in KINDS if any(q.kind == k for q in rules.questions)]
        self._plain = False
        events = {c.id for c in knowledge.concepts if c.category == "procedure"}
        self._events = pa.array(
            [key for key, name in enumerate(vocabulary.concepts) if name in events], type=pa.int32()
        )
        config: dict[str, str | bool | int | float | list[str]] = {"threads": str(threads)}
        if memory is not None:
            config["memory_limit"] = memory
        self._db = duckdb.connect(":memory:", config=config)
        self._db.execute("SET preserve_insertion_order = false")
        # Spark has this function; naming it here keeps the SQL files the same for both.
        self._db.execute(
            "CREATE MACRO add_months(day, months) AS CAST(day + to_months(months) AS DATE)"
        )
        put = put_rules(knowledge, rules, payers)
        tables = question_tables(rules, put) | problem_tables(knowledge, vocabulary, rules)
        tables["k_concept"] = concept_table(knowledge, vocabulary, tables)
        for name, table in tables.items():
            self._load(name, table)
        spoken, rivals = rule_states(knowledge, rules)
        forest = Forest(rules, policy_keys(knowledge, rules), put, spoken, rivals)
        self._judge = Judge(rules, forest, [is_wide(rules, q) for q in rules.questions])
        self._optimisers = [
            name for (name,) in self._db.execute("SELECT name FROM duckdb_optimizers()").fetchall()
        ]
        self._load("raw_fact", _RAW_FACT.empty_table())
        self._load("patient", _PATIENT.empty_table())
        self._prepare()

    def _load(self, name: str, table: pa.Table) -> None:
        self._db.register("incoming", table)
        self._db.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
        self._db.unregister("incoming")

    def _prepare(self) -> None:
        """Create every working table empty and prepare each step, so that evaluations only run."""
        self._targets: dict[str, tuple[str, bool]] = {}
        self._db.execute("CREATE TABLE evaluation (detail BOOLEAN)")
        for step in (*STEPS, "witness", "relieved"):
            self._step(step, step, statement(step), create=True)
        self._db.execute(
            "CREATE TABLE answer (complaint BIGINT, question INTEGER, verdict INTEGER, due DATE,"
            " reason VARCHAR, evidence BIGINT[])"
        )
        for kind in KINDS:
            columns = "complaint, question, verdict, due, reason, evidence"
            text = f"SELECT {columns} FROM ({statement(f'kinds/{kind}')})"
            self._step(kind, "answer", text, empties=False)
        self._step("taken", "taken", statement("taken"), create=True)
        self._kinds_of: dict[int, set[str]] = defaultdict(set)
        for problem, kind in self._db.execute(
            "SELECT DISTINCT problem, kind FROM k_ask"
        ).fetchall():
            self._kinds_of[problem].add(kind)

    def _step(
        self, step: str, table: str, text: str, *, create: bool = False, empties: bool = True
    ) -> None:
        if create:
            self._db.execute(f"CREATE TABLE {table} AS {text} LIMIT 0")
        self._db.execute(f'PREPARE "{step}" AS INSERT INTO {table} {text}')
        self._targets[step] = (table, empties)

    # -- evaluation --

    def evaluate(
        self,
        facts: pa.Table,
        patients: pa.Table,
        asked_on: datetime.date | Sequence[datetime.date],
        known_by: datetime.date | None = None,
        given: pa.Table | None = None,
        detail: bool = True,
    ) -> Verdicts:
        """Answer every question about these patients as of a day.

        Args:
            facts: per `painpath.records.facts.FACTS`.
            patients: per `painpath.records.facts.PATIENTS`.
            asked_on: the day of service the rules are asked about, one for all or one a patient.
            known_by: facts recorded later do not exist; default `asked_on`.
            given: problems stated by the caller (columns of `recognised.sql`) instead of
                recognised from the facts.
            detail: also bring back the facts behind each answer, every node's verdict and which
                rules were asked; without it, many patients are judged in a fraction of the time.
        """
        seconds: dict[str, float] = {}
        failures: list[Failure] = []
        self._optimise(patients.num_rows)
        self._fill("raw_fact", self._raw_facts(facts))
        self._fill("patient", self._raw_patients(patients, asked_on, known_by))
        self._db.execute("TRUNCATE evaluation")
        self._db.execute("INSERT INTO evaluation VALUES ($detail)", {"detail": detail})
        reported = facts.column("about").null_count < facts.num_rows
        for step in STEPS:
            if step == "recognised" and given is not None:
                self._fill("recognised", given)
            elif step == "relief_report" and not reported:
                self._db.execute("TRUNCATE relief_report")
            else:
                self._run(step, seconds, failures)
        rows = self._db.execute("SELECT DISTINCT problem FROM complaint").fetchall()
        problems = {problem for (problem,) in rows}
        self._answer(problems, detail, seconds, failures)
        self._run("taken", seconds, failures)
        began = time.perf_counter()
        complaints = self._fetch("complaint")
        columns = "*" if detail else "complaint, question, verdict, due, reason"
        answers = self._fetch("answer", columns)
        judged = self._judge.judge(complaints, answers, detail=detail)
        seconds["fold"] = time.perf_counter() - began
        return Verdicts(
            complaints=complaints,
            answers=answers,
            values=judged.values,
            asked=judged.asked,
            outcomes=judged.outcomes,
            statuses=judged.statuses,
            taken=self._fetch("taken"),
            failures=tuple(failures),
            seconds=seconds,
        )

    def _answer(
        self, problems: set[int], detail: bool, seconds: dict[str, float], failures: list[Failure]
    ) -> None:
        """Every kind in play answers its questions; a kind that cannot leaves them unknown.

        A kind without a fact to look at has no answers: silence means what its criteria say.
        """
        self._db.execute("TRUNCATE answer")
        tested = set(KINDS)
        if detail:
            # Every question's facts are tested then: a kind without any has nothing to say.
            rows = self._db.execute("SELECT DISTINCT kind FROM tested").fetchall()
            tested = {kind for (kind,) in rows} | _WITHOUT_FACTS
            self._run("witness", seconds, failures)
        else:
            self._db.execute("TRUNCATE witness")
        if tested & _ABOUT_RELIEF:
            self._run("relieved", seconds, failures)
        else:
            self._db.execute("TRUNCATE relieved")
        broken = {failure.step for failure in failures}
        for kind in self.kinds:
            if not any(kind in self._kinds_of[problem] for problem in problems):
                continue
            if broken & _FEEDS_KINDS or (kind in _ABOUT_RELIEF and "relieved" in broken):
                self._leave_unknown(kind)
            elif kind in tested:
                before = len(failures)
                self._run(kind, seconds, failures)
                if len(failures) > before:
                    self._leave_unknown(kind)

    def _leave_unknown(self, kind: str) -> None:
        self._db.execute(
            "INSERT INTO answer SELECT c.complaint, q.question, 1, NULL, 'failed', NULL"
            " FROM complaint AS c JOIN k_ask AS q ON q.problem = c.problem WHERE q.kind = $kind",
            {"kind": kind},
        )

    def _optimise(self, patients: int) -> None:
        """For a few patients planning a statement costs more than running it: plan plainly."""
        plain = patients <= _FEW
        if plain != self._plain:
            names = ",".join(self._optimisers) if plain else ""
            self._db.execute(f"SET disabled_optimizers = '{names}'")
            self._plain = plain

    def _fill(self, table: str, rows: pa.Table) -> None:
        self._db.execute(f"TRUNCATE {table}")
        self._db.register("incoming", rows)
        self._db.execute(f"INSERT INTO {table} SELECT * FROM incoming")
        self._db.unregister("incoming")

    def _run(self, step: str, seconds: dict[str, float], failures: list[Failure]) -> None:
        began = time.perf_counter()
        table, empties = self._targets[step]
        if empties:
            self._db.execute(f"TRUNCATE {table}")
        try:
            self._db.execute(f'EXECUTE "{step}"')
        except duckdb.Error as error:
            failures.append(Failure(step, str(error).splitlines()[0]))
        seconds[step] = time.perf_counter() - began

    def _fetch(self, table: str, columns: str = "*") -> pa.Table:
        return self._db.sql(f"SELECT {columns} FROM {table}").to_arrow_table()

    # -- facts as the SQL wants them --

    def _raw_facts(self, facts: pa.Table) -> pa.Table:
        concept = facts.column("concept").combine_chunks()
        kind = facts.column("kind").combine_chunks()
        origin = facts.column("origin").combine_chunks()
        own = pa.array(self.vocabulary.concepts, type=pa.string())
        keys = concept.indices
        if not concept.dictionary.equals(own):
            keys = pc.index_in(concept.cast(pa.string()), value_set=own)
        columns: list[pa.Array | pa.ChunkedArray] = [
            facts.column("patient"),
            facts.column("fact"),
            keys,
            facts.column("region"),
            facts.column("side").cast(pa.int32()),
            facts.column("level"),
            facts.column("value"),
            facts.column("open"),
            pc.equal(kind.cast(pa.string()), "order"),
            pc.equal(origin.cast(pa.string()), "computed"),
            pc.and_(
                pc.equal(kind.cast(pa.string()), "condition"),
                pc.is_in(keys, value_set=self._events),
            ),
            pc.equal(kind.cast(pa.string()), "drug-not-tried"),
            facts.column("recorded"),
            facts.column("start_lo"),
            facts.column("start_hi"),
            facts.column("end_lo"),
            facts.column("end_hi"),
            facts.column("about"),
        ]
        return pa.Table.from_arrays(columns, schema=_RAW_FACT)

    def _raw_patients(
        self,
        patients: pa.Table,
        asked_on: datetime.date | Sequence[datetime.date],
        known_by: datetime.date | None,
    ) -> pa.Table:
        n = patients.num_rows
        days = [asked_on] * n if isinstance(asked_on, datetime.date) else list(asked_on)
        return pa.Table.from_arrays(
            [
                patients.column("patient"),
                patients.column("birth_lo"),
                patients.column("birth_hi"),
                patients.column("sex"),
                patients.column("state"),
                pa.array(days, type=pa.date32()),
                pa.array(days if known_by is None else [known_by] * n, type=pa.date32()),
            ],
            schema=_PATIENT,
        )
