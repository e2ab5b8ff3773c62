"""One pain on one day, and questions about it.

What the record leaves open (a date known by its month, a side that is not written) is tried both
ways; an answer that differs is open. In each such world a question is plain arithmetic on days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from painpath.cohort.calendar_days import add
from painpath.cohort.telling import Fact, Telling, Told
from painpath.cohort.truth.answers import NO, OPEN, YES, Answer, when
from painpath.cohort.truth.numbers import Limit, Numbers
from painpath.knowledge.quantities import Duration

Seen = tuple[int, Fact]
"""A fact on the day on which it began in this world."""
Verdict = tuple[int, int | None]
"""An answer, and the day on which time turns a no."""
_MOST_OPEN = 8


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
            return self._elapsed(onset, limit)

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
            return self._elapsed(min(days) if first else max(days), limit)

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
            judged = [self._kept_up(course, limit) for course in by_kind.values()]
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
                judged = [self._relieved(day, facts, limit) for day, facts in by_day.items()]
                best = max(verdict for verdict, _ in judged)
                return best, next((due for verdict, due in judged if verdict == best), None)
            day = min(by_day) if pick == "first" else max(by_day)
            return self._relieved(day, by_day[day], limit)

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
            pairs = zip(days, days[1 : limit.number], strict=False)
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

    # -- arithmetic in one world --

    def limit(self, name: str) -> Limit:
        """The numbers of a criterion of the policy asked by."""
        return self.numbers.limit(self.policy, name)

    def _elapsed(self, day: int, limit: Limit) -> Verdict:
        assert limit.duration is not None
        reached = add(day, limit.duration)
        match limit.comparison:
            case "at_least":
                return (YES, None) if reached <= self.today else (NO, reached)
            case "more_than":
                return (YES, None) if reached < self.today else (NO, reached + 1)
            case "at_most":
                return (YES if reached >= self.today else NO), None
            case _:
                return (YES if reached > self.today else NO), None

    def _kept_up(self, seen: list[Seen], limit: Limit) -> Verdict:
        """The best of the courses of one kind of care."""
        if limit.lasting is None:
            return YES, None
        courses: list[tuple[int, int, bool]] = []
        for day, fact in sorted(seen, key=lambda s: (s[0], s[1].until or 0)):
            stop = self.today if fact.open else fact.until or day
            if courses and day <= courses[-1][1] + limit.gap:
                began, stopped, goes_on = courses[-1]
                courses[-1] = began, max(stopped, stop), goes_on or fact.open
            else:
                courses.append((day, stop, fact.open))
        best: Verdict = NO, None
        for began, stopped, goes_on in courses:
            enough = add(began, limit.lasting)
            if enough <= stopped:
                return YES, None
            if began == stopped and enough <= self.today:
                best = OPEN, None
            elif goes_on and best[0] == NO:
                best = NO, min(enough, best[1] or enough)
        return best

    def _relieved(self, day: int, facts: Iterable[Fact], limit: Limit) -> Verdict:
        reports = sorted(report for fact in facts for report in fact.relief)
        if not reports:
            return OPEN, None
        good = [at for at, percent in reports if limit.passes(percent)]
        if not good:
            return NO, None
        if limit.lasting is None:
            return YES, None
        goal = add(day, limit.lasting)
        counted = [day + fact.lasted for fact in facts if fact.lasted is not None]
        bad = [at for at, percent in reports if not limit.passes(percent) and at > good[0]]
        if counted or bad:
            ended = max(counted) if counted else bad[0]
            return (YES if ended >= goal else NO), None
        if good[-1] >= goal:
            return YES, None
        if self.today < goal:
            return NO, goal
        # Held when last looked at, and not looked at since.
        return (YES if self.trusting else OPEN), None

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
            for seen, onset in self._worlds(facts, anchors, side=side, since=since)
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

    def _worlds(
        self, facts: list[Fact], anchors: list[Fact], *, side: bool, since: str | None
    ) -> Iterator[tuple[list[Seen], int]]:
        if not anchors and self._plain(facts, side=side, since=since):
            begin = self.told.first if since == "onset" else 0
            yield [
                (fact.first, fact)
                for fact in facts
                if begin <= fact.first <= self.today
                and not (side and self.told.sided and fact.side != self.told.side)
            ], begin
            return
        choices: list[list[int | None]] = [
            [None if not here else day for day in _days(fact) for here in self._here(fact, side)]
            for fact in facts
        ]
        doubtful = sum(len(choice) > 1 for choice in choices)
        if doubtful > _MOST_OPEN:
            choices = [choice[:1] if len(choice) > 1 else choice for choice in choices]
        onsets = sorted({self.told.first, self.told.last}) if since == "onset" else [0]
        froms = [0]
        if anchors:
            froms = sorted({max(a.first for a in anchors), max(a.last for a in anchors)})
        for onset, start, days in product(onsets, froms, product(*choices)):
            begin = onset if since == "onset" else start
            yield (
                [
                    (day, fact)
                    for day, fact in zip(days, facts, strict=True)
                    if day is not None and begin <= day <= self.today
                ],
                onset,
            )

    def _plain(self, facts: list[Fact], *, side: bool, since: str | None) -> bool:
        """Whether the record leaves nothing open here."""
        if since == "onset" and self.told.first != self.told.last:
            return False
        sided = side and self.told.sided
        if sided and self.told.side is None and facts:
            return False
        return all(
            fact.first == fact.last and not (sided and fact.side is None) for fact in facts
        )

    def _here(self, fact: Fact, side: bool) -> tuple[bool, ...]:
        if not side or not self.told.sided:
            return (True,)
        if fact.side is None or self.told.side is None:
            return (True, False)
        return (fact.side == self.told.side,)


def _days(fact: Fact) -> tuple[int, ...]:
    return (fact.first,) if fact.first == fact.last else (fact.first, fact.last)


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
