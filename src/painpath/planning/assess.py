"""An option for a problem: which policy decides, its criteria with evidence, who says what."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import Criterion, Rules, as_tuple
from painpath.planning.ages import AgeLimits, Limits, outside
from painpath.planning.facts import FactBook
from painpath.planning.findings import MET, Answer, Findings
from painpath.planning.payer import CLINICAL, deciding_order
from painpath.planning.plan import (
    CriterionResult,
    EvidenceRow,
    OutlookResult,
    PositionResult,
)
from painpath.planning.safety import SafetyRules
from painpath.planning.wording import place_words, why_not_known, why_without_facts

SIDES = {1: "left", 2: "right", 3: "both"}
AXIS_ORDER = {"clinical": 0, "coverage": 1, "guideline": 2}


class Lookups:
    """What is looked up in the knowledge for any patient: made once, not with each plan."""

    def __init__(self, knowledge: Knowledge, rules: Rules, regions: Mapping[str, int]) -> None:
        self.knowledge = knowledge
        self.option_key = {name: key for key, name in enumerate(rules.option_ids)}
        # Problem 0 is the patient as a whole.
        self.problems = dict(enumerate(knowledge.problems, start=1))
        self.concepts = {concept.id: concept for concept in knowledge.concepts}
        self.names = {concept.id: _lower(concept.name) for concept in knowledge.concepts}
        self.region_name = region_names(knowledge, regions)
        self.policy_key = {policy.id: key for key, policy in enumerate(knowledge.policies)}
        self.ages = AgeLimits(knowledge)
        self.safety = SafetyRules(knowledge)
        self._orders: dict[str, dict[int, int]] = {}

    def order(self, payer: str) -> dict[int, int]:
        """See `deciding_order`."""
        if payer not in self._orders:
            self._orders[payer] = deciding_order(self.knowledge, payer)
        return self._orders[payer]


class Assessor:
    """Reads the engine's verdicts into plan entries for one patient."""

    def __init__(self, lookups: Lookups, findings: Findings, book: FactBook, payer: str) -> None:
        self.knowledge = lookups.knowledge
        self.findings = findings
        self.book = book
        self.payer = payer
        self.order = lookups.order(payer)
        self.option_key = lookups.option_key
        self.problems = lookups.problems
        self.names = lookups.names
        self.region_name = lookups.region_name
        self.ages = lookups.ages
        self._policy_key = lookups.policy_key
        self._asked: dict[tuple[int, str], dict[int, list[int]]] = {}
        self._whys: dict[tuple[int, str, str | None, bool, str], str | None] = {}

    # -- places --

    def region(self, complaint: dict[str, Any]) -> str | None:
        """Name of the complaint's region."""
        problem = self.problems[complaint["problem"]]
        if problem.region is not None:
            return problem.region
        return self.region_name.get(complaint["region"])

    def place(self, complaint: dict[str, Any]) -> str:
        """`right knee`."""
        return place_words(SIDES.get(complaint["side"]), self.region(complaint))

    # -- policies --

    def deciding_policy(self, complaint: int, option: str) -> int | None:
        """The payer's own policy if it has criteria for the option here, else the clinical one."""
        speaking = [
            key
            for key in self._speaking(complaint, option)
            if key in self.order and self._has_status(complaint, key, option)
        ]
        return min(speaking, key=self.order.__getitem__, default=None)

    def clinical_policy(self, complaint: int, option: str) -> int | None:
        """The payer-independent policy that has criteria for the option here."""
        for key in self._speaking(complaint, option):
            clinical = self.knowledge.policies[key].payer == CLINICAL
            if clinical and self._has_status(complaint, key, option):
                return key
        return None

    def set_aside(self, complaint: int, option: str) -> Limits | None:
        """The ages for which the option's criteria are written, if this patient is outside them."""
        index = self.findings.index
        place = self.option_key[option], self.findings.problem_of[complaint]
        owners = (index.rules.rules[rule].owner for rule in index.by_option[place])
        said = (self.ages.own(self._policy_key[owner]) for owner in owners)
        every = (self.ages.ladder(option), *said)
        return next((limits for limits in every if self._outside(complaint, limits)), None)

    def _outside(self, complaint: int, limits: Limits | None) -> bool:
        row = self.findings.complaint(complaint)
        return outside(limits, (row["birth_lo"], row["birth_hi"]), row["asked_on"])

    def _has_status(self, complaint: int, policy: int, option: str) -> bool:
        row = self._status(complaint, policy, option)
        return row is not None and row["status"] is not None

    def _status(self, complaint: int, policy: int, option: str) -> dict[str, Any] | None:
        """The status row of a policy, unless its criteria are not for this patient's age."""
        if self._outside(complaint, self.ages.of(policy, option)):
            return None
        return self.findings.status(complaint, policy, self.option_key[option])

    def rules_of(self, complaint: int, policy: int, option: str) -> list[int]:
        """The rules of one policy for an option that were asked of the complaint."""
        return self._speaking(complaint, option).get(policy, [])

    def _speaking(self, complaint: int, option: str) -> dict[int, list[int]]:
        """Policies that were asked about the option here, in their order, with their rules."""
        if (complaint, option) not in self._asked:
            index = self.findings.index
            place = self.option_key[option], self.findings.problem_of[complaint]
            found: dict[int, list[int]] = {}
            for rule in index.by_option[place]:
                if self.findings.asked(complaint, rule):
                    key = self._policy_key[index.rules.rules[rule].owner]
                    if self._spares(complaint, key, option, index.rules.rules[rule].position):
                        continue
                    found.setdefault(key, []).append(rule)
            self._asked[complaint, option] = dict(sorted(found.items()))
        return self._asked[complaint, option]

    def _spares(self, complaint: int, policy: int, option: str, position: str) -> bool:
        """Whether a rule is not about this patient's age; a bare refusal is about everyone's."""
        own = self.ages.own(policy)
        if own is not None or position != "criteria":
            return self._outside(complaint, own)
        return self._outside(complaint, self.ages.ladder(option))

    def answered(self, complaint: int, option: schema.Option) -> bool | None:
        """Whether a test has given its answer; `None` where nothing says when it has."""
        if not option.answered:
            return None
        return self.findings.fires(complaint, "answered", option.id) == MET

    def positions(self, complaint: int, option: str) -> list[PositionResult]:
        """Every policy's and guideline's position, side by side."""
        results: list[PositionResult] = []
        rules = self.findings.index.rules.rules
        place = self.findings.complaint(complaint)
        for key, keys in self._speaking(complaint, option).items():
            policy = self.knowledge.policies[key]
            asked = [rules[rule] for rule in keys]
            row = self._status(complaint, key, option)
            status = row["status"] if row is not None else None
            # Rules with criteria speak before a bare position of the same policy.
            asked.sort(key=lambda rule: rule.position != "criteria")
            results.append(
                PositionResult(
                    policy=policy.id,
                    name=policy.name,
                    payer=policy.payer,
                    axis=policy.axis,
                    position=asked[0].position,
                    statement=" ".join(dict.fromkeys(rule.statement for rule in asked)),
                    status=status,
                    earliest_date=row["earliest"] if row is not None and status == "wait" else None,
                    review=asked[0].review,
                    cite=list(dict.fromkeys(name for rule in asked for name in rule.cite)),
                    standing=policy.standing,
                    documents=documents_for(policy, place["state"], place["asked_on"]),
                )
            )
        return sorted(results, key=lambda r: (AXIS_ORDER[r.axis], r.payer != self.payer))

    # -- criteria --

    def _decisive(self, complaint: int, policy: int, option: str) -> Iterator[tuple[int, set[int]]]:
        """The policy's rules for the option, each with the criteria that make the status."""
        rules = self.rules_of(complaint, policy, option)
        # Where one of several rules is open, what is met in the others does not decide.
        all_met = all(self.findings.outcome(complaint, rule) in (MET, None) for rule in rules)
        for rule in rules:
            met = self.findings.outcome(complaint, rule) == MET
            yield (
                rule,
                self.findings.decisive(complaint, rule) if all_met or not met else set(),
            )

    def open_acts(self, complaint: int, policy: int, option: str) -> list[str]:
        """What would settle each open question, without its evidence: cheaper than `criteria`."""
        acts: dict[str, None] = {}
        for _, decisive in self._decisive(complaint, policy, option):
            for leaf in decisive:
                criterion = self.findings.index.criterion(leaf)
                answer = self.findings.answer(complaint, criterion.question)
                unknown = criterion.decides and answer.verdict == "unknown"
                if unknown and self.findings.applies(complaint, leaf):
                    acts[_ask(criterion)] = None
        return list(acts)

    def criteria(
        self, complaint: dict[str, Any], policy: int, option: str
    ) -> list[CriterionResult]:
        """The policy's criteria for the option, in the order in which they are written."""
        key = complaint["complaint"]
        results: dict[str, CriterionResult] = {}
        for rule, decisive in self._decisive(key, policy, option):
            for leaf in self.findings.index.leaves[rule]:
                # The condition of a `when` is shown only where it is itself an open question.
                if self.findings.index.node(leaf).slot == 0 and leaf not in decisive:
                    continue
                made = self._criterion(complaint, leaf, decisive=leaf in decisive)
                earlier = results.get(made.id)
                if earlier is None or (made.decisive and not earlier.decisive):
                    results[made.id] = made
        return list(results.values())

    def _criterion(
        self, complaint: dict[str, Any], leaf: int, *, decisive: bool
    ) -> CriterionResult:
        criterion = self.findings.index.criterion(leaf)
        answer = self.findings.answer(complaint["complaint"], criterion.question)
        if not self.findings.applies(complaint["complaint"], leaf):
            answer = Answer("not-applicable", None, None, ())
        ask = None
        if answer.verdict == "unknown":
            ask = _ask(criterion)
        elif answer.verdict == "not-met" and not answer.evidence and answer.due is None:
            # Silence that the source counts as "no": what would break it, where somebody wrote it.
            ask = criterion.leaf.ask
        return CriterionResult(
            id=criterion.leaf.id,
            text=criterion.leaf.text,
            verdict=answer.verdict,
            evidence=self.book.evidence(answer.evidence),
            why=self._why(leaf, answer, self.place(complaint)),
            ask=ask,
            due=answer.due,
            review=criterion.review,
            cite=list(criterion.cite),
            reading=criterion.leaf.reading,
            decides=criterion.decides,
            decisive=decisive and criterion.decides,
        )

    def _why(self, leaf: int, answer: Answer, place: str) -> str | None:
        """Why an answer is what it is, where evidence does not say it; many share a sentence."""
        found = bool(answer.evidence)
        key = leaf, answer.verdict, answer.reason, found, place
        if key not in self._whys:
            asked = self.findings.index.criterion(leaf).leaf
            why = None
            # A certain "not met" explains itself by its evidence, however partial the dates are.
            plain = answer.verdict == "not-met" and answer.reason in ("found", "partial-date")
            if answer.verdict in ("unknown", "not-met") and not plain:
                why = why_not_known(asked, answer.reason, found, self.names, place)
            elif answer.verdict in ("met", "not-met") and not found:
                why = why_without_facts(asked, self.names, place) or None
            self._whys[key] = why
        return self._whys[key]


