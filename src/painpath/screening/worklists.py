"""Who stands on which worklist, and why. Thresholds are the knowledge's; statuses the planner's."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import pyarrow as pa

from painpath.knowledge import schema
from painpath.knowledge.quantities import parse_duration, parse_number
from painpath.knowledge.rules import as_tuple
from painpath.planning.missing import open_acts
from painpath.planning.plan import CriterionResult, SafetyItem
from painpath.screening.asking import categories, confirms
from painpath.screening.closer import Place, Question
from painpath.screening.deciding import Decider, Population
from painpath.screening.known import Known
from painpath.screening.look import Look, Values, day_words

_MOST = 8
"""References per row; more would not be read."""
_HANDLED = ("stop", "hold", "caution")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A patient (and problem) on a worklist."""

    worklist: str
    patient: int
    number: int
    """Of the problem; 0: the patient as a whole."""
    option: int | None
    policy: int | None
    status: str | None
    on: datetime.date | None
    """The day that the reason is about, where there is one."""
    because: str
    missing: str | None
    evidence: list[str]


class Worklists:
    """Puts the patients of populations on the worklists of the knowledge."""

    def __init__(self, known: Known, decider: Decider) -> None:
        self._known = known
        self._decider = decider
        self._category_of = categories(known)
        self._confirms = confirms(known)
        self._ask: dict[str, Callable[[schema.Worklist, Look], Iterable[Row]]] = {
            "never-referred": self._never_referred,
            "one-missing": self._one_missing,
            "repeated-without-relief": self._repeated,
            "rung-not-climbed": self._not_climbed,
            "worn-off": self._worn_off,
            "dose-with-option": self._dose,
            "booked-on-drug": self._booked,
        }

    def rows(self, population: Population) -> list[Row]:
        """Every row, by patient, then in the order of the worklists."""
        look = Look(self._known, self._decider, population)
        look.closer.prepare(self._questions(look))
        found = [
            (row.patient, order, row.number, -1 if row.option is None else row.option, row)
            for order, worklist in enumerate(self._known.knowledge.worklists)
            for row in self._ask[worklist.question](worklist, look)
        ]
        return [row for *_, row in sorted(found, key=lambda each: each[:4])]

    def _questions(self, look: Look) -> dict[Question, int | None]:
        """Whose criteria will be looked at, all lists together: that is far cheaper."""
        found: dict[Question, int | None] = {}
        for worklist in self._known.knowledge.worklists:
            if worklist.question == "one-missing":
                for step in _missing(look):
                    found.setdefault(_question(step, "step"), 1)
        for worklist in self._known.knowledge.worklists:
            if worklist.question == "never-referred":
                for step in _unseen(worklist, look):
                    found[_question(step, "step")] = None
            elif worklist.question == "rung-not-climbed":
                for row in self._climbed(worklist, look):
                    found[_question(row, "option")] = None
        return found

    def _name(self, option: int) -> str:
        return self._known.knowledge.options[option].name

    # -- the next step --

    def _never_referred(self, worklist: schema.Worklist, look: Look) -> Iterator[Row]:
        for step in _unseen(worklist, look):
            criteria = look.closer.criteria(_question(step, "step")) or []
            yield _on_step(
                worklist,
                step,
                f"{self._name(step['step'])} is eligible; no procedure, order or pain specialist"
                " on record.",
                evidence=_evidence(c for c in criteria if c.verdict == "met"),
            )

    def _one_missing(self, worklist: schema.Worklist, look: Look) -> Iterator[Row]:
        for step in _missing(look):
            criteria = look.closer.criteria(_question(step, "step")) or []
            acts = open_acts(criteria)
            open_ = [c for c in criteria if c.verdict == "unknown" and c.decisive]
            wanted = set(worklist.categories)
            if len(acts) != 1 or not all(self._category_of.get(c.id) in wanted for c in open_):
                continue
            met = [c for c in criteria if c.verdict == "met"]
            yield _on_step(
                worklist,
                step,
                f"{self._name(step['step'])}: everything else that is asked for is met."
                f" {open_[0].why or open_[0].text}",
                missing=acts[0],
                evidence=_evidence(met),
            )

    def _dose(self, worklist: schema.Worklist, look: Look) -> Iterator[Row]:
        least = _threshold(worklist.dose)
        loads = look.population.loads
        high = {p for p, load in loads.items() if (load.mme_per_day or 0) >= least}
        for step in look.untried(high, worklist.rungs):
            load = loads[step["patient"]]
            refs = [item.ref for item in load.items if item.counted]
            more = " or more" if load.incomplete else ""
            yield _on_step(
                worklist,
                step,
                f"{load.mme_per_day:g}{more} MME/day; {self._name(step['step'])} was never tried.",
                evidence=refs,
            )

    # -- what was done before --

    def _repeated(self, worklist: schema.Worklist, look: Look) -> Iterator[Row]:
        assert worklist.within is not None
        span = parse_duration(worklist.within)
        limit = _threshold(worklist.relief)
        terms = {
            "day": look.day,
            "months": span.months,
            "days": span.days,
            "least": worklist.at_least,
        }
        of = list(as_tuple(worklist.of))
        option = self._option_of(of)
        relieved = look.relieved(self._known.keys(of))
        for row in look.ask("repeated", terms, relieved=relieved):
            if row["best"] is None or row["best"] >= limit:
                continue
            place = self._known.region_of.get(row["region"])
            where = f" ({place})" if place else ""
            yield Row(
                worklist=worklist.id,
                patient=row["patient"],
                number=0,
                option=option,
                policy=None,
                status=None,
                on=row["last_on"],
                because=f"{row['times']} in {span}{where}, the last {day_words(row['last_on'])};"
                f" best relief recorded before it {row['best']:g} %.",
                missing=None,
                evidence=_first([*row["refs"], *(row["reliefs"] or ())]),
            )

    def _option_of(self, done: list[str]) -> int | None:
        """The option in which these are done."""
        options = enumerate(self._known.knowledge.options)
        found = [k for k, o in options if o.part_of is None and set(done) <= set(as_tuple(o.done))]
        return found[0] if found else None

    def _climbed(self, worklist: schema.Worklist, look: Look) -> list[Values]:
        rungs = [
            key
            for key, option in enumerate(self._known.knowledge.options)
            if option.rung in worklist.rungs and option.part_of is None
        ]
        return look.ask(
            "climbed",
            options=look.population.options,
            asked=look.population.problems,
            answers=look.population.verdicts.answers,
            k_confirms=self._confirms,
            rungs=pa.table({"option": pa.array(rungs, pa.int32())}),
        )

    def _not_climbed(self, worklist: schema.Worklist, look: Look) -> Iterator[Row]:
        for row in self._climbed(worklist, look):
            criteria = look.closer.criteria(_question(row, "option")) or []
            asking = self._ids_of(row["questions"])
            met = [c for c in criteria if c.id in asking and c.verdict == "met"]
            yield Row(
                worklist=worklist.id,
                patient=row["patient"],
                number=row["number"],
                option=row["option"],
                policy=row["policy"],
                status=row["status"],
                on=row["last_on"],
                because=f"{self._name(row['earlier'])} {day_words(row['last_on'])}:"
                f" {met[0].text if met else 'positive'}. {self._name(row['option'])} never done.",
                missing="; ".join(open_acts(criteria)) or None,
                evidence=_first(_evidence(met)),
            )

    def _ids_of(self, questions: Iterable[int]) -> set[str]:
        """Criteria that ask these questions."""
        wanted = set(questions)
        criteria = self._known.rules.criteria
        return {each.leaf.id for each in criteria if each.question in wanted}

    def _worn_off(self, worklist: schema.Worklist, look: Look) -> Iterator[Row]:
        rows = look.ask(
            "worn_off",
            {"relief": _threshold(worklist.relief)},
            options=look.population.options,
            asked=look.population.problems,
            relieved=look.relieved(look.procedures),
        )
        for row in sorted(rows, key=lambda each: (each["patient"], each["number"], each["option"])):
            option = self._known.knowledge.options[row["option"]]
            if option.part_of is not None or option.rung not in worklist.rungs:
                continue
            yield Row(
                worklist=worklist.id,
                patient=row["patient"],
                number=row["number"],
                option=row["option"],
                policy=row["policy"],
                status=row["status"],
                on=row["last_on"],
                because=f"{option.name} {day_words(row['last_on'])} brought"
                f" {row['best']:g} % relief, {row['latest']:g} % at the latest record;"
                " eligible again.",
                missing=None,
                evidence=_first([*sorted(row["refs"]), *sorted(filter(None, row["reliefs"]))]),
            )

    # -- what is booked --

    def _booked(self, worklist: schema.Worklist, look: Look) -> Iterator[Row]:
        taken = set(_patients_taking(look))
        places: dict[tuple[int, str], list[Place]] = {}
        for patient in sorted(taken & set(look.booked)):
            for request, options in look.booked[patient]:
                places[patient, request.ref] = _places(look, patient, options)
        safety = look.closer.safety([place for each in places.values() for place in each])
        for patient in sorted(taken & set(look.booked)):
            for request, options in look.booked[patient]:
                items = _holds(places[patient, request.ref], safety)
                if not items:
                    continue
                place, first = items[0]
                yield Row(
                    worklist=worklist.id,
                    patient=patient,
                    number=place[1],
                    option=place[2],
                    policy=None,
                    status=None,
                    on=request.on,
                    because=f"{self._name(options[0])} is booked"
                    f" ({day_words(request.on)}). {first.text}",
                    missing=None,
                    evidence=_first(
                        [request.ref, *(e.ref for _, item in items for e in item.evidence)]
                    ),
                )


