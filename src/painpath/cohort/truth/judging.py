"""The truth of a record: per pain, option and policy the status, and what it hangs on."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from painpath.cohort.calendar_days import text
from painpath.cohort.telling import Telling, Told, relief_from_scores
from painpath.cohort.truth import (
    epidural,
    facet,
    fracture_and_migraine,
    knee,
    sacroiliac,
    stimulation,
)
from painpath.cohort.truth.answers import OPEN, Answer, all_of, status
from painpath.cohort.truth.case import Case
from painpath.cohort.truth.numbers import Numbers

Rule = Callable[[Case], Answer]


class Judged(msgspec.Struct, frozen=True):
    """One line of the truth."""

    patient: str
    problem: str
    side: str | None
    since: str
    option: str
    policy: str
    """`clinical` or `medicare`."""
    status: str
    earliest: str | None
    """If waiting is enough: the day."""
    because: tuple[str, ...]
    """Criteria that are not met or not known."""


class _Option(msgspec.Struct, frozen=True):
    id: str
    clinical: Rule
    medicare: Rule | None
    """None: no Medicare policy speaks of it, so the clinical criteria decide."""
    source: str
    """The clinical policy; without it on file the option is not told."""
    local: str | None = None
    """Medicare speaks only in this policy's states."""
    clinical_only: bool = False
    """Medicare's policies differ by contractor too much to be told here."""


_STIMULATION = (
    _Option(
        "scs-trial",
        stimulation.clinical_trial,
        stimulation.medicare_trial,
        "clinical-spinal-cord-stimulation",
    ),
    _Option(
        "scs-implant",
        stimulation.clinical_implant,
        stimulation.medicare_implant,
        "clinical-spinal-cord-stimulation",
    ),
)
_OPTIONS: dict[str, tuple[_Option, ...]] = {
    "knee-osteoarthritis": (
        _Option(
            "intra-articular-steroid-injection", knee.steroid, None,
            "clinical-knee-steroid-injection",
        ),
        _Option(
            "genicular-nerve-block", knee.worn_block, None, "clinical-genicular-osteoarthritis"
        ),
        _Option("genicular-rfa", knee.worn_ablation, None, "clinical-genicular-osteoarthritis"),
    ),
    "pain-after-knee-replacement": (
        _Option(
            "genicular-nerve-block", knee.replaced_block, None, "clinical-genicular-replaced-knee"
        ),
        _Option(
            "genicular-rfa-post-tka", knee.replaced_ablation, None,
            "clinical-genicular-replaced-knee",
        ),
    ),
    "lumbar-radiculopathy": (
        _Option("epidural-steroid-injection", epidural.clinical, epidural.medicare, "clinical-esi"),
    ),
    "lumbar-facet-pain": (
        _Option(
            "facet-mbb-diagnostic", facet.clinical_block, facet.medicare_block, "clinical-facet"
        ),
        _Option("facet-rfa", facet.clinical_ablation, facet.medicare_ablation, "clinical-facet"),
    ),
    "sacroiliac-pain": (
        _Option(
            "sij-injection-diagnostic", sacroiliac.clinical_test, sacroiliac.medicare_test,
            "clinical-sacroiliac", local="medicare-sij",
        ),
        _Option(
            "sij-injection-therapeutic", sacroiliac.clinical_therapy, sacroiliac.medicare_therapy,
            "clinical-sacroiliac", local="medicare-sij",
        ),
    ),
    "pain-after-spine-surgery": _STIMULATION,
    "painful-diabetic-neuropathy": _STIMULATION,
    "crps-1": _STIMULATION,
    "osteoporotic-vertebral-fracture": (
        _Option(
            "vertebral-augmentation", fracture_and_migraine.augmentation, None,
            fracture_and_migraine.AUGMENTATION, clinical_only=True,
        ),
    ),
    "chronic-migraine": (
        _Option(
            "onabotulinumtoxina-chronic-migraine", fracture_and_migraine.botulinum, None,
            fracture_and_migraine.BOTULINUM, clinical_only=True,
        ),
    ),
}  # fmt: skip


