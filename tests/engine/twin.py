"""The plain twin: what each criterion kind means, for facts of which everything is known.

Slow and literal on purpose. Uncertain facts are handled by `worlds`: every way in which the missing
date, side or region could turn out, each judged plainly.
"""

from __future__ import annotations

import calendar
import datetime
import itertools
from collections.abc import Iterator
from typing import Any

import msgspec

from painpath.engine.cases import interval
from painpath.knowledge import schema
from painpath.knowledge.quantities import parse_duration, parse_number
from painpath.knowledge.rules import VERDICTS, as_tuple, default_absent

MET, UNKNOWN, NOT_MET, NOT_APPLICABLE = 2, 1, 0, -1
DAY = datetime.timedelta(days=1)


class Patient(msgspec.Struct, frozen=True):
    """What the twin knows of the patient and the problem."""

    on: datetime.date
    since: datetime.date | None
    side: str
    born: datetime.date | None
    sex: str | None


def add(day: datetime.date, text: str) -> datetime.date:
    duration = parse_duration(text)
    month = day.month - 1 + duration.months
    year, month = day.year + month // 12, month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, min(day.day, last)) + duration.days * DAY


class Fact(msgspec.Struct, frozen=True):
    """A fact of which everything is known."""

    number: int
    concept: str
    start: datetime.date
    end: datetime.date | None
    open: bool
    value: float | None
    region: str
    side: str
    relief: tuple[schema.CaseRelief, ...]


def compare(leaf: Any, value: Any, read: Any = parse_number) -> bool:
    if leaf.at_least is not None:
        return bool(value >= read(leaf.at_least))
    if getattr(leaf, "more_than", None) is not None:
        return bool(value > read(leaf.more_than))
    if getattr(leaf, "at_most", None) is not None:
        return bool(value <= read(leaf.at_most))
    return bool(value < read(leaf.less_than))


def judge(leaf: schema.Leaf, facts: list[Fact], patient: Patient) -> int:
    """Verdict of one criterion in one world."""
    absent = VERDICTS[leaf.absent or default_absent(leaf)]
    match leaf:
        case schema.Lasted():
            return absent if patient.since is None else reached(leaf, patient.since, patient.on)
        case schema.Age():
            if patient.born is None:
                return absent
            had = (patient.on.month, patient.on.day) >= birthday(patient.born, patient.on.year)
            years = patient.on.year - patient.born.year - (not had)
            return MET if compare(leaf, years) else NOT_MET
        case schema.Sex():
            if patient.sex not in ("female", "male"):
                return absent
            return MET if patient.sex == leaf.equals else NOT_MET
        case schema.IsProblem():
            return MET if "ache" in as_tuple(leaf.of) else NOT_MET
        case _:
            fitting = [f for f in facts if fits(leaf, f, patient)]
            verdict = judge_facts(leaf, fitting, patient, absent)
            if getattr(leaf, "since", None) == "onset" and patient.since is None:
                # Nobody knows whether these facts came before or after the pain began.
                return verdict if verdict == judge_facts(leaf, [], patient, absent) else UNKNOWN
            return verdict


def birthday(born: datetime.date, year: int) -> tuple[int, int]:
    if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
        return (2, 28)
    return (born.month, born.day)


def reached(leaf: Any, since: datetime.date, on: datetime.date) -> int:
    if leaf.at_least is not None:
        return MET if add(since, leaf.at_least) <= on else NOT_MET
    if leaf.more_than is not None:
        return MET if add(since, leaf.more_than) < on else NOT_MET
    if leaf.at_most is not None:
        return MET if add(since, leaf.at_most) >= on else NOT_MET
    return MET if add(since, leaf.less_than) > on else NOT_MET


