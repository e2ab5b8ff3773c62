"""The truth of a record: per pain, option and policy the status, and what it hangs on."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from painpath.cohort.calendar_days import text
from painpath.cohort.telling import Telling, Told, relief_from_scores
from painpath.cohort.truth import epidural, facet, fracture_and_migraine, knee, sacroiliac
from painpath.cohort.truth import stimulation
from painpath.cohort.truth.answers import Answer, all_of, status
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
    for told in map(lambda t: _placed(t, telling), telling.complaints):
        for option in _OPTIONS[told.problem]:
            if option.id not in numbers.options or not numbers.knows(option.source):
                continue
            judged += _option(telling, told, option, today, numbers)
    return judged


def _option(
    telling: Telling, told: Told, option: _Option, today: int, numbers: Numbers
) -> list[Judged]:
    def clinical(case: Case) -> Answer:
        return all_of(option.clinical(case), _general(case, option.id))

    def medicare(case: Case) -> Answer:
        rule = option.medicare
        if rule is None or (option.local and telling.state not in numbers.states(option.local)):
            return clinical(case)
        # What bars an option clinically bars it for every payer.
        bars = clinical(case)
        answer = all_of(rule(case), _general(case, option.id))
        return answer._replace(bars=True, open=bars.open) if bars.bars else answer

    rules: list[tuple[str, Rule]] = [("clinical", clinical)]
    if not option.clinical_only and telling.state is not None:
        rules.append(("medicare", medicare))
    return [_line(telling, told, option.id, name, rule, today, numbers) for name, rule in rules]


def _line(
    telling: Telling,
    told: Told,
    option: str,
    policy: str,
    rule: Rule,
    today: int,
    numbers: Numbers,
) -> Judged:
    answer = rule(Case(telling, told, today, numbers))
    found = status(answer)
    earliest: int | None = None
    because = answer.open
    if found == "wait":
        # The first of the days on which something turns that is eligible as a whole.
        for day in sorted({day for day in answer.days if day > today}):
            if status(rule(Case(telling, told, day, numbers, trusting=True))) == "eligible":
                earliest = day
                break
        else:
            found = "not-met"
    return Judged(
        patient=telling.patient,
        problem=told.problem,
        side=told.side,
        since=text(told.first) if told.first == told.last else f"{text(told.first)}/{text(told.last)}",
        option=option,
        policy=policy,
        status=found,
        earliest=None if earliest is None else text(earliest),
        because=tuple(dict.fromkeys(because)),
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
