"""The patient on one day: the engine's findings as problems and options."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.rules import as_tuple, expand
from painpath.planning.assess import SIDES, Assessor, Lookups, evidence_rows, outlook
from painpath.planning.bearing import concerning, near
from painpath.planning.facts import FactBook, as_evidence, partial_date
from painpath.planning.findings import Findings
from painpath.planning.fits import fitting, refused
from painpath.planning.performed import Performed
from painpath.planning.plan import (
    CriterionResult,
    Evidence,
    OptionResult,
    ProblemResult,
    RedFlagResult,
)
from painpath.planning.safety import SafetyDesk, Site, When
from painpath.records.facts import Request


class Terms(msgspec.Struct, frozen=True):
    """On whose terms a plan is made: the payer family that decides, the antithrombotic rules."""

    payer: str
    rule_set: schema.HoldRuleSet | None


class Visit:
    """The patient on one day: findings turned into problems, options and safety."""

    def __init__(
        self,
        lookups: Lookups,
        findings: Findings,
        book: FactBook,
        terms: Terms,
        day: datetime.date,
        today: datetime.date | None = None,
    ) -> None:
        """The findings of `day` in a record read on `today` (the same day, if not given)."""
        self.knowledge = lookups.knowledge
        self.findings = findings
        self.book = book
        self.day = day
        self.today = today or day
        self.concepts = lookups.concepts
        self.assessor = Assessor(lookups, findings, book, terms.payer)
        self.performed = Performed(book, lookups.concepts, lookups.names, day)
        self.desk = SafetyDesk(lookups.safety, findings, book, terms.rule_set)

    def problems(self, flags: list[RedFlagResult]) -> list[ProblemResult]:
        """Every pain problem with its options; next steps are chosen when the dates are known."""
        return [self._problem(row, flags) for row in self.findings.complaints]

    def _problem(self, row: dict[str, Any], flags: list[RedFlagResult]) -> ProblemResult:
        problem = self.assessor.problems[row["problem"]]
        return ProblemResult(
            id=problem.id,
            name=problem.name,
            patient_name=problem.patient_name,
            region=self.assessor.region(row),
            side=SIDES.get(row["side"]),
            since=partial_date(row["since_lo"], row["since_hi"]),
            pain_type=problem.pain_type,
            weak=problem.weak,
            pain=self._pain(row),
            evidence=self.book.evidence(row["evidence"]),
            ask=problem.ask,
            next_step=None,
            options=self._options(row, problem, flags),
            unclassified=self.performed.unclassified(
                row, [option for option, _ in fitting(self.knowledge, problem.id)]
            ),
        )

    def _pain(self, row: dict[str, Any]) -> Evidence | None:
        """The latest pain score that may belong to this problem."""
        scores = [
            fact
            for fact in self.book.of_concepts(["pain-score"])
            if fact["value"] is not None
            and (fact["start_lo"] is None or fact["start_lo"] <= self.day)
            and near(fact, row)
        ]
        if not scores:
            return None
        latest = max(scores, key=lambda f: (f["start_hi"] or datetime.date.min, f["fact"]))
        score = round(latest["value"], 1)
        return msgspec.structs.replace(as_evidence(latest, self.day), text=f"pain {score:g}/10")

    def _options(
        self, row: dict[str, Any], problem: schema.Problem, flags: list[RedFlagResult]
    ) -> list[OptionResult]:
        options = [
            self.option(row, option, fit.alternative, flags)
            for option, fit in fitting(self.knowledge, problem.id)
        ]
        return options + [
            self._not_indicated(option, against)
            for option, against in refused(self.knowledge, problem.id)
        ]

    def option(
        self,
        row: dict[str, Any],
        option: schema.Option,
        alternative: bool,
        flags: list[RedFlagResult],
        request: Request | None = None,
    ) -> OptionResult:
        """An option for a complaint: as it stands, or for a request on the request's terms."""
        key = row["complaint"]
        policy = self.assessor.deciding_policy(key, option.id)
        status, earliest = self._status(key, policy, option.id)
        criteria = [] if policy is None else self.assessor.criteria(row, policy, option.id)
        site = self.site(self.assessor.region(row), request)
        safety = self.desk.items(option, key, site, self.when(request))
        because = [c.id for c in criteria if c.decisive]
        aside = self.assessor.set_aside(key, option.id) if policy is None else None
        why = None
        if policy is None:
            why = aside.text if aside else "No criteria on file for this option."
        barred = self._barred_clinically(row, policy, option.id)
        if barred:
            # A payer's silence is no clinical yes: what bars an option clinically bars it for all.
            status, earliest = "contraindicated", None
            criteria = [*criteria, *(c for c in barred if c.id not in {k.id for k in criteria})]
            because = [c.id for c in barred]
            why = f"{barred[0].text}: not so on this record."
        stops = [item for item in safety if item.level == "stop"]
        if stops:
            status, earliest = "contraindicated", None
            because = [item.id for item in stops]
            why = stops[0].text
        open_ = [item for item in safety if item.needs_more]
        if open_ and status in ("eligible", "wait"):
            status, earliest = "needs-more", None
            because = [item.id for item in open_]
            why = open_[0].text
        grave = concerning(flags, self.assessor.problems[row["problem"]].id)
        if grave:
            status, earliest = "contraindicated", None
            because = [flag.id for flag in grave]
            why = f"{grave[0].text} {grave[0].act}"
        clinical = self.assessor.clinical_policy(row["complaint"], option.id)
        own = status == "contraindicated" and policy == clinical
        return OptionResult(
            id=option.id,
            name=option.name,
            rung=option.rung,
            status=status,
            policy=None if policy is None else self.knowledge.policies[policy].id,
            earliest_date=earliest,
            because=because,
            why=why,
            alternative=alternative,
            part_of=option.part_of,
            after=list(as_tuple(option.after)),
            done=self._done(row, option),
            criteria=criteria,
            safety=safety,
            outlook=outlook(option, self.assessor.problems[row["problem"]].id),
            coverage=self.assessor.positions(key, option.id),
            evidence=evidence_rows(option, self.assessor.problems[row["problem"]].id),
            cite=list(as_tuple((aside and aside.cite) or option.cite)),
            bleeding=self.desk.bleeding_of(option, key, site),
            barred=bool(barred or stops or grave or own),
            set_aside=aside is not None,
            answered=self.assessor.answered(key, option),
        )

    def when(self, request: Request | None) -> When:
        """The days that a hold is told by; booked only if the request has a day."""
        return When(self.today, self.day, request is not None and request.on is not None)

    def site(self, region: str | None, request: Request | None) -> Site:
        """The place of a procedure: the problem's region, or else that of the booking."""
        if request is None:
            return Site(region)
        return Site(region or self.assessor.region_name.get(request.region), request.level)

    def _barred_clinically(
        self, row: dict[str, Any], policy: int | None, option: str
    ) -> list[CriterionResult]:
        """The clinical criteria that make an option contraindicated, where a payer's own decide."""
        clinical = self.assessor.clinical_policy(row["complaint"], option)
        if clinical is None or clinical == policy:
            return []
        if self._status(row["complaint"], clinical, option)[0] != "contraindicated":
            return []
        return [
            criterion
            for criterion in self.assessor.criteria(row, clinical, option)
            if criterion.decisive and criterion.verdict == "not-met"
        ]

    def _status(
        self, complaint: int, policy: int | None, option: str
    ) -> tuple[str, datetime.date | None]:
        if policy is None:
            return "needs-more", None
        found = self.findings.status(complaint, policy, self.assessor.option_key[option])
        if found is None or found["status"] is None:
            return "needs-more", None
        return str(found["status"]), found["earliest"]

    def _not_indicated(self, option: schema.Option, against: schema.NotFor) -> OptionResult:
        return OptionResult(
            id=option.id,
            name=option.name,
            rung=option.rung,
            status="not-indicated",
            policy=None,
            earliest_date=None,
            because=[],
            why=against.why,
            alternative=False,
            part_of=option.part_of,
            after=list(as_tuple(option.after)),
            done=[],
            criteria=[],
            safety=[],
            outlook=None,
            coverage=[],
            evidence=[],
            cite=list(as_tuple(against.cite)),
        )

    def _done(self, row: dict[str, Any], option: schema.Option) -> list[Evidence]:
        """When the option was done for this problem, the latest first."""
        return self.performed.of(row, expand(as_tuple(option.done), self.concepts))

    # -- the same problem on another day --

    def same(self, problem: ProblemResult) -> dict[str, Any] | None:
        """This day's complaint for a problem planned on another day."""
        for row in self.findings.complaints:
            found = self.assessor.problems[row["problem"]]
            place = SIDES.get(row["side"]), self.assessor.region(row)
            if found.id == problem.id and place == (problem.side, problem.region):
                return row
        return None

    def status(
        self, problem: ProblemResult, option: OptionResult
    ) -> tuple[str | None, datetime.date | None]:
        """Status of a waiting option on this day.

        What is waited for and must then be recorded (relief that has lasted) is taken to come true.
        """
        row = self.same(problem)
        if row is None:
            return None, None
        policy = self.assessor.deciding_policy(row["complaint"], option.id)
        awaited = {c.id for c in option.criteria if c.due is not None}
        return self._once_due(row, policy, option.id, awaited)

    def lacking(self, problem: ProblemResult, option: OptionResult) -> list[CriterionResult]:
        """What a waiting option will still lack on this day, beside what is waited for."""
        row = self.same(problem)
        policy = None if row is None else self.assessor.deciding_policy(row["complaint"], option.id)
        if policy is None:
            return []
        awaited = {c.id for c in option.criteria if c.due is not None}
        return self.lacking_under(problem, option.id, policy, awaited)

    def lacking_under(
        self, problem: ProblemResult, option: str, policy: int, awaited: set[str]
    ) -> list[CriterionResult]:
        """The same under one policy, whichever decides; `awaited` are the criteria waited for."""
        row = self.same(problem)
        return [
            criterion
            for criterion in ([] if row is None else self.assessor.criteria(row, policy, option))
            if criterion.decisive and criterion.verdict == "unknown" and criterion.id not in awaited
        ]

    def under(
        self, problem: ProblemResult, option: str, policy: int, awaited: set[str]
    ) -> tuple[str | None, datetime.date | None]:
        """The same under one policy, whichever decides; `awaited` are the criteria waited for."""
        row = self.same(problem)
        return (None, None) if row is None else self._once_due(row, policy, option, awaited)

    def _once_due(
        self, row: dict[str, Any], policy: int | None, option: str, awaited: set[str]
    ) -> tuple[str | None, datetime.date | None]:
        status, earliest = self._status(row["complaint"], policy, option)
        if status == "needs-more" and policy is not None:
            criteria = self.assessor.criteria(row, policy, option)
            if {c.id for c in criteria if c.decisive} <= awaited:
                return "eligible", None
        return status, earliest
