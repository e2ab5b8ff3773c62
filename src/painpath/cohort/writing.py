"""Writes a story down as FHIR, by the habits of its clinics; keeps what can be told from it."""

from __future__ import annotations

from painpath.cohort import fhir
from painpath.cohort.calendar_days import month_of, text, year_of
from painpath.cohort.chance import Chance, Weighted
from painpath.cohort.fhir import Json
from painpath.cohort.spec import Form, Habits, Spec, Thing
from painpath.cohort.story import Complaint, Event, Story
from painpath.cohort.telling import Fact, Telling, Told

CLINICS = 24
CLINICIANS = 60
_CONCLUSION = "Reported; compared with earlier images."


class Written:
    """One record: its resources and what they tell."""

    def __init__(self, story: Story, number: int) -> None:
        self.story = story
        self.subject = fhir.ref(f"Patient/{story.id}")
        self.clinic = f"Organization/clinic-{number % CLINICS + 1:02d}"
        self.clinician = f"Practitioner/clinician-{number % CLINICIANS + 1:02d}"
        self.resources: list[Json] = []
        self.facts: list[Fact] = []
        self.telling: Telling | None = None
        self.blemished: set[int] = set()
        """Positions in `resources` that are wrong on purpose."""
        self.cut: list[bytes] = []
        """Lines that break off, for NDJSON."""

    def key(self) -> str:
        """The next resource's id."""
        return f"{self.story.id}-{len(self.resources)}"


