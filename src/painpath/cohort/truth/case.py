"""One pain on one day, and questions about it.

What the record leaves open (a date known by its month, a side that is not written) is tried both
ways; an answer that differs is open. In each such world a question is plain arithmetic on days.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from painpath.cohort.calendar_days import add
from painpath.cohort.telling import Fact, Telling, Told
from painpath.cohort.truth.answers import NO, OPEN, YES, Answer, when
from painpath.cohort.truth.arithmetic import Seen, Verdict, elapsed, kept_up, relieved
from painpath.cohort.truth.numbers import Limit, Numbers
from painpath.cohort.truth.worlds import worlds
from painpath.knowledge.quantities import Duration


class Case:
    """A complaint as of a day."""

    def __init__(
        self, telling: Telling, told: Told, today: int, numbers: Numbers, *, trusting: bool = False
    ) -> None:
        """Keep what is asked about.

        Args:
            telling: the record.
            told: the pain.
            today: the day asked about.
            numbers: from the knowledge.
            trusting: relief that was waited for is taken to have come true.
        """
        self.telling = telling
        self.told = told
        self.today = today
        self.numbers = numbers
        self.trusting = trusting
        self.policy = ""
        self._facts: dict[frozenset[str], list[Fact]] = {}
        self._asked: dict[tuple[object, ...], Answer] = {}

    def under(self, policy: str) -> Case:
        """The same case, asked by another policy's numbers."""
        self.policy = policy
        return self

    def on(self, day: int) -> Case:
        """The same case on a later day, with nothing new known."""
        return Case(self.telling, self.told, day, self.numbers, trusting=True)

    # -- questions --

    def present(
        self,
        name: str,
        *of: str,
        side: bool = False,
        since: str | None = None,
        active: bool = False,
        default: int = OPEN,
        bars: bool = False,
    ) -> Answer:
        """Is there such a thing? The later of a yes and a no counts."""

        def question(seen: list[Seen], _: int) -> Verdict:
            found = [s for s in seen if not active or s[1].open]
            yes = max((day for day, fact in found if fact.yes), default=None)
            no = max((day for day, fact in found if not fact.yes), default=None)
            if yes is None and no is None:
                return default, None
            return (YES if no is None or (yes is not None and yes >= no) else NO), None

        return self._ask(
            name, of, question, side=side, since=since, bars=bars, key=(active, default)
        )

    def absent(
        self,
        name: str,
        *of: str,
        side: bool = False,
        since: str | None = None,
        active: bool = True,
        bars: bool = False,
    ) -> Answer:
        """Is there none? `active`: only what still holds counts."""

        def question(seen: list[Seen], _: int) -> Verdict:
            found = [s for s in seen if not active or s[1].open]
            yes = max((day for day, fact in found if fact.yes), default=None)
            no = max((day for day, fact in found if not fact.yes), default=None)
            if yes is None or (no is not None and no > yes):
                return YES, None
            return NO, None

        return self._ask(name, of, question, side=side, since=since, bars=bars, key=(active,))

    def score(
        self,
        name: str,
        *of: str,
        since: str | None = None,
        highest: bool = False,
        default: int = OPEN,
    ) -> Answer:
        """Is the latest (or highest) value within the limit?"""
        limit = self.limit(name)

        def question(seen: list[Seen], _: int) -> Verdict:
            values = [(day, fact.value) for day, fact in seen if fact.value is not None]
            if not values:
                return default, None
            value = max(v for _, v in values) if highest else max(values, key=_day)[1]
            return (YES if limit.passes(value) else NO), None

        return self._ask(name, of, question, since=since, key=(id(limit), highest, default))

    def lasted(self, name: str) -> Answer:
        """Has the pain lasted so long?"""
        limit = self.limit(name)

        def question(_: list[Seen], onset: int) -> Verdict:
            return elapsed(onset, limit, self.today)

        return self._ask(name, (), question, since="onset", key=(id(limit),))

    def elapsed(
        self, name: str, *of: str, side: bool = False, first: bool = False, default: int = OPEN
    ) -> Answer:
        """Is the latest (or first) such thing so long ago?"""
        limit = self.limit(name)

        def question(seen: list[Seen], _: int) -> Verdict:
            days = [day for day, _ in seen]
            if not days:
                return default, None
            return elapsed(min(days) if first else max(days), limit, self.today)

        return self._ask(name, of, question, side=side, key=(id(limit), first, default))

    def tried(self, name: str, *of: str, since: str | None = None, default: int = OPEN) -> Answer:
        """Was care of so many kinds kept up so long?"""
        limit = self.limit(name)
        of = of or limit.of

        def question(seen: list[Seen], _: int) -> Verdict:
            by_kind: dict[str, list[Seen]] = {}
            for one in seen:
                by_kind.setdefault(one[1].says[0], []).append(one)
            if not by_kind:
                return default, None
            judged = [kept_up(course, limit, self.today) for course in by_kind.values()]
            sure = sum(verdict == YES for verdict, _ in judged)
            possible = sum(verdict != NO for verdict, _ in judged)
            if sure >= limit.kinds:
                return YES, None
            if possible >= limit.kinds:
                return OPEN, None
            days = [day for _, day in judged if day is not None]
            return NO, (min(days) if days and limit.kinds - sure == 1 else None)

        return self._ask(name, of, question, since=since, key=(id(limit), default))

    def sessions(self, name: str, *of: str, side: bool = False) -> Answer:
        """Are there so many days with such a procedure in the window?"""
        limit = self.limit(name)

        def question(seen: list[Seen], _: int) -> Verdict:
            days = sorted({day for day, _ in seen}, reverse=True)
            if limit.within is not None:
                days = [day for day in days if add(day, limit.within) > self.today]
            if limit.passes(len(days)):
                return YES, None
            if limit.within is None or limit.comparison not in ("less_than", "at_most"):
                return NO, None
            allowed = int(limit.value) - (limit.comparison == "less_than")
            return NO, add(days[allowed], limit.within)

        return self._ask(name, of, question, side=side, key=(id(limit),))

    def relief(
        self,
        name: str,
        *of: str,
        side: bool = False,
        pick: str = "latest",
        default: int | None = OPEN,
    ) -> Answer:
        """Was there so much relief (for so long) after the latest, the first or any of these?"""
        limit = self.limit(name)

        def question(seen: list[Seen], _: int) -> Verdict:
            by_day: dict[int, list[Fact]] = {}
            for day, fact in seen:
                by_day.setdefault(day, []).append(fact)
            if not by_day:
                return (-1 if default is None else default), None
            if pick == "any":
                judged = [
                    relieved(day, facts, limit, self.today, trusting=self.trusting)
                    for day, facts in by_day.items()
                ]
                best = max(verdict for verdict, _ in judged)
                return best, next((due for verdict, due in judged if verdict == best), None)
            day = min(by_day) if pick == "first" else max(by_day)
            return relieved(day, by_day[day], limit, self.today, trusting=self.trusting)

        return self._ask(name, of, question, side=side, key=(id(limit), pick, default))

    def blocks(self, name: str, *of: str, side: bool = False, default: int = OPEN) -> Answer:
        """Were the last so many blocks positive, on days far enough apart?"""
        limit = self.limit(name)

        def question(seen: list[Seen], _: int) -> Verdict:
            by_day: dict[int, list[float]] = {}
            for day, fact in seen:
                if limit.within is None or add(day, limit.within) >= self.today:
                    by_day.setdefault(day, []).extend(percent for _, percent in fact.relief)
            if not by_day:
                return default, None
            days = sorted(by_day, reverse=True)
            outcomes = [
                OPEN if not by_day[d] else YES if any(map(limit.passes, by_day[d])) else NO
                for d in days
            ]
            if outcomes[0] == NO:
                return NO, None
            last = outcomes[: limit.number]
            if len(last) < limit.number or any(outcome != YES for outcome in last):
                return OPEN, None
            pairs = pairwise(days[: limit.number])
            close = any(later < earlier + limit.spacing for later, earlier in pairs)
            return (NO if close else YES), None

        return self._ask(name, of, question, side=side, key=(id(limit), default))

    def latest_relief(self, name: str, since: str) -> Answer:
        """Is the percent relief last recorded within the limit, after whatever procedure?"""
        limit = self.limit(name)
        started = max((fact.first for fact in self.facts(self.numbers.family(since))), default=0)
        reports = [
            report
            for fact in self.telling.facts
            for report in fact.relief
            if started <= report[0] <= self.today
        ]
        if not reports:
            return _leaf(name, NO, None)
        return _leaf(name, YES if limit.passes(max(reports, key=_day)[1]) else NO, None)

    def lesser_relief_in_crps(self, name: str, judgement: str) -> Answer:
        """In complex regional pain syndrome a physician's judgement may stand in for relief."""
        if self.told.problem != "crps-1":
            return _leaf(name, NO, None)
        return self.present(name, judgement, since="scs-trial")

    def after_some_treatments(self, name: str, of: str, then: str, what: str) -> Answer:
        """After so many treatments a response must be on record."""
        return when(self.sessions(name, of), self.score(then, what))

    def adult(self, name: str) -> Answer:
        """Is the patient old enough?"""
        years = int(self.limit(name).value)
        old = add(self.telling.birth, Duration(months=12 * years))
        return _leaf(name, YES if old <= self.today else NO, old if old > self.today else None)

    def is_younger_than(self, years: int) -> bool:
        """Whether the patient has not come to this age yet."""
        return add(self.telling.birth, Duration(months=12 * years)) > self.today

    def limit(self, name: str) -> Limit:
        """The numbers of a criterion of the policy asked by."""
        return self.numbers.limit(self.policy, name)

    # -- worlds --

    def _ask(
        self,
        name: str,
        of: tuple[str, ...],
        question: Callable[[list[Seen], int], Verdict],
        *,
        side: bool = False,
        since: str | None = None,
        bars: bool = False,
        key: tuple[object, ...] = (),
    ) -> Answer:
        # Most criteria are the same for every policy; the same question is answered once.
        asked = (name, of, side, since, bars, *key)
        answer = self._asked.get(asked)
        if answer is None:
            answer = self._asked[asked] = self._answer(
                name, of, question, side=side, since=since, bars=bars
            )
        return answer

    def _answer(
        self,
        name: str,
        of: tuple[str, ...],
        question: Callable[[list[Seen], int], Verdict],
        *,
        side: bool,
        since: str | None,
        bars: bool,
    ) -> Answer:
        facts = self.facts(self.numbers.family(*of)) if of else []
        anchors = [] if since in (None, "onset") else self.facts(self.numbers.family(str(since)))
        results = {
            question(seen, onset)
            for seen, onset in worlds(self.told, self.today, facts, anchors, side=side, since=since)
        }
        verdicts = {verdict for verdict, _ in results}
        verdict = verdicts.pop() if len(verdicts) == 1 else OPEN
        dues = [due for _, due in results if due is not None]
        due = max(dues) if verdict == NO and len(dues) == len(results) else None
        return _leaf(name, verdict, due, bars=bars)

    def facts(self, wanted: frozenset[str]) -> list[Fact]:
        """Facts that say one of these."""
        found = self._facts.get(wanted)
        if found is None:
            found = self._facts[wanted] = [
                fact for fact in self.telling.facts if not wanted.isdisjoint(fact.says)
            ]
        return found


def _day(pair: tuple[int, float]) -> int:
    return pair[0]


def _leaf(name: str, verdict: int, due: int | None, *, bars: bool = False) -> Answer:
    if verdict == -1:
        return Answer(None, None)
    return Answer(
        verdict,
        YES if due is not None else verdict,
        () if due is None else (due,),
        bars and verdict == NO,
        () if verdict == YES else (name,),
    )