def fits(leaf: Any, fact: Fact, patient: Patient) -> bool:
    if fact.concept not in as_tuple(leaf.of) or fact.start > patient.on:
        return False
    same = getattr(leaf, "same", [])
    if "region" in same and fact.region != "knee":
        return False
    if "side" in same and fact.side not in (patient.side, "both"):
        return False
    if getattr(leaf, "since", None) == "onset" and patient.since and fact.start < patient.since:
        return False
    within = getattr(leaf, "within", None)
    if within is not None:
        if isinstance(leaf, schema.Sessions | schema.Total):
            if add(fact.start, within) <= patient.on:
                return False
        elif isinstance(leaf, schema.Tried):
            end = patient.on if fact.open else fact.end or fact.start
            if add(end, within) < patient.on:
                return False
        elif add(fact.start, within) < patient.on:
            return False
    if getattr(leaf, "active", False):
        return fact.open or (fact.end is not None and fact.end >= patient.on)
    return True


def judge_facts(leaf: Any, facts: list[Fact], patient: Patient, absent: int) -> int:
    yes = [f for f in facts if f.value != 0] if is_yes_no(leaf) else facts
    no = [f for f in facts if f.value == 0] if is_yes_no(leaf) else []
    match leaf:
        case schema.Present():
            if not facts:
                return absent
            latest_no = max((f.start for f in no), default=datetime.date.min)
            return MET if any(f.start >= latest_no for f in yes) else NOT_MET
        case schema.Absence():
            if not yes:
                return MET if no else absent
            latest_no = max((f.start for f in no), default=datetime.date.min)
            return MET if latest_no > max(f.start for f in yes) else NOT_MET
        case schema.Score():
            valued = [f for f in facts if f.value is not None]
            if not valued:
                return absent
            if leaf.pick == "latest":
                chosen = max(valued, key=lambda f: (f.start, f.number)).value
            else:
                chosen = (max if leaf.pick == "highest" else min)(f.value for f in valued)
            return MET if compare(leaf, chosen) else NOT_MET
        case schema.Elapsed():
            if not yes:
                return absent
            pick = min if leaf.pick == "first" else max
            return reached(leaf, pick(f.start for f in yes), patient.on)
        case schema.Tried():
            return judge_tried(leaf, facts, patient, absent)
        case schema.Sessions():
            return MET if compare(leaf, len({f.start for f in yes})) else NOT_MET
        case schema.Total():
            if any(f.value is None for f in facts):
                sure = sum(f.value or 0 for f in facts)
                return UNKNOWN if compare(leaf, sure) else NOT_MET
            return MET if compare(leaf, sum(f.value for f in facts)) else NOT_MET
        case schema.Relief():
            return judge_relief(leaf, yes, patient, absent)
        case schema.Blocks():
            return judge_blocks(leaf, yes, patient, absent)
        case _:
            raise AssertionError(leaf)


def is_yes_no(leaf: Any) -> bool:
    return set(as_tuple(leaf.of)) <= {
        "finding",
        "other-finding",
        "event",
        "therapy-a",
        "therapy-b",
        "block",
        "ablation",
    }


def judge_tried(leaf: schema.Tried, facts: list[Fact], patient: Patient, absent: int) -> int:
    facts = [f for f in facts if f.value != 0]
    if not facts:
        return absent
    best: dict[str, int] = {}
    gap = parse_duration(leaf.gap).days * DAY
    for concept in {f.concept for f in facts}:
        mine = sorted((f for f in facts if f.concept == concept), key=lambda f: (f.start, f.number))
        courses: list[list[Fact]] = []
        reach = datetime.date.min
        for fact in mine:
            end = patient.on if fact.open else fact.end or fact.start
            if courses and fact.start <= reach + gap:
                courses[-1].append(fact)
            else:
                courses.append([fact])
            reach = max(reach, end)
        for course in courses:
            begin = min(f.start for f in course)
            end = max(patient.on if f.open else f.end or f.start for f in course)
            if leaf.lasting is None or add(begin, leaf.lasting) <= end:
                enough = MET
            elif begin == end and add(begin, leaf.lasting) <= patient.on:
                enough = UNKNOWN
            else:
                enough = NOT_MET
            best[concept] = max(best.get(concept, NOT_MET), enough)
    sure = sum(v == MET for v in best.values())
    possible = sum(v != NOT_MET for v in best.values())
    return MET if sure >= leaf.kinds else UNKNOWN if possible >= leaf.kinds else NOT_MET