class Writer:
    """Writes stories down."""

    def __init__(self, spec: Spec, today: int) -> None:
        assert spec.people is not None
        self.habits: Habits = spec.people.habits
        self.today = today
        self.sites = spec.sites
        self.things = {thing.id: thing for thing in spec.things}
        self._forms = {t.id: Weighted(t.forms, [f.weight for f in t.forms]) for t in spec.things}
        self._codes: dict[tuple[int, str | None], Json] = {}

    def write(self, story: Story, number: int, chance: Chance) -> Written:
        """The record of one story."""
        written = Written(story, number)
        state = None if chance.hits(self.habits.no_address) else story.state
        covered = not chance.hits(self.habits.no_coverage)
        written.resources.append(
            fhir.patient(
                story.id,
                text(story.birth),
                female=story.female,
                state=state,
                clinic=written.clinic,
                clinician=written.clinician,
            )
        )
        if covered:
            self._cover(written, chance)
        complaints: list[Told] = []
        diagnoses = {(n, c.family.diagnosis): c for n, c in enumerate(story.complaints)}
        # A clinic keeps to its way of writing a thing.
        habits: dict[str, Form] = {}
        for event in story.events:
            form = habits.get(event.thing)
            if form is None:
                form = habits[event.thing] = self._forms[event.thing].draw(chance)
            fact = self._event(written, event, form, chance)
            complaint = diagnoses.pop((event.family, event.thing), None)
            if complaint is not None:
                complaints.append(_told(complaint, fact))
        self._scores(written, chance)
        if story.complaints and chance.hits(self.habits.booked):
            self._book(written, chance.one(story.complaints), chance)
        written.telling = Telling(
            patient=story.id,
            birth=story.birth,
            state=state,
            medicare=covered and story.payer.medicare,
            complaints=complaints,
            facts=written.facts,
        )
        return written

    def _cover(self, written: Written, chance: Chance) -> None:
        payer = written.story.payer
        start = text(self.today - 200 - int(chance.random() * 1500))
        written.resources.append(
            fhir.coverage(written.key(), written.subject, payer.name, payer.type, start)
        )

    # -- one event --

    def _event(self, written: Written, event: Event, form: Form, chance: Chance) -> Fact:
        thing = self.things[event.thing]
        fact = Fact(
            says=tuple(thing.says if form.says is None else form.says),
            kind=thing.kind,
            first=event.day,
            last=event.day,
            until=event.until,
            open=event.goes_on,
            value=event.value,
            yes=event.yes is not False,
            side=None if form.side in ("lost", "none") else event.side,
            sided=event.side is not None,
            one_visit=event.one_visit,
        )
        code = self._code(thing, form, event)
        match thing.kind:
            case "condition":
                self._condition(written, event, form, code, fact, chance)
            case "procedure":
                self._procedure(written, event, form, code, fact, chance)
            case "care":
                self._care(written, event, form, code)
            case "drug":
                self._drug(written, event, form)
            case "imaging":
                self._image(written, event, form, code)
            case _:
                self._observe(written, event, thing, code)
        written.facts.append(fact)
        return fact

    def _code(self, thing: Thing, form: Form, event: Event) -> Json:
        key = id(form), event.side
        if key not in self._codes:
            self._codes[key] = self._new_code(thing, form, event)
        return self._codes[key]

    def _new_code(self, thing: Thing, form: Form, event: Event) -> Json:
        words = form.text.replace("{side}", event.side or "").strip().replace("  ", " ")
        words = words[:1].upper() + words[1:]
        codings: list[tuple[str, str]] = []
        if form.system is not None and form.code is not None:
            code = form.code if isinstance(form.code, str) else form.code[event.side or "right"]
            codings.append((form.system, code))
            if thing.kind == "procedure" and form.resource != "Claim":
                codings += [("cpt", modifier) for modifier in self._modifiers(form, event)]
        return fhir.codeable(words, *codings)

    def _modifiers(self, form: Form, event: Event) -> list[str]:
        side = {"right": "RT", "left": "LT"}.get(event.side or "")
        return [*form.modifiers, *([side] if side and form.side == "modifier" else [])]

    def _sites(self, thing: Thing, form: Form, event: Event) -> list[Json]:
        if event.side is None or form.side not in ("site", "qualifier"):
            return []
        region = thing.region if form.side == "site" and thing.region in self.sites else None
        words = f"{event.side} {region}" if region else event.side
        return [
            fhir.codeable(words.capitalize(), ("snomed", self.sites[region or "any"][event.side]))
        ]

    def _condition(
        self, written: Written, event: Event, form: Form, code: Json, fact: Fact, chance: Chance
    ) -> None:
        seen = min(event.day + int(chance.random() * 40), self.today)
        onset: str | None = text(event.day)
        draw = chance.random() if event.family >= 0 else 1.0
        habits = self.habits
        if draw < habits.no_onset:
            onset, fact.first, fact.last = None, written.story.birth, seen
        elif draw < habits.no_onset + habits.year_only:
            onset, (fact.first, fact.last) = text(event.day)[:4], year_of(event.day)
        elif draw < habits.no_onset + habits.year_only + habits.month_only:
            onset, (fact.first, fact.last) = text(event.day)[:7], month_of(event.day)
        fact.last = min(fact.last, self.today)
        made = fhir.condition(written.key(), written.subject, code, text(seen))
        if onset is not None:
            made["onsetDateTime"] = onset
        sites = self._sites(self.things[event.thing], form, event)
        if sites:
            made["bodySite"] = sites
        written.resources.append(made)

    def _procedure(
        self, written: Written, event: Event, form: Form, code: Json, fact: Fact, chance: Chance
    ) -> None:
        day = text(event.day)
        if form.resource == "Claim":
            modifiers = [fhir.codeable(m, ("cpt", m)) for m in self._modifiers(form, event)]
            written.resources.append(
                fhir.claim(written.key(), written.subject, written.clinic, code, modifiers, day)
            )
            return
        if chance.hits(self.habits.procedure_month_only):
            day = day[:7]
            fact.first, fact.last = month_of(event.day)
            fact.last = min(fact.last, self.today)
        key = written.key()
        made = fhir.procedure(key, written.subject, code)
        made["performedDateTime"] = day
        made["performer"] = [{"actor": fhir.ref(written.clinician)}]
        sites = self._sites(self.things[event.thing], form, event)
        if sites:
            made["bodySite"] = sites
        written.resources.append(made)
        fact.until = fact.last
        if event.stated:
            self._relief(written, event, f"Procedure/{key}", fact)

    def _relief(self, written: Written, event: Event, target: str, fact: Fact) -> None:
        for day, percent in event.relief:
            code = fhir.codeable("Percent relief", ("own", "relief-percent"))
            made = fhir.observation(
                written.key(), written.subject, code, text(day), partOf=[fhir.ref(target)]
            )
            made["valueQuantity"] = fhir.quantity(percent, "%")
            written.resources.append(made)
            fact.relief = [*fact.relief, (day, float(percent))]
        if event.lasted is not None and event.relief:
            code = fhir.codeable("Duration of relief", ("own", "relief-duration"))
            on = text(min(event.day + event.lasted, self.today))
            made = fhir.observation(
                written.key(), written.subject, code, on, partOf=[fhir.ref(target)]
            )
            made["valueQuantity"] = fhir.quantity(event.lasted, "d")
            written.resources.append(made)
            fact.lasted = event.lasted

    def _care(self, written: Written, event: Event, form: Form, code: Json) -> None:
        period = _period(event)
        if form.resource == "CarePlan":
            written.resources.append(fhir.care_plan(written.key(), written.subject, code, period))
            return
        made = fhir.procedure(
            written.key(),
            written.subject,
            code,
            "in-progress" if event.goes_on else "completed",
        )
        if event.one_visit:
            made["performedDateTime"] = period["start"]
        else:
            made["performedPeriod"] = period
        written.resources.append(made)

    def _drug(self, written: Written, event: Event, form: Form) -> None:
        thing = self.things[event.thing]
        dose = thing.doses[min(event.step, len(thing.doses) - 1)]
        words = dose.text if form.system is not None or form.text == thing.id else form.text
        codings = [(form.system, str(form.code))] if form.system is not None else []
        drug = fhir.codeable(words, *codings)
        period = _period(event)
        if form.resource == "MedicationStatement":
            made = fhir.statement(written.key(), written.subject, drug, period)
        else:
            often = {1: "once a day", 2: "twice a day"}.get(dose.daily, f"{dose.daily} times a day")
            sig = f"Take {dose.tablets:g} tablet{'s' if dose.tablets > 1 else ''} {often}"
            made = fhir.prescription(
                written.key(), written.subject, drug, period, sig, dose.tablets, dose.daily
            )
        written.resources.append(made)

    def _image(self, written: Written, event: Event, form: Form, code: Json) -> None:
        day = text(event.day)
        if form.resource == "ImagingStudy":
            modality = "DX" if "X-ray" in form.text else "MR"
            written.resources.append(
                fhir.study(written.key(), written.subject, modality, code["text"], day)
            )
            return
        written.resources.append(
            fhir.report(written.key(), written.subject, code, day, _CONCLUSION)
        )

    def _observe(self, written: Written, event: Event, thing: Thing, code: Json) -> None:
        made = fhir.observation(written.key(), written.subject, code, text(event.day))
        if event.value is not None:
            made["valueQuantity"] = fhir.quantity(event.value, thing.unit or "1")
        else:
            made["valueBoolean"] = event.yes is not False
        made["category"] = fhir.LABORATORY if thing.kind == "laboratory" else fhir.SURVEY
        written.resources.append(made)

    def _scores(self, written: Written, chance: Chance) -> None:
        scores = written.story.scores
        if not scores:
            return
        thing = self.things["pain-score"]
        form = self._forms["pain-score"].draw(chance)
        for day in sorted(scores):
            if day > self.today:
                continue
            event = Event("pain-score", day, value=float(scores[day]))
            self._observe(written, event, thing, self._code(thing, form, event))
            written.facts.append(
                Fact(("pain-score",), "score", day, day, until=day, value=float(scores[day]))
            )

    def _book(self, written: Written, complaint: Complaint, chance: Chance) -> None:
        """An order for one of the family's procedures, in the weeks to come: no fact yet."""
        steps = complaint.family.ladder
        if not steps:
            return
        thing = self.things[chance.one(steps).thing]
        form = self._forms[thing.id].draw(chance)
        event = Event(thing.id, self.today + 3 + int(chance.random() * 40), side=complaint.side)
        made = fhir.order(
            written.key(),
            written.subject,
            self._code(thing, form, event),
            authored=text(self.today - int(chance.random() * 20)),
            on=text(event.day),
        )
        made["requester"] = fhir.ref(written.clinician)
        written.resources.append(made)


def _told(complaint: Complaint, fact: Fact) -> Told:
    assert complaint.family.problem is not None
    return Told(
        problem=complaint.family.problem,
        family=complaint.family.id,
        sided=complaint.family.sided,
        side=fact.side,
        first=fact.first,
        last=fact.last,
    )


def _period(event: Event) -> dict[str, str]:
    period = {"start": text(event.day)}
    if event.until is not None and not event.goes_on:
        period["end"] = text(event.until)
    return period
