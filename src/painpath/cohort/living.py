"""Lives patients: onset, care, images, blocks with relief that wanes, drugs, what goes beside.

Everything is drawn from the family's figures; nothing here knows how it is written down.
"""

from __future__ import annotations

import math

from painpath.cohort.calendar_days import add, before
from painpath.cohort.chance import Chance, Weighted
from painpath.cohort.spec import Course, Family, Habits, Payer, People, Seen, Share, Spec, Step
from painpath.cohort.story import Complaint, Event, Story
from painpath.knowledge.quantities import parse_duration

_SIDES = ("right", "left")
_YEAR = 365.25
_IN_SPITE = 0.2
"""Share to whom the next rung is done although the last one did not help."""


class Lives:
    """Makes stories for one seed, as of one day."""

    def __init__(self, spec: Spec, today: int) -> None:
        assert spec.people is not None
        self.people: People = spec.people
        self.habits: Habits = spec.people.habits
        self.today = today
        self.things = {thing.id: thing for thing in spec.things}
        self._families = Weighted(spec.families, [f.weight for f in spec.families])
        states = self.people.states
        self._states = Weighted(list(states), list(states.values()))
        self._payers: dict[int, Weighted[Payer]] = {}

    def live(self, number: int, chance: Chance) -> Story:
        """One patient's story."""
        families = self._pick(chance)
        age = families[0].age
        years = min(max(chance.gauss(age.mean, age.sd), age.lowest), age.highest)
        birth = self.today - round(years * _YEAR)
        story = Story(
            id=f"cohort-{number:08d}",
            birth=birth,
            female=chance.hits(families[0].female),
            state=self._states.draw(chance),
            payer=self._payer(int(years), chance),
            complaints=[],
            events=[],
            scores={},
        )
        for family in families:
            if family.problem is not None:
                self._suffer(story, family, chance)
        for share in self.people.comorbid:
            self._beside(story, share, years, chance, None)
        for share in self.people.blood_thinners:
            if self._beside(story, share, years, chance, None):
                break
        story.events.sort(key=_day)
        return story

    def _pick(self, chance: Chance) -> list[Family]:
        first = self._families.draw(chance)
        if first.problem is None or not chance.hits(self.habits.second_family):
            return [first]
        second = self._families.draw(chance)
        if (
            second.problem is None
            or second.area == first.area
            or {first.area, second.area}
            == {
                "feet",
                "leg",
            }
        ):
            return [first]
        return [first, second]

    def _payer(self, age: int, chance: Chance) -> Payer:
        if age not in self._payers:
            fit = [p for p in self.people.payers if p.from_age <= age <= p.to_age]
            self._payers[age] = Weighted(fit, [p.weight for p in fit])
        return self._payers[age].draw(chance)

    # -- one pain --

    def _suffer(self, story: Story, family: Family, chance: Chance) -> None:
        assert family.onset is not None and family.diagnosis is not None
        number = len(story.complaints)
        side = chance.one(_SIDES) if family.sided else None
        onset = self._onset(family, chance)
        complaint = Complaint(family, side, onset)
        story.complaints.append(complaint)
        events: list[Event] = [Event(family.diagnosis, onset, goes_on=True, side=side)]
        for operation in family.before:
            if chance.hits(operation.share):
                day = min(onset - chance.days(operation.gap), self.today)
                events.append(Event(operation.thing, day, side=side, goes_on=day > onset))
        for share in family.beside:
            self._beside(story, share, 200, chance, complaint)
        steps = self._climb(family, complaint, chance)
        events.extend(steps)
        for care in (*family.care, *family.drugs):
            if chance.hits(_share(care, steps)):
                events.extend(self._course(care, onset, chance))
        for seen in (*family.images, *family.findings):
            event = self._see(seen, complaint, steps, chance)
            if event is not None:
                events.append(event)
        for event in events:
            event.family = number
        story.events.extend(event for event in events if event.day <= self.today)
        if family.pain is not None and chance.hits(family.pain.share):
            self._score(story, family, onset, steps, chance)

    def _onset(self, family: Family, chance: Chance) -> int:
        onset = family.onset
        assert onset is not None
        if onset.edges and chance.hits(self.habits.edge):
            duration = parse_duration(chance.one(onset.edges))
            return before(self.today, duration) - chance.one(self.habits.edge_days)
        ago = math.exp(chance.gauss(math.log(onset.median), onset.spread))
        return self.today - round(min(max(ago, onset.shortest), onset.longest))

    def _course(self, course: Course, onset: int, chance: Chance) -> list[Event]:
        start = onset + chance.days(course.starts)
        if start > self.today:
            return []
        if chance.hits(course.one_visit):
            return [Event(course.thing, start, until=start, one_visit=True)]
        goes_on = chance.hits(course.goes_on)
        if course.edges and chance.hits(self.habits.edge):
            until = add(start, parse_duration(chance.one(course.edges)))
            until += chance.one(self.habits.edge_days)
            goes_on = False
        else:
            until = start + max(chance.days(course.lasts), 1)
        if goes_on or until > self.today:
            until = self.today
            goes_on = True
        steps = 1 + int(chance.random() * course.steps)
        if steps == 1 or until - start < 2 * steps:
            return [Event(course.thing, start, until=None if goes_on else until, goes_on=goes_on)]
        # Doses go up step by step; each step is a prescription of its own.
        length = (until - start) // steps
        cuts = [start + length * i for i in range(steps)] + [until]
        return [
            Event(
                course.thing,
                cuts[i],
                until=None if goes_on and i == steps - 1 else cuts[i + 1],
                goes_on=goes_on and i == steps - 1,
                step=i,
            )
            for i in range(steps)
        ]

    def _see(
        self, seen: Seen, complaint: Complaint, steps: list[Event], chance: Chance
    ) -> Event | None:
        start = complaint.onset
        if seen.after_step is not None:
            done = [step.day for step in steps if step.thing == seen.after_step]
            if not done:
                return None
            start = max(done)
        if not chance.hits(_share(seen, steps)):
            return None
        day = start + chance.days(seen.starts)
        if steps and seen.with_ladder is not None:
            # Whoever is treated was worked up before.
            day = max(min(day, steps[0].day - 3), start)
        event = Event(seen.thing, day)
        event.side = complaint.side if seen.sided else None
        if seen.value is not None:
            high = seen.high is not None and chance.hits(seen.high_share)
            value = chance.between(seen.high if high and seen.high else seen.value)
            event.value = round(value, 1) if seen.value[1] < 12 else round(value)
        elif self.things[seen.thing].kind == "finding":
            event.yes = chance.hits(seen.yes)
        return event

    def _beside(
        self, story: Story, share: Share, years: float, chance: Chance, complaint: Complaint | None
    ) -> bool:
        if years < share.from_age or not chance.hits(share.share):
            return False
        start = self.today - round(chance.between(share.years) * _YEAR)
        side = complaint.side if complaint else None
        if complaint is not None:
            start = max(start, complaint.onset + 1)
        elif self.things[share.thing].forms[0].side == "code":
            side = chance.one(_SIDES)
        if start > self.today or any(event.thing == share.thing for event in story.events):
            return False
        kind = self.things[share.thing].kind
        story.events.append(
            Event(
                share.thing,
                max(start, story.birth + 1),
                goes_on=share.goes_on,
                side=side,
                family=-1,
                until=None if kind == "condition" or share.goes_on else self.today,
            )
        )
        return True

    # -- the ladder --

    def _climb(self, family: Family, complaint: Complaint, chance: Chance) -> list[Event]:
        done: dict[str, tuple[int, bool]] = {}
        events: list[Event] = []
        for step in family.ladder:
            start = complaint.onset
            if step.after is not None and step.after in done:
                start, good = done[step.after]
                if step.good_only and not good and not chance.hits(_IN_SPITE):
                    continue
            elif step.good_only:
                continue
            if not chance.hits(step.share):
                continue
            made, good = self._take(step, start + chance.days(step.gap), complaint.side, chance)
            if made:
                events.extend(made)
                done[step.thing] = made[-1].day, good
        return events

    def _take(
        self, step: Step, day: int, side: str | None, chance: Chance
    ) -> tuple[list[Event], bool]:
        """All the times a step is taken, and whether the last one helped."""
        days: list[int] = []
        while day <= self.today and len(days) < step.times:
            days.append(day)
            if not chance.hits(step.again):
                break
            day += self._pause(step, chance)
        if days and step.every_edges and chance.hits(self.habits.edge):
            # The last one at the boundary of an interval that a rule counts.
            last = before(self.today, parse_duration(chance.one(step.every_edges)))
            last -= chance.one(self.habits.edge_days)
            if len(days) == 1 or last > days[-2]:
                days[-1] = min(last, self.today)
        events: list[Event] = []
        good = False
        for number, at in enumerate(days):
            following = days[number + 1] if number + 1 < len(days) else self.today + 1
            event = Event(step.thing, at, until=at, side=side)
            good = self._answer(step, event, following, chance)
            events.append(event)
        return events, good

    def _pause(self, step: Step, chance: Chance) -> int:
        if step.every_edges and chance.hits(self.habits.edge):
            duration = parse_duration(chance.one(step.every_edges))
            days = duration.days + round(duration.months * 30.4)
            return max(days + chance.one(self.habits.edge_days), 1)
        return max(chance.days(step.every), 1)

    def _answer(self, step: Step, event: Event, following: int, chance: Chance) -> bool:
        """Relief after a step, waning, as judged on a few days until the next one."""
        relief = step.relief
        if relief is None:
            return True
        good = chance.hits(relief.good_share)
        first = chance.between(relief.good if good else relief.poor)
        half_life = chance.between(relief.half_life) if relief.half_life else math.inf
        draw = chance.random()
        event.stated = draw < self.habits.relief_stated
        told = draw < self.habits.relief_stated + self.habits.relief_by_scores
        reports: list[tuple[int, int]] = []
        for days in relief.judged:
            at = event.day + days + (chance.days((0, 6)) if days else 0)
            percent = round(first * 0.5 ** (days / half_life))
            if chance.hits(self.habits.edge):
                percent = chance.one(self.habits.edge_percents)
            if at < following and at <= self.today and chance.hits(0.9):
                reports.append((at, percent))
        event.relief = reports if told else []
        if event.stated and reports and chance.hits(self.habits.relief_duration):
            event.lasted = round(min(half_life, 400)) if good else 0
            event.lasted = min(event.lasted, self.today - event.day)
        return good

    # -- scores --

    def _score(
        self, story: Story, family: Family, onset: int, steps: list[Event], chance: Chance
    ) -> None:
        """Scores at visits, lower while relief holds; for some procedures just before and after."""
        pain = family.pain
        assert pain is not None
        level = chance.between(pain.level)
        busy = {step.day for step in steps}
        day = onset + chance.days((0, 15))
        while day <= self.today:
            if day not in busy:
                relief = _relief_on(day, steps)
                value = level * (1 - relief / 100) + chance.gauss(0, 0.6)
                story.scores[day] = min(max(round(value), 0), 10)
            day += max(chance.days(pain.every), 2)
        for step in steps:
            if step.stated or not step.relief:
                continue
            start = min(max(round(level), 1), 10)
            story.scores[step.day - 1 - int(chance.random() * 20)] = start
            for at, percent in step.relief:
                after = max(at, step.day + 1)
                if after not in busy and after <= self.today:
                    story.scores[after] = min(max(round(start * (1 - percent / 100)), 0), 10)


def _relief_on(day: int, steps: list[Event]) -> float:
    """Relief of the latest step as it was last judged."""
    known = [report for step in steps for report in step.relief if report[0] <= day]
    return max(known)[1] if known else 0.0


def _share(row: Course | Seen, steps: list[Event]) -> float:
    return row.share if row.with_ladder is None or not steps else row.with_ladder


def _day(event: Event) -> int:
    return event.day