def judge(telling: Telling, today: int, numbers: Numbers) -> list[Judged]:
    """Every option of every pain, by the clinical policy and by Medicare."""
    relief_from_scores(telling.facts, numbers.interventional)
    judged: list[Judged] = []
    for told in [_placed(complaint, telling) for complaint in telling.complaints]:
        case = Case(telling, told, today, numbers)
        for option in _OPTIONS[told.problem]:
            if option.id in numbers.options and numbers.knows(option.source):
                judged += _option(case, option)
    return judged


def _option(case: Case, option: _Option) -> list[Judged]:
    made = [_line(case, option, "clinical")]
    if not option.clinical_only and case.telling.state is not None:
        made.append(_line(case, option, "medicare"))
    return made


def _answer(case: Case, option: _Option, policy: str) -> Answer:
    """What a policy says of an option on the case's day."""
    if case.is_younger_than(case.numbers.youngest(option.source)):
        # Nobody's criteria are put to a child when they are written for adults.
        return Answer(OPEN, OPEN, open=("written-for-adults",))
    clinical = all_of(option.clinical(case), _general(case, option.id))
    rule = option.medicare
    local = option.local
    if policy == "clinical" or rule is None:
        return clinical
    if local is not None and case.telling.state not in case.numbers.states(local):
        return clinical
    answer = all_of(rule(case), _general(case, option.id))
    # What bars an option clinically bars it for every payer.
    return answer._replace(bars=True, open=clinical.open) if clinical.bars else answer


def _line(case: Case, option: _Option, policy: str) -> Judged:
    answer = _answer(case, option, policy)
    found = status(answer)
    earliest: int | None = None
    if found == "wait":
        # The first of the days on which something turns that is eligible as a whole.
        for day in sorted({day for day in answer.days if day > case.today}):
            if status(_answer(case.on(day), option, policy)) == "eligible":
                earliest = day
                break
        else:
            found = "not-met"
    told = case.told
    return Judged(
        patient=case.telling.patient,
        problem=told.problem,
        side=told.side,
        since="/".join(dict.fromkeys((text(told.first), text(told.last)))),
        option=option.id,
        policy=policy,
        status=found,
        earliest=None if earliest is None else text(earliest),
        because=tuple(dict.fromkeys(answer.open)),
    )


def _general(case: Case, option: str) -> Answer:
    """Safety rules that bar any needle or implant."""
    tags = case.numbers.tags[option]
    answers: list[Answer] = []
    for rule, concept in (
        ("infection-deep-or-general", "infection-active"),
        ("infection-remote-major-procedure", "infection-local"),
    ):
        if tags & case.numbers.stops.get(rule, frozenset()):
            answers.append(case.absent(rule, concept, bars=True))
    return all_of(*answers)


def _placed(told: Told, telling: Telling) -> Told:
    """The side, from what was done where the diagnosis does not name it; and the earliest start."""
    if told.problem == "pain-after-spine-surgery":
        legs = [f for f in telling.facts if "leg-pain" in f.says]
        first = min([told.first, *(f.first for f in legs)])
        last = min([told.last, *(f.last for f in legs)])
        return msgspec.structs.replace(told, first=first, last=last)
    wanted = _TELLS_SIDE.get(told.problem)
    if told.side is not None or wanted is None:
        return told
    sides = {f.side for f in telling.facts if f.side and not wanted.isdisjoint(f.says)}
    return msgspec.structs.replace(told, side=sides.pop() if len(sides) == 1 else None)


_TELLS_SIDE = {
    "lumbar-facet-pain": frozenset(
        {"facet-mbb-diagnostic", "facet-injection-unclassified", "facet-rfa"}
    ),
    "sacroiliac-pain": frozenset(
        {"sij-injection-diagnostic", "sij-injection-therapeutic", "sij-injection-unclassified"}
    ),
    "pain-after-knee-replacement": frozenset({"knee-arthroplasty", "knee-prosthesis-in-place"}),
}
