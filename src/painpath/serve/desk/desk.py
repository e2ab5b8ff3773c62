"""The desk where plans are made: one planner's knowledge and one engine, any number of askers."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from painpath.engine.engine import Engine
from painpath.examples import EXAMPLES, example_bytes
from painpath.knowledge import store as knowledge_store
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.vocabulary import Vocabulary
from painpath.planning.plan import Plan
from painpath.planning.planner import Evaluator, Planner
from painpath.planning.requests import BookedProcedure
from painpath.records.reading import Record, read_bytes
from painpath.report.html import drawing, timeline
from painpath.serve.charts import keeping
from painpath.serve.desk import lines
from painpath.serve.desk.engine import SharedEngine
from painpath.serve.desk.kept import Kept
from painpath.serve.desk.remembering import Remembering
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Patient

Answer = TypeVar("Answer")

_RECORDS, _PLANS, _TOLD, _PICTURES = 128, 512, 64, 256
_AT_ONCE = 12
"""Plans of one list made side by side; the engine answers them together."""


class Question(msgspec.Struct, frozen=True):
    """For which day and on whose terms a plan is wanted."""

    day: datetime.date
    policy: str = "auto"


class Desk:
    """Plans patients for all threads of a process."""

    def __init__(self) -> None:
        """Load the knowledge (from the cache, if it has been compiled before)."""
        ready = knowledge_store.compiled()
        self.knowledge: Knowledge = ready.knowledge
        self.vocabulary: Vocabulary = ready.vocabulary
        self.version = knowledge_store.fingerprint()
        self._engine = SharedEngine(Engine(ready.knowledge, ready.vocabulary, ready.rules))
        self._planner = Planner(ready.knowledge, ready.vocabulary, ready.rules, self._engine)
        self._records: Kept[Record] = Kept(_RECORDS)
        self._plans: Kept[Plan] = Kept(_PLANS)
        self._told: Kept[Remembering] = Kept(_TOLD)
        self._drawn: Kept[str] = Kept(_PICTURES)
        self._outlines: Kept[timeline.Outline | None] = Kept(_PICTURES)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="plan")
        # The drawing library has one thread of its own: more would only wait for each other.
        self._pen = ThreadPoolExecutor(1, thread_name_prefix="draw")
        self._warm()

    def _warm(self) -> None:
        """Plan an example before anybody asks.

        What is loaded on first use (opioid factors, decoders) is loaded here, by one thread:
        msgspec builds what it knows of a type without a lock, and two threads at it can crash.
        """
        example = EXAMPLES[0]
        record = read_bytes(example_bytes(example.id), self.vocabulary)
        plan = self.plan_record(record, Question(example.as_of))
        lines.from_bytes(lines.to_bytes(lines.line(plan, {})))
        outlined = timeline.outline(plan, record, self.knowledge)
        if outlined is not None:
            self._pen.submit(outlined.draw, 0).result()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()
        self._pen.shutdown()
        self._engine.close()

    # -- any record --

    def plan_record(
        self,
        record: Record,
        question: Question,
        booked: Sequence[BookedProcedure] = (),
        engine: Evaluator | None = None,
    ) -> Plan:
        """The plan for a record in hand; nothing of it is kept.

        Args:
            record: from `painpath.records.reading`.
            question: the day and the payer.
            booked: procedures to judge beside those on record.
            engine: one that remembers this record; default the shared one.

        Raises:
            UnknownPolicyError: if the policy is not known.
        """
        # A planner remembers its last plan's failures: each asker has a shallow copy.
        planner = copy.copy(self._planner)
        planner.engine = engine or self._engine
        with self._engine.turn():
            return planner.plan(record, as_of=question.day, policy=question.policy, booked=booked)

    def run(self, work: Callable[[Planner], Answer]) -> Answer:
        """What `work` makes of a planner of its own; its evaluations are shared with everybody's.

        For parts that plan what is not on file in ways of their own.
        """
        with self._engine.turn():
            return work(copy.copy(self._planner))

    # -- patients on file --

    def record(self, store: Store, patient: Patient) -> Record:
        """A patient's record, read from the documents in force.

        Raises:
            RecordError: if nothing in them is usable.
        """

        def read() -> Record:
            with store.reading() as work:
                kept = keeping.documents(work, patient.id)
            return keeping.read(kept, self.vocabulary)

        return self._records.get((patient.id, patient.digest), read)

    def plan(self, store: Store, patient: Patient, question: Question) -> Plan:
        """A patient's plan; while record and question are the same it is made once.

        Raises:
            RecordError: if the record cannot be read.
            UnknownPolicyError: if the policy is not known.
        """
        on = (patient.id, patient.digest, question.day)

        def make() -> Plan:
            record = self.record(store, patient)
            engine = self._told.get(on, lambda: Remembering(self._engine))
            return self.plan_record(record, question, engine=engine)

        return self._plans.get((*on, question.policy), make)

    def plans(
        self, store: Store, patients: Sequence[Patient], question: Question
    ) -> list[Plan | Exception]:
        """Several patients' plans, side by side; of one that cannot be planned, why."""

        def attempt(patient: Patient) -> Plan | Exception:
            try:
                return self.plan(store, patient, question)
            except Exception as error:
                return error

        return list(self._pool.map(attempt, patients))

    def outline(
        self, store: Store, patient: Patient, question: Question
    ) -> timeline.Outline | None:
        """What the timeline shows, without the pictures; `None` if nothing is dated."""
        key = (patient.id, patient.digest, question.day)
        return self._outlines.get(
            key,
            lambda: timeline.outline(
                self.plan(store, patient, question), self.record(store, patient), self.knowledge
            ),
        )

    def drawn(
        self, store: Store, patient: Patient, question: Question, span: int, *, narrow: bool = False
    ) -> str | None:
        """The timeline over one of its spans, as SVG; narrow for a phone."""
        outline = self.outline(store, patient, question)
        if outline is None or not 0 <= span < len(outline.spans):
            return None
        key = (patient.id, patient.digest, question.day, span, narrow)
        frame = drawing.NARROW if narrow else drawing.WIDE
        return self._drawn.get(key, lambda: self._pen.submit(outline.draw, span, frame).result())