def reports(facts: list[Fact], on: datetime.date) -> list[tuple[datetime.date, float]]:
    found = []
    for fact in facts:
        for relief in fact.relief:
            at = interval(relief.at)[0]
            if relief.percent is not None and at <= on:
                found.append((at, relief.percent))
    return sorted(found)


def judge_relief(leaf: schema.Relief, facts: list[Fact], patient: Patient, absent: int) -> int:
    if not facts:
        return absent
    days = sorted({f.start for f in facts}, reverse=True)
    if leaf.pick != "any":
        days = days[:1]
    verdicts = []
    for day in days:
        procedures = [f for f in facts if f.start == day]
        said = reports(procedures, patient.on)
        good = [at for at, percent in said if compare_relief(leaf, percent)]
        if not said:
            verdicts.append(UNKNOWN)
        elif not good:
            verdicts.append(NOT_MET)
        elif leaf.lasting is None:
            verdicts.append(MET)
        else:
            late = [at for at, p in said if not compare_relief(leaf, p) and at < good[0]]
            goal = add(max([day, *late]), leaf.lasting)
            bad = [at for at, p in said if not compare_relief(leaf, p) and at > good[0]]
            if bad:
                verdicts.append(MET if bad[0] >= goal else NOT_MET)
            elif good[-1] >= goal:
                verdicts.append(MET)
            else:
                verdicts.append(NOT_MET if patient.on < goal else UNKNOWN)
    return max(verdicts)


def compare_relief(leaf: Any, percent: float) -> bool:
    if leaf.at_least is not None:
        return percent >= parse_number(leaf.at_least)
    return percent > parse_number(leaf.more_than)


def judge_blocks(leaf: schema.Blocks, facts: list[Fact], patient: Patient, absent: int) -> int:
    if not facts:
        return absent
    days = sorted({f.start for f in facts}, reverse=True)
    run = 0
    for day in days:
        said = reports([f for f in facts if f.start == day], patient.on)
        good = any(compare_relief(leaf, percent) for _, percent in said)
        if run == 0 and said and not good:
            return NOT_MET
        if not good:
            break
        run += 1
    if run < leaf.number:
        return UNKNOWN
    if leaf.spacing is not None:
        for later, earlier in itertools.pairwise(days[: leaf.number]):
            if later < add(earlier, leaf.spacing):
                return NOT_MET
    return MET


def worlds(
    facts: list[schema.CaseFact], since: str | None, on: datetime.date
) -> Iterator[tuple[list[Fact], datetime.date | None]]:
    """Every way in which the unknown parts could turn out (dates at both ends and between)."""

    def days(text: str | None) -> list[datetime.date]:
        lo, hi = interval(text) if text else (datetime.date(1900, 1, 1), on)
        hi = min(hi, on) if lo <= on else hi
        middle = lo + (hi - lo) / 2
        return sorted({lo, middle, hi})

    choices = []
    for number, fact in enumerate(facts):
        sides = [fact.side] if fact.side else ["left", "right"]
        regions = [fact.region] if fact.region else ["knee", "lumbar"]
        made = []
        for start, side, region in itertools.product(days(fact.at), sides, regions):
            if fact.until is None:
                # Over, but on a day nobody knows: it does not hold now.
                ended = fact.at is not None and not fact.open
                end: datetime.date | None = start if ended else None
            else:
                end = interval(fact.until)[1]
            value = None if fact.value is None else float(fact.value)
            made.append(
                Fact(
                    number,
                    fact.concept,
                    start,
                    None if fact.open else end,
                    fact.open,
                    value,
                    region,
                    side,
                    tuple(fact.relief),
                )
            )
        choices.append(made)
    onsets = days(since) if since else [None]
    for onset in onsets:
        for chosen in itertools.product(*choices):
            yield list(chosen), onset
