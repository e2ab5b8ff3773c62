"""Record in, plan out: the one place where reading, deciding and wording meet."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import partial
from typing import Protocol

import msgspec
import pyarrow as pa

from painpath import __version__
from painpath.engine.engine import Engine, Failure, Verdicts
from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import Rules
from painpath.knowledge.vocabulary import Vocabulary
from painpath.planning.anaesthetics import anaesthetic
from painpath.planning.assess import Lookups
from painpath.planning.authorisation import AuthorisationDesk, Setting
from painpath.planning.bearing import concerning
from painpath.planning.care import alongside, red_flags
from painpath.planning.checklist import checklist
from painpath.planning.computed import with_computed
from painpath.planning.days import copies
from painpath.planning.facts import FactBook, known_by, shortlist
from painpath.planning.findings import Findings, RuleIndex
from painpath.planning.judging import judge
from painpath.planning.missing import missing
from painpath.planning.next_step import OPEN, ladder_note, next_step
from painpath.planning.opioids import opioid_result
from painpath.planning.patient import patient_result
from painpath.planning.payer import choose_policy, in_force
from painpath.planning.plan import (
    NOTICE,
    Plan,
    PolicyChoice,
    ProblemResult,
    RedFlagResult,
    RequestResult,
    SkippedResult,
)
from painpath.planning.policies import ALL, PolicyTable
from painpath.planning.requests import BookedProcedure, by_hand, on_record, readings
from painpath.planning.safety import choose_rule_set, merged
from painpath.planning.scores import scores
from painpath.planning.unclear import one_of
from painpath.planning.visit import Terms, Visit
from painpath.planning.waiting import waited
from painpath.planning.worked_out import Workings
from painpath.records.reading import Record


class Evaluator(Protocol):
    """What answers the rules' questions: an engine, or one that several planners share."""

    def evaluate(
        self,
        facts: pa.Table,
        patients: pa.Table,
        asked_on: datetime.date | Sequence[datetime.date],
        known_by: datetime.date | None = None,
    ) -> Verdicts:
        """As `Engine.evaluate`."""


