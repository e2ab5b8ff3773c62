"""One evaluation's verdicts as lookups, for the complaints of one patient on one day."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from painpath.engine.asking import is_wide
from painpath.engine.engine import Verdicts
from painpath.knowledge.rules import PATIENT, VERDICTS, Criterion, NodeRow, Rules
from painpath.records import plain

_NAMES = {value: name for name, value in VERDICTS.items()}
NOT_MET, UNKNOWN, MET = 0, 1, 2


class Answer(msgspec.Struct, frozen=True):
    """A question's answer for one complaint."""

    verdict: str
    due: datetime.date | None
    reason: str | None
    evidence: tuple[int, ...]


class RuleIndex:
    """The rules' trees by rule, built once per knowledge."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.children: dict[int, list[int]] = defaultdict(list)
        self.root: dict[int, int] = {}
        self.leaves: dict[int, list[int]] = defaultdict(list)
        for key, node in enumerate(rules.nodes):
            if node.depth == 0:
                self.root[node.rule] = key
            else:
                self.children[node.parent].append(key)
            if node.op == "leaf":
                self.leaves[node.rule].append(key)
        self._conditions: dict[int, list[int]] = {}
        self.wide = [is_wide(rules, question) for question in rules.questions]
        """Questions about the patient as a whole, answered once a patient."""
        self.by_owner: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.by_option: dict[tuple[int, int], list[int]] = defaultdict(list)
        """(option, problem) -> rules."""
        for key, rule in enumerate(rules.rules):
            self.by_owner[rule.purpose, rule.owner].append(key)
            for option, problems in rule.options:
                for problem in problems:
                    self.by_option[option, problem].append(key)

    def node(self, key: int) -> NodeRow:
        """A node by its number."""
        return self.rules.nodes[key]

    def criterion(self, key: int) -> Criterion:
        """The criterion at a leaf."""
        return self.rules.criteria[self.rules.nodes[key].criterion]

    def conditions(self, leaf: int) -> list[int]:
        """The condition of every `when` in whose other part the leaf stands."""
        if leaf not in self._conditions:
            found = []
            node = self.node(leaf)
            while node.parent >= 0:
                parent = self.node(node.parent)
                if parent.op == "when" and node.slot == 1:
                    members = self.children[node.parent]
                    found.append(next(child for child in members if self.node(child).slot == 0))
                node = parent
            self._conditions[leaf] = found
        return self._conditions[leaf]


_Answered = tuple[int, datetime.date | None, str | None, list[int] | None]


class _Rows(msgspec.Struct):
    """Rows of the tables of `Verdicts` as Python values, those of several patients or of one."""

    complaints: list[dict[str, Any]] = []
    answers: dict[tuple[int, int], _Answered] = {}
    """By complaint and question: verdict, due, reason, evidence."""
    values: dict[tuple[int, int], tuple[int | None, int | None]] = {}
    """By complaint and node: now, later."""
    outcomes: dict[tuple[int, int], int | None] = {}
    """By complaint and rule: now."""
    asked: list[tuple[int, int]] = []
    """Complaint, rule."""
    statuses: list[dict[str, Any]] = []
    taken: list[dict[str, Any]] = []


class Findings:
    """What the engine said of one patient (one `asked_on`), or of several."""

    def __init__(
        self, verdicts: Verdicts, index: RuleIndex, patient: int | None = 0, stride: int = 0
    ) -> None:
        """Keep the rows of one patient.

        Args:
            verdicts: an evaluation, perhaps of several patients.
            index: the rules' trees.
            patient: which patient; `None` keeps them all, for what is asked by complaint.
            stride: facts per patient where one record was evaluated on several days as so many
                patients; fact numbers are brought back to the record's own.
        """
        if patient is not None:
            verdicts = _only(verdicts, patient)
        self._fill(_as_rows(verdicts), index, stride * (patient or 0))

    @classmethod
    def of_each(cls, verdicts: Verdicts, index: RuleIndex) -> dict[int, Findings]:
        """The same for every patient, each apart."""
        whose: dict[int, int] = {}
        found: dict[int, _Rows] = defaultdict(_Rows)
        every = _as_rows(verdicts)
        for row in every.complaints:
            whose[row["complaint"]] = row["patient"]
            found[row["patient"]].complaints.append(row)
        for key, answer in every.answers.items():
            found[whose[key[0]]].answers[key] = answer
        for key, value in every.values.items():
            found[whose[key[0]]].values[key] = value
        for key, outcome in every.outcomes.items():
            found[whose[key[0]]].outcomes[key] = outcome
        for asked in every.asked:
            found[whose[asked[0]]].asked.append(asked)
        for row in every.statuses:
            found[whose[row["complaint"]]].statuses.append(row)
        for row in every.taken:
            found[whose[row["complaint"]]].taken.append(row)
        made: dict[int, Findings] = {}
        for patient, rows in found.items():
            made[patient] = cls.of_nobody(index)
            made[patient]._fill(rows, index, 0)
        return made

    @classmethod
    def of_nobody(cls, index: RuleIndex) -> Findings:
        """Nothing was found, of nobody."""
        made = cls.__new__(cls)
        made._fill(_Rows(), index, 0)
        return made

    def _fill(self, rows: _Rows, index: RuleIndex, offset: int) -> None:
        self.index = index
        self._offset = offset
        self.complaints: list[dict[str, Any]] = []
        self.patient_complaint = -1
        heads: dict[int, int] = {}
        for row in rows.complaints:
            if row["problem"] == PATIENT:
                self.patient_complaint = heads[row["patient"]] = row["complaint"]
            else:
                row["evidence"] = [fact - offset for fact in row["evidence"] or ()]
                self.complaints.append(row)
        self._head = {row["complaint"]: heads[row["patient"]] for row in self.complaints}
        """The patient's own complaint, by complaint."""
        self._answers = rows.answers
        self._values = rows.values
        self._outcomes = rows.outcomes
        self._asked = set(rows.asked)
        self._statuses = {
            (row["complaint"], row["policy"], row["option"]): row for row in rows.statuses
        }
        self.taken = [{**row, "fact": row["fact"] - offset} for row in rows.taken]
        self._regions = {row["complaint"]: row["region"] for row in self.complaints}
        self.problem_of = {row["complaint"]: row["problem"] for row in self.complaints}
        self._rows = {row["complaint"]: row for row in self.complaints}

    def complaint(self, key: int) -> dict[str, Any]:
        """A complaint's row."""
        return self._rows[key]

    def head(self, complaint: int) -> int:
        """The complaint that stands for the patient as a whole."""
        return self._head.get(complaint, self.patient_complaint)

    def answer(self, complaint: int, question: int) -> Answer:
        """The answer, or what silence means where no fact was found."""
        keeper = self.head(complaint) if self.index.wide[question] else complaint
        row = self._answers.get((keeper, question))
        asked = self.index.rules.questions[question]
        region = self._regions.get(complaint, 0)
        if asked.family and region and not asked.family & region:
            return Answer(_NAMES[-1], None, None, ())
        if row is None:
            return Answer(_NAMES[asked.absent], None, None, ())
        verdict, due, reason, facts = row
        evidence = tuple(facts or ())
        if self._offset:
            evidence = tuple(fact - self._offset for fact in evidence)
        return Answer(_NAMES[verdict], due if verdict == NOT_MET else None, reason, evidence)

    def asked(self, complaint: int, rule: int) -> bool:
        """Whether the rule was put to this complaint (problem, date and state fit)."""
        return (complaint, rule) in self._asked

    def outcome(self, complaint: int, rule: int) -> int | None:
        """2 met, 1 unknown, 0 not met, `None` not asked or nothing to decide."""
        return self._outcomes.get((complaint, rule))

    def value(self, complaint: int, node: int) -> int | None:
        """Verdict of a criterion or group; `None` if not applicable or not deciding."""
        now, _ = self._values.get((complaint, node), (None, None))
        return now

    def later(self, complaint: int, node: int) -> int | None:
        """The same once every cure by time has come."""
        _, later = self._values.get((complaint, node), (None, None))
        return later

    def status(self, complaint: int, policy: int, option: int) -> dict[str, Any] | None:
        """Status row of an option under a policy."""
        return self._statuses.get((complaint, policy, option))

    def fires(self, complaint: int, purpose: str, owner: str) -> int | None:
        """Outcome of a condition (safety rule, red flag, care) wherever it was asked.

        Patient-wide conditions are asked of the patient, local ones of the complaint.
        """
        best: int | None = None
        for rule in self.index.by_owner.get((purpose, owner), ()):
            for asked_of in (complaint, self.head(complaint)):
                now = self._outcomes.get((asked_of, rule))
                if now is not None:
                    best = now if best is None else max(best, now)
        return best

    def asked_of_patient(self, purpose: str, owner: str) -> bool:
        """Whether a condition looks at the patient as a whole, not at one pain problem."""
        rules = self.index.rules.rules
        owned = self.index.by_owner.get((purpose, owner), ())
        return any(PATIENT in rules[rule].problems for rule in owned)

    def condition_evidence(self, complaint: int, purpose: str, owner: str) -> list[int]:
        """Facts behind a condition that fired."""
        facts: list[int] = []
        for rule in self.index.by_owner.get((purpose, owner), ()):
            for asked_of in (complaint, self.head(complaint)):
                if not self.asked(asked_of, rule):
                    continue
                for leaf in self.index.leaves[rule]:
                    found = self.answer(asked_of, self.index.criterion(leaf).question)
                    if found.verdict == "met" or (found.verdict == "unknown" and found.evidence):
                        facts.extend(found.evidence)
        return list(dict.fromkeys(facts))

    def half_found(self, complaint: int, purpose: str, owner: str) -> bool:
        """Whether a part of a condition is unknown although something was found for it."""
        for rule in self.index.by_owner.get((purpose, owner), ()):
            for asked_of in (complaint, self.head(complaint)):
                if not self.asked(asked_of, rule):
                    continue
                for leaf in self.index.leaves[rule]:
                    found = self.answer(asked_of, self.index.criterion(leaf).question)
                    if found.verdict == "unknown" and found.evidence:
                        return True
        return False

    def open_asks(self, complaint: int, purpose: str, owner: str) -> list[str]:
        """What would settle a condition that was not found met; nothing if a fact refutes it.

        What silence means does not count here: not recorded is something to ask.
        """
        asks: list[str] = []
        for rule in self.index.by_owner.get((purpose, owner), ()):
            for asked_of in (complaint, self.head(complaint)):
                if not self.asked(asked_of, rule):
                    continue
                for leaf in self.index.leaves[rule]:
                    criterion = self.index.criterion(leaf)
                    found = self.answer(asked_of, criterion.question)
                    if found.verdict == "not-met" and found.reason == "found":
                        return []
                    if found.verdict != "met" and criterion.leaf.ask:
                        asks.append(criterion.leaf.ask)
        return list(dict.fromkeys(asks))

    def applies(self, complaint: int, leaf: int) -> bool:
        """Whether every `when` around the leaf is met or may be; conditions themselves count."""
        return all(
            self.value(complaint, condition) not in (None, NOT_MET)
            for condition in self.index.conditions(leaf)
        )

    def decisive(self, complaint: int, rule: int) -> set[int]:
        """Leaves that make the rule's verdict what it is: the open ones, or all that are met."""
        root = self.index.root[rule]
        if self.value(complaint, root) == MET:
            return {
                leaf
                for leaf in self.index.leaves[rule]
                if self.value(complaint, leaf) == MET and self.applies(complaint, leaf)
            }
        found: set[int] = set()
        waiting = [root]
        while waiting:
            node = waiting.pop()
            for child in self._open_children(complaint, node):
                if self.index.node(child).op == "leaf":
                    found.add(child)
                else:
                    waiting.append(child)
        return found

    def _open_children(self, complaint: int, node: int) -> list[int]:
        """Members that keep a group from being met; of alternatives only the nearest to be met."""
        members = [
            child
            for child in self.index.children[node]
            if self.value(complaint, child) in (NOT_MET, UNKNOWN)
        ]
        if self.index.node(node).op == "any" and members:
            nearest = max(self.later(complaint, child) or NOT_MET for child in members)
            members = [c for c in members if (self.later(complaint, c) or NOT_MET) == nearest]
        return members