# -- rows --


def _on_step(
    worklist: schema.Worklist,
    step: Values,
    because: str,
    *,
    missing: str | None = None,
    evidence: Iterable[str],
) -> Row:
    return Row(
        worklist=worklist.id,
        patient=step["patient"],
        number=step["number"],
        option=step["step"],
        policy=step["policy"],
        status=step["status"],
        on=step["due"],
        because=because,
        missing=missing,
        evidence=_first(evidence),
    )


def _threshold(stated: schema.Quantity | None) -> float:
    """A number without which the question cannot be put: the schema sees to it."""
    assert stated is not None
    return parse_number(stated)


def _question(row: Values, option: str) -> Question:
    return row["patient"], row["number"], row["policy"], row[option]


def _unseen(worklist: schema.Worklist, look: Look) -> list[Values]:
    """Eligible next steps of patients in whom nothing was done or ordered, and nobody asked."""
    touched = look.touched(list(as_tuple(worklist.seen)))
    return [
        step
        for step in look.steps
        if step["status"] == "eligible"
        and step["policy"] is not None
        and step["patient"] not in touched
    ]


def _missing(look: Look) -> list[Values]:
    """Next steps for which something is unknown."""
    return [
        step for step in look.steps if step["status"] == "needs-more" and step["policy"] is not None
    ]


