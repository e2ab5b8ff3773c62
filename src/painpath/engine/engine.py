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

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from painpath.engine.inputs import raw_facts, raw_patients
from painpath.engine.questions import Questions
from painpath.engine.running import Runner, statement
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

_FEW = 20
"""Up to this many patients, rows come as Python values quicker than as an Arrow table."""

ANSWER = pa.schema(
    [
        ("complaint", pa.int64()),
        ("question", pa.int32()),
        ("verdict", pa.int32()),
        ("due", pa.date32()),
        ("reason", pa.string()),
        ("evidence", pa.list_(pa.int64())),
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
        questions = Questions(knowledge, vocabulary, rules, payers)
        tables = questions.tables
        self._events = questions.events
        self._judge = questions.judge
        self._runner = Runner(threads, memory)
        self._few = True
        for name, table in tables.items():
            self._runner.put(name, table)
        self._kinds_of: dict[int, set[str]] = defaultdict(set)
        asked = tables["k_ask"].select(["problem", "kind"]).to_pylist()
        for row in asked:
            self._kinds_of[row["problem"]].add(row["kind"])

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
        self._few = patients.num_rows <= _FEW
        self._runner.put("raw_fact", raw_facts(facts, self.vocabulary, self._events))
        self._runner.put("patient", raw_patients(patients, asked_on, known_by))
        self._runner.put("evaluation", pa.table({"detail": [detail]}))
        reported = facts.column("about").null_count < facts.num_rows
        for step in STEPS:
            if step == "recognised" and given is not None:
                self._runner.put("recognised", given)
            elif step == "relief_report" and not reported:
                self._leave_out(step)
            else:
                self._run(step, seconds, failures)
        complaints = self._runner.content("complaint")
        problems = set(pc.unique(complaints.column("problem")).to_pylist())
        answers = self._answer(problems, detail, seconds, failures)
        self._run("taken", seconds, failures)
        began = time.perf_counter()
        judged = self._judge.judge(complaints, answers, detail=detail)
        seconds["fold"] = time.perf_counter() - began
        return Verdicts(
            complaints=complaints,
            answers=answers,
            values=judged.values,
            asked=judged.asked,
            outcomes=judged.outcomes,
            statuses=judged.statuses,
            taken=self._runner.content("taken"),
            failures=tuple(failures),
            seconds=seconds,
        )

    def _answer(
        self, problems: set[int], detail: bool, seconds: dict[str, float], failures: list[Failure]
    ) -> pa.Table:
        """Every kind in play answers its questions; a kind that cannot leaves them unknown.

        A kind without a fact to look at has no answers: silence means what its criteria say.
        """
        tested = set(KINDS)
        if detail:
            # Every question's facts are tested then: a kind without any has nothing to say.
            kinds = pc.unique(self._runner.content("tested").column("kind"))
            tested = {*kinds.to_pylist(), *_WITHOUT_FACTS}
            self._run("witness", seconds, failures)
        else:
            self._leave_out("witness")
        if tested & _ABOUT_RELIEF and detail:
            self._run("relieved", seconds, failures)
        elif tested & _ABOUT_RELIEF:
            self._fill("relieved", "relieved, brief", _brief("relieved"), seconds, failures)
        else:
            self._leave_out("relieved")
        broken = {failure.step for failure in failures}
        answers = [
            ANSWER.empty_table() if detail else ANSWER.empty_table().drop_columns("evidence")
        ]
        for kind in self.kinds:
            if not any(kind in self._kinds_of[problem] for problem in problems):
                continue
            if broken & _FEEDS_KINDS or (kind in _ABOUT_RELIEF and "relieved" in broken):
                answers.append(self._unknown(kind, detail))
            elif kind in tested:
                found = self._run_kind(kind, detail, seconds, failures)
                answers.append(self._unknown(kind, detail) if found is None else found)
        return pa.concat_tables(answers)

    def _run_kind(
        self, kind: str, detail: bool, seconds: dict[str, float], failures: list[Failure]
    ) -> pa.Table | None:
        text = f"SELECT {', '.join(_columns(detail))} FROM ({statement(f'kinds/{kind}')})"
        return self._timed(kind, kind if detail else f"{kind}, brief", text, seconds, failures)

    def _unknown(self, kind: str, detail: bool) -> pa.Table:
        """Every question of a kind that could not answer, as unknown."""
        return self._runner.once(
            f"SELECT {', '.join(_columns(detail))} FROM (SELECT c.complaint, q.question,"
            " CAST(1 AS INTEGER) AS verdict, CAST(NULL AS DATE) AS due, 'failed' AS reason,"
            " CAST(NULL AS BIGINT[]) AS evidence"
            " FROM complaint AS c JOIN k_ask AS q ON q.problem = c.problem"
            f" WHERE q.kind = '{kind}')"
        )

    def _run(self, step: str, seconds: dict[str, float], failures: list[Failure]) -> None:
        self._fill(step, step, statement(step), seconds, failures)

    def _fill(
        self,
        step: str,
        name: str,
        text: str,
        seconds: dict[str, float],
        failures: list[Failure],
    ) -> None:
        """Fill a step's table; one that fails leaves it empty."""
        found = self._timed(step, name, text, seconds, failures)
        if found is None:
            self._leave_out(step)
        else:
            self._runner.put(step, found)

    def _timed(
        self,
        step: str,
        name: str,
        text: str,
        seconds: dict[str, float],
        failures: list[Failure],
    ) -> pa.Table | None:
        began = time.perf_counter()
        try:
            return self._runner.rows(name, text, few=self._few)
        except duckdb.Error as error:
            failures.append(Failure(step, str(error).splitlines()[0]))
            return None
        finally:
            seconds[step] = time.perf_counter() - began

    def _leave_out(self, step: str) -> None:
        self._runner.empty(step, statement(step))


def _columns(detail: bool) -> list[str]:
    """What an answer says; the facts behind it only where someone will read them."""
    names: list[str] = ANSWER.names
    return names if detail else names[:-1]


def _brief(step: str) -> str:
    """A step without its lists of facts: nobody will read them, and making lists is costly."""
    lists = ("procedures", "reported_in")
    without = ", ".join(f"CAST(NULL AS BIGINT[]) AS {name}" for name in lists)
    return f"SELECT * REPLACE ({without}) FROM ({statement(step)})"
