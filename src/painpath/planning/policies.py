"""Every policy at once: whom could this patient ask, for what, and from which day?

All policies were evaluated together; here their waiting days are asked again, so that a date stands
only where the criteria hold on it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.planning.asking import PolicyAnswer, PolicyOption
from painpath.planning.assess import AXIS_ORDER
from painpath.planning.authorisation import AuthorisationDesk, Setting
from painpath.planning.payer import CLINICAL
from painpath.planning.plan import CriterionResult, OptionResult, PositionResult, ProblemResult
from painpath.planning.visit import Visit

ALL = "all"
"""The choice of policy that asks for this."""

_MOST_ROUNDS = 3
_OPEN_VERDICTS = ("unknown", "not-met")

Evaluate = Callable[[list[datetime.date]], dict[datetime.date, Visit]]


class _Line(msgspec.Struct, kw_only=True):
    """One option for one problem under one policy, while its day is being found."""

    problem: ProblemResult
    option: OptionResult
    position: PositionResult
    policy: int
    status: str | None
    earliest: datetime.date | None
    criteria: list[CriterionResult]


class PolicyTable:
    """Turns the positions of a plan's options into an answer for every policy."""

    def __init__(self, knowledge: Knowledge, desk: AuthorisationDesk, as_of: datetime.date) -> None:
        self.knowledge = knowledge
        self.desk = desk
        self.as_of = as_of
        self.keys = {policy.id: key for key, policy in enumerate(knowledge.policies)}
        self.names = {payer.id: payer.name for payer in knowledge.payers}

    def answers(
        self,
        problems: Iterable[ProblemResult],
        visits: dict[datetime.date, Visit],
        evaluate: Evaluate,
        state: str | None,
        place: str | None,
    ) -> list[PolicyAnswer]:
        """An answer for each policy in force, those that can be asked soonest first.

        Args:
            problems: of the finished plan.
            visits: the patient on the days evaluated so far; the day of the plan is among them.
            evaluate: the patient on further days.
            state: where it is done, for prior authorisation.
            place: place of service, likewise.
        """
        lines = self._lines(problems, visits[self.as_of])
        self._settle(lines, visits, evaluate)
        by_policy: dict[int, list[_Line]] = {}
        for line in lines:
            by_policy.setdefault(line.policy, []).append(line)
        answers = [self._answer(key, by_policy[key], state, place) for key in by_policy]
        return sorted(
            answers,
            key=lambda a: (
                AXIS_ORDER[a.axis] if a.payer != CLINICAL else -1,
                a.standing != "in-force",
                a.from_date or datetime.date.max,
                a.name,
            ),
        )

    def _lines(self, problems: Iterable[ProblemResult], today: Visit) -> list[_Line]:
        lines: list[_Line] = []
        for problem in problems:
            row = today.same(problem)
            if row is None:
                continue
            for option in problem.options:
                lines += [
                    self._line(problem, option, position, today, row)
                    for position in option.coverage
                ]
        return lines

    def _line(
        self,
        problem: ProblemResult,
        option: OptionResult,
        position: PositionResult,
        today: Visit,
        row: dict[str, Any],
    ) -> _Line:
        key = self.keys[position.policy]
        status = position.status
        criteria = today.assessor.criteria(row, key, option.id) if status else []
        if option.barred and status in ("eligible", "wait", "needs-more"):
            # What bars an option clinically bars it whoever pays.
            status = "contraindicated"
        return _Line(
            problem=problem,
            option=option,
            position=position,
            policy=key,
            status=status,
            earliest=position.earliest_date if status == "wait" else None,
            criteria=criteria,
        )

    def _settle(
        self, lines: list[_Line], visits: dict[datetime.date, Visit], evaluate: Evaluate
    ) -> None:
        """Ask again on each waiting day; a date that does not hold is moved on or dropped."""
        open_lines = [line for line in lines if line.status == "wait" and line.earliest]
        for _ in range(_MOST_ROUNDS):
            days = sorted({line.earliest for line in open_lines if line.earliest} - visits.keys())
            if days:
                visits |= evaluate(days)
            moved = [line for line in open_lines if self._moved(line, visits)]
            if not moved:
                return
            open_lines = moved
        for line in open_lines:
            line.status, line.earliest = "not-met", None

    @staticmethod
    def _moved(line: _Line, visits: dict[datetime.date, Visit]) -> bool:
        """Look at the line on its day; true if it waits for a later one."""
        assert line.earliest is not None
        awaited = {c.id for c in line.criteria if c.due is not None}
        visit = visits[line.earliest]
        status, later = visit.under(line.problem, line.option.id, line.policy, awaited)
        if status == "eligible":
            return False
        if status == "wait" and later is not None and later > line.earliest:
            line.earliest = later
            return True
        if status == "needs-more":
            more = visit.lacking_under(line.problem, line.option.id, line.policy, awaited)
            known = {criterion.id for criterion in more}
            line.criteria = [c for c in line.criteria if c.id not in known] + more
            line.status, line.earliest = status, None
            return False
        line.status, line.earliest = "not-met", None
        return False

    def _answer(
        self, key: int, lines: list[_Line], state: str | None, place: str | None
    ) -> PolicyAnswer:
        policy = self.knowledge.policies[key]
        name = self.names.get(policy.payer, policy.payer)
        setting = Setting(payer=policy.payer, payer_name=name, state=state, place=place)
        options = [self._option(line, policy, setting) for line in lines]
        options.sort(key=lambda o: o.from_date or datetime.date.max)
        days = [option.from_date for option in options if option.from_date is not None]
        return PolicyAnswer(
            policy=policy.id,
            name=policy.name,
            payer=policy.payer,
            payer_name=name,
            axis=policy.axis,
            standing=policy.standing,
            partial=policy.partial,
            start=policy.start,
            end=policy.end,
            documents=lines[0].position.documents,
            from_date=min(days) if days and policy.standing == "in-force" else None,
            options=options,
            review=policy.review,
            cite=list(as_tuple(policy.cite)),
        )

    def _option(self, line: _Line, policy: schema.Policy, setting: Setting) -> PolicyOption:
        from_date = self.as_of if line.status == "eligible" else line.earliest
        decisive = [c for c in line.criteria if c.decisive and c.verdict in _OPEN_VERDICTS]
        asked: bool | None = None
        if policy.axis == "coverage" and policy.payer != CLINICAL:
            day = from_date or self.as_of
            asked = self.desk.answer(setting, line.option.id, None, day, []).required
        return PolicyOption(
            problem=line.problem.id,
            side=line.problem.side,
            region=line.problem.region,
            option=line.option.id,
            name=line.option.name,
            part_of=line.option.part_of,
            position=line.position.position,
            status=line.status,
            from_date=from_date,
            open=[c.id for c in decisive],
            ask=list(dict.fromkeys(c.ask for c in decisive if c.ask)),
            prior_authorisation=asked,
        )
