"""One patient's documents: what the command line and the service ask for. Pure; writes nothing."""

from __future__ import annotations

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.paperwork import pas, referral
from painpath.paperwork.checklist import Checklist, checklist
from painpath.paperwork.choosing import Choice, choose
from painpath.paperwork.handout import Handout, handout
from painpath.paperwork.letter import Letter, letter
from painpath.paperwork.parties import Parties, parties
from painpath.planning.plan import OptionResult, Plan, ProblemResult
from painpath.records.originals import Originals
from painpath.records.record import Record
from painpath.report.fhir_maker import Resource


class Case(msgspec.Struct, frozen=True):
    """A record, its plan, and what documents need beside them."""

    record: Record
    plan: Plan
    knowledge: Knowledge
    originals: Originals = {}
    """The resources as sent, for names and quotes; without them documents say what is missing."""

    @property
    def who(self) -> Parties:
        """Who is who."""
        return parties(self.plan, self.record, self.originals)

    def choose(self, option: str | None = None, problem: str | None = None) -> Choice:
        """See `painpath.paperwork.choosing.choose`."""
        return choose(self.plan, option, problem)

    def letter(self, option: str | None = None, problem: str | None = None) -> Letter:
        """The letter for an option, or for the next step.

        Raises:
            UnknownOptionError: if the plan has no such option or problem.
        """
        chosen = self.choose(option, problem)
        return letter(
            self.plan,
            chosen.problem,
            chosen.option,
            self.record,
            self.knowledge,
            self.who,
            self.originals,
        )

    def referral(self, made: Letter) -> Resource | None:
        """The letter as a FHIR Bundle; none where nothing is open to refer for."""
        return referral.bundle(self.plan, made)

    def checklist(self, problem: ProblemResult, option: OptionResult) -> Checklist:
        """The checklist of an option for a problem."""
        return checklist(self.plan, problem, option, self.knowledge, self.who, self.originals)

    def request(self, problem: ProblemResult, option: OptionResult) -> pas.Request:
        """What the FHIR documents of an option are made from."""
        return pas.Request(
            plan=self.plan,
            problem=problem,
            option=option,
            checklist=self.checklist(problem, option),
            knowledge=self.knowledge,
            originals=self.originals,
        )

    def handout(self) -> Handout:
        """The handout for the patient.

        Raises:
            NoTextError: if there is nothing to say in plain words.
        """
        return handout(self.plan, self.knowledge, self.who.patient)