class Planner:
    """Plans patients with one set of knowledge. Keeps the engine warm between patients."""

    def __init__(
        self,
        knowledge: Knowledge,
        vocabulary: Vocabulary,
        rules: Rules,
        engine: Evaluator | None = None,
    ) -> None:
        """Make a planner, with an engine of its own if none is given."""
        self.knowledge = knowledge
        self.vocabulary = vocabulary
        self.engine: Evaluator = engine or Engine(knowledge, vocabulary, rules)
        self.index = RuleIndex(rules)
        self.authorisation = AuthorisationDesk(knowledge)
        self._workings = Workings(knowledge, vocabulary)
        self._lookups = Lookups(knowledge, rules, vocabulary.region_bits)
        self.option_names = {option.id: option.name for option in knowledge.options}
        self.last_seconds: dict[str, float] = {}
        """Time per step of the last plan."""
        self.last_failures: list[Failure] = []

    def plan(
        self,
        record: Record,
        *,
        as_of: datetime.date,
        policy: str = "auto",
        hold_rules: str | None = None,
        mme_rules: str = "cdc-2022",
        booked: Sequence[BookedProcedure] = (),
        place: str | None = None,
    ) -> Plan:
        """The plan for a record on a day.

        Args:
            record: one patient (`painpath.read_record`).
            as_of: facts recorded later do not exist; policies are chosen by this day.
            policy: `auto` (from Coverage), `all` (the same, and an answer under every policy), a
                payer family, or a policy id.
            hold_rules: antithrombotic rule set; default the knowledge's own default.
            mme_rules: `cdc-2022` or `cdc-2016`.
            booked: procedures added by hand.
            place: place of service (an id, a code or words) where the record does not say it.

        Raises:
            UnknownPolicyError: if the policy is not known.
            UnknownRuleSetError: if the rule set is not known.
        """
        every, policy = policy == ALL, "auto" if policy == ALL else policy
        choice = choose_policy(self.knowledge, policy, record.coverages, as_of)
        rule_set = choose_rule_set(self.knowledge, hold_rules)
        worked = self._workings.of(
            record.prescriptions,
            shortlist(record.facts, self._workings.looks_at()),
            as_of,
            mme_rules,
        )
        facts = with_computed(record, worked.facts, self.vocabulary)
        record = msgspec.structs.replace(record, facts=facts)
        book = FactBook(known_by(record.facts, as_of), as_of)
        terms = Terms(choice.id, rule_set)
        requests = on_record(record, self.knowledge, as_of)
        requests += [by_hand(each, self.knowledge, self.vocabulary) for each in booked]
        days = sorted({as_of} | {request.on or as_of for request in requests})
        self.last_seconds, self.last_failures = {}, []
        visits = self._visits(record, book, terms, as_of, days)
        visit = visits[as_of]
        patient = patient_result(record.patients, as_of)
        flags = red_flags(self.knowledge, visit.findings, book)
        # For someone who has died nothing is proposed.
        found = [] if patient.deceased else visit.problems(flags)
        problems = waited(found, visits, partial(self._visits, record, book, terms, as_of))
        problems = [self._choose(problem, flags) for problem in problems]
        problems.sort(key=_precedence)
        judged = []
        usual = None if place is None else self.authorisation.place_of([place])
        for request in requests:
            day = request.on or as_of
            payer = self._choice_on(day, policy, record, choice)
            then = msgspec.structs.replace(terms, payer=payer.id)
            at = self._visit(visits[day].findings, book, then, day, as_of)
            where = self.authorisation.place_of(request.places) or usual
            setting = _setting(payer, patient.state, where)
            answers = [
                judge(at, each, problems, flags) for each in readings(request, self.knowledge)
            ]
            answer = answers[0]
            if len(answers) > 1:
                answer = one_of(request, day, answers, self.option_names)
            judged.append(self.authorisation.request(answer, setting))
        setting = _setting(choice, patient.state, usual)
        problems = self.authorisation.problems(problems, setting, as_of)
        policies = []
        if every:
            table = PolicyTable(self.knowledge, self.authorisation, as_of)
            again = partial(self._visits, record, book, terms, as_of)
            policies = table.answers(problems, visits, again, patient.state, usual)
        offered = [
            item
            for problem in problems
            for option in problem.options
            for item in option.safety
            if option.id == problem.next_step
            or option.status == "eligible"
            or (option.status == "contraindicated" and item.level == "stop")
        ]
        return Plan(
            version=__version__,
            as_of=as_of,
            patient=patient,
            policy=choice,
            problems=problems,
            requests=judged,
            red_flags=flags,
            # Beside a red flag nothing elective stands.
            alongside=(
                [] if flags or patient.deceased else alongside(self.knowledge, visit.findings, book)
            ),
            scores=scores(self.knowledge, book),
            missing=missing(problems),
            safety=merged(offered),
            opioids=opioid_result(worked.opioids),
            skipped=[SkippedResult(ref=s.ref, why=s.why) for s in record.skipped],
            failures=[SkippedResult(ref=f.step, why=f.why) for f in self.last_failures],
            hold_rules=rule_set.id if rule_set else "none",
            notice=NOTICE,
            steroids=worked.steroids,
            anaesthetic=anaesthetic(self.knowledge, book, as_of, patient.sex),
            checklist=checklist(self.knowledge, visit.findings, book, self._near(problems, judged)),
            policies=policies,
        )

    def _near(
        self, problems: Sequence[ProblemResult], requests: Sequence[RequestResult]
    ) -> list[schema.Option]:
        """The options that are next or booked."""
        near = {problem.next_step for problem in problems}
        near |= {request.option for request in requests}
        near |= {each.option for request in requests for each in request.one_of}
        return [option for option in self.knowledge.options if option.id in near]

    # -- other days --

    def _choice_on(
        self, day: datetime.date, policy: str, record: Record, today: PolicyChoice
    ) -> PolicyChoice:
        """The payer of the day of service; where no Coverage reaches that day, the plan's own."""
        if policy != "auto" or not any(in_force(entry, day) for entry in record.coverages):
            return today
        return choose_policy(self.knowledge, policy, record.coverages, day)

    def _choose(self, problem: ProblemResult, flags: list[RedFlagResult]) -> ProblemResult:
        """The problem with its next step and what each later rung waits for."""
        order = {
            option.id: fit.order
            for option in self.knowledge.options
            for fit in option.fits
            if fit.problem == problem.id
        }
        by_id = {option.id: option for option in problem.options}
        judged = [option for option in problem.options if not option.set_aside]
        aside = [option for option in problem.options if option.set_aside]
        return msgspec.structs.replace(
            problem,
            next_step=(None if concerning(flags, problem.id) else next_step(judged, order)),
            options=[
                msgspec.structs.replace(
                    option, why=option.why or ladder_note(option, self.option_names, by_id)
                )
                for option in problem.options
            ],
            note=next((o.why for o in aside if o.status == "needs-more"), None),
        )

    def _visits(
        self,
        record: Record,
        book: FactBook,
        terms: Terms,
        as_of: datetime.date,
        days: list[datetime.date],
    ) -> dict[datetime.date, Visit]:
        """One evaluation for several days: each day is a copy of the patient."""
        facts, patients = copies(record, len(days))
        verdicts = self.engine.evaluate(facts, patients, days, known_by=as_of)
        self.last_failures += verdicts.failures
        for step, seconds in verdicts.seconds.items():
            self.last_seconds[step] = self.last_seconds.get(step, 0.0) + seconds
        stride = record.facts.num_rows
        return {
            day: self._visit(
                Findings(verdicts, self.index, number, stride), book, terms, day, as_of
            )
            for number, day in enumerate(days)
        }

    def _visit(
        self,
        findings: Findings,
        book: FactBook,
        terms: Terms,
        day: datetime.date,
        today: datetime.date,
    ) -> Visit:
        return Visit(self._lookups, findings, book, terms, day, today)


def _setting(choice: PolicyChoice, state: str | None, place: str | None) -> Setting:
    return Setting(payer=choice.payer, payer_name=choice.name, state=state, place=place)


def _precedence(problem: ProblemResult) -> tuple[bool, bool, bool, int]:
    """Known causes first, then those whose ladder is already being climbed, then by how near."""
    step = next((o for o in problem.options if o.id == problem.next_step), None)
    if step is None:
        return problem.weak, True, True, len(OPEN)
    climbing = any(o.done and o.id in step.after for o in problem.options)
    return problem.weak, False, not climbing, OPEN[step.status]
