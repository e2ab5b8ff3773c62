"""Errors of real data, added beside what is right: none of them changes what the record tells.

Things entered in error, cancelled or repeated; numbers, shapes and dates that are wrong; lines that
break off; references to nothing; codes that nobody knows.
"""

from __future__ import annotations

import msgspec

from painpath.cohort import fhir
from painpath.cohort.calendar_days import text
from painpath.cohort.chance import Chance
from painpath.cohort.fhir import Json
from painpath.cohort.spec import Spec, Thing
from painpath.cohort.writing import Written

_LOCAL = "https://cohort.example/local-codes"


class Blemisher:
    """Spoils records a little, by the rates."""

    def __init__(self, spec: Spec, today: int) -> None:
        assert spec.people is not None
        self.rates = spec.people.blemishes
        self.today = today
        self.codes = {thing.id: _code(thing) for thing in spec.things}

    def spoil(self, written: Written, chance: Chance) -> None:
        """Add what is wrong to one record."""
        rates = self.rates
        on = text(self.today - 30 - int(chance.random() * 300))
        if chance.hits(rates.entered_in_error):
            code = self.codes[rates.in_error_thing]
            made = fhir.condition(written.key(), written.subject, code, on)
            made["verificationStatus"] = fhir.IN_ERROR
            del made["clinicalStatus"]
            _add(written, made, wrong=False)
        if chance.hits(rates.cancelled):
            code = self.codes[rates.cancelled_thing]
            made = fhir.procedure(written.key(), written.subject, code, "not-done")
            made["performedDateTime"] = on
            _add(written, made, wrong=False)
        if chance.hits(rates.duplicate) and len(written.resources) > 2:
            _add(written, chance.one(written.resources[1:]), wrong=False)
        if chance.hits(rates.dangling):
            made = self._result(written, on)
            made["performer"] = [fhir.ref("Practitioner/who-left-long-ago")]
            made["encounter"] = fhir.ref(f"Encounter/{written.story.id}-lost")
            _add(written, made, wrong=False)
        if chance.hits(rates.unknown_code):
            local = {"coding": [{"system": _LOCAL, "code": "PN-104"}], "text": "Chr pn, multi"}
            _add(written, fhir.condition(written.key(), written.subject, local, on), wrong=False)
        if chance.hits(rates.stranger):
            made = self._result(written, on)
            del made["subject"]
            _add(written, made, wrong=False)
        self._break(written, on, chance)

    def _break(self, written: Written, on: str, chance: Chance) -> None:
        """What is not FHIR any more."""
        rates = self.rates
        if chance.hits(rates.bad_number):
            made = self._result(written, on)
            made["valueQuantity"] = {"value": "high"}
            _add(written, made)
        if chance.hits(rates.bad_shape):
            made = self._result(written, on)
            made["code"] = {"coding": made["code"]["coding"][0]}
            _add(written, made)
        if chance.hits(rates.bad_date):
            _add(written, self._result(written, f"{on[:4]}-13-45"))
        if chance.hits(rates.broken_line):
            line = msgspec.json.encode(self._result(written, on))
            written.cut.append(line[: len(line) // 2])

    def _result(self, written: Written, on: str) -> Json:
        code = self.codes[self.rates.spoiled_thing]
        made = fhir.observation(written.key(), written.subject, code, on)
        made["valueQuantity"] = fhir.quantity(self.rates.spoiled_value, "%")
        return made


def _code(thing: Thing) -> Json:
    form = thing.forms[0]
    code = form.code if isinstance(form.code, str) else None
    codings = [(form.system, code)] if form.system and code else []
    return fhir.codeable(form.text, *codings)


def _add(written: Written, made: Json, *, wrong: bool = True) -> None:
    if wrong:
        written.blemished.add(len(written.resources))
    written.resources.append(made)