def _only(verdicts: Verdicts, patient: int) -> Verdicts:
    """One patient's rows, picked before any becomes a Python object."""
    among = pc.equal(verdicts.complaints.column("patient"), patient)
    if pc.all(among).as_py():
        return verdicts
    complaints = verdicts.complaints.filter(among)
    keys = complaints.column("complaint").combine_chunks()

    def mine(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.is_in(rows.column("complaint"), value_set=keys))

    return msgspec.structs.replace(
        verdicts,
        complaints=complaints,
        answers=mine(verdicts.answers),
        values=mine(verdicts.values),
        outcomes=mine(verdicts.outcomes),
        asked=mine(verdicts.asked),
        statuses=mine(verdicts.statuses),
        taken=mine(verdicts.taken),
    )


def _as_rows(verdicts: Verdicts) -> _Rows:
    def by(table: pa.Table, second: str) -> list[tuple[Any, ...]]:
        return plain.tuples(table, "complaint", second)

    answers = plain.tuples(verdicts.answers, "verdict", "due", "reason", "evidence")
    return _Rows(
        complaints=plain.rows(verdicts.complaints),
        answers=dict(zip(by(verdicts.answers, "question"), answers, strict=True)),
        values=dict(
            zip(
                by(verdicts.values, "node"),
                plain.tuples(verdicts.values, "now", "later"),
                strict=True,
            )
        ),
        outcomes=dict(
            zip(
                by(verdicts.outcomes, "rule"),
                plain.values(verdicts.outcomes.column("now")),
                strict=True,
            )
        ),
        asked=by(verdicts.asked, "rule"),
        statuses=plain.rows(verdicts.statuses),
        taken=plain.rows(verdicts.taken),
    )