def _evidence(criteria: Iterable[CriterionResult]) -> list[str]:
    """The newest resource of each criterion, then the others."""
    lists = [[item.ref for item in criterion.evidence] for criterion in criteria]
    return [refs[0] for refs in lists if refs] + [ref for refs in lists for ref in refs[1:]]


def _first(refs: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(refs))[:_MOST]


# -- safety --


def _patients_taking(look: Look) -> list[int]:
    """Patients who take a drug of the antithrombotic tables."""
    complaints = look.population.verdicts.complaints
    of = dict(
        zip(
            complaints.column("complaint").to_pylist(),
            complaints.column("patient").to_pylist(),
            strict=True,
        )
    )
    return [of[key] for key in look.population.verdicts.taken.column("complaint").to_pylist()]


def _places(look: Look, patient: int, options: Sequence[int]) -> list[Place]:
    """The problems of a patient for which one of these options may be booked."""
    return [
        (patient, number, option)
        for number, fitting in look.fitting(patient)
        for option in options
        if option in fitting
    ]


def _holds(
    places: Sequence[Place], safety: dict[Place, list[SafetyItem]]
) -> list[tuple[Place, SafetyItem]]:
    """Drugs to be held or weighed, the gravest first, each once."""
    seen: set[str] = set()
    found = []
    for place in places:
        for item in safety[place]:
            if item.drug and item.level in _HANDLED and item.id not in seen:
                seen.add(item.id)
                found.append((place, item))
    return sorted(found, key=lambda pair: _HANDLED.index(pair[1].level))