def documents_for(policy: schema.Policy, state: str | None, day: datetime.date) -> list[str]:
    """Numbers of a policy's documents that hold in a state (if known) on a day."""
    return list(
        dict.fromkeys(
            document.id
            for document in policy.documents
            if (not document.states or state is None or state in document.states)
            and (document.start is None or document.start <= day)
            and (document.end is None or document.end >= day)
        )
    )


def _ask(criterion: Criterion) -> str:
    """The act that settles a criterion."""
    return criterion.leaf.ask or f"Record: {criterion.leaf.text}"


def outlook(option: schema.Option, problem: str) -> OutlookResult | None:
    """The cited responders for this problem, or for the option in general."""
    fitting = [o for o in option.outlook if o.problem == problem]
    fitting += [o for o in option.outlook if o.problem is None]
    if not fitting:
        return None
    chosen = fitting[0]
    return OutlookResult(
        responders_percent=chosen.responders_percent,
        at_months=chosen.at_months,
        n=chosen.n,
        response=chosen.response,
        comparator=chosen.comparator,
        comparator_percent=chosen.comparator_percent,
        review=chosen.review or option.review or "secondary",
        cite=list(as_tuple(chosen.cite)),
    )


def evidence_rows(option: schema.Option, problem: str) -> list[EvidenceRow]:
    """Trials, reviews and guidelines, those against as plainly as those for."""
    return [
        EvidenceRow(
            kind=row.kind,
            stance=row.stance,
            text=row.text,
            review=row.review or option.review or "secondary",
            cite=list(as_tuple(row.cite)),
        )
        for row in option.evidence
        if row.problem in (None, problem)
    ]


def _lower(name: str) -> str:
    """`Physical therapy` inside a sentence; acronyms keep their capitals."""
    return name[:1].lower() + name[1:] if name[1:2].islower() or name[1:2] == " " else name


def region_names(knowledge: Knowledge, bits: Mapping[str, int]) -> dict[int, str]:
    """Mask -> region; plain regions before wide ones, so that lumbar is not "lumbar-sacral"."""
    names: dict[int, str] = {}
    for region in sorted(knowledge.regions, key=lambda region: bool(region.parts)):
        names.setdefault(bits[region.id], region.id)
    return names
