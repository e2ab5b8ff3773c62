"""FHIR resources without what the CDM cannot carry; every loss has its reason.

What is left must give the same facts from FHIR and from OMOP.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.omop.converting import VOCABULARIES, shaped

Json = dict[str, Any]

REASONS = {
    "status": "an ETL loads what happened; the CDM has no status of a record",
    "going on": "the CDM does not say that care goes on: it has an end or none",
    "site": "the CDM has no body site; the side is that of the code or a claim modifier",
    "words": "where there is a code, the source value holds the code and not the words beside it",
    "partial date": "a date of the CDM is a whole day: ETLs take the first",
    "recorded": "a condition has one date, which the CDM calls its start",
    "modality": "the CDM has no imaging study by modality; only procedures and notes",
    "structured dose": "the directions are text (sig), never structured",
    "plan of care": "care is a procedure with a start and an end",
    "no number": "a measurement holds a number or a text beside it",
    "authored": "an order has one date",
    "no code": "a row is about a code or a text",
}
"""Why something of a FHIR record is not in the tables."""


class Reducer:
    """Reduces records; counts what was lost by its reason."""

    def __init__(self) -> None:
        self.lost: Counter[str] = Counter()

    def all(self, resources: Iterable[Json]) -> list[Json]:
        """What is left of a record."""
        found: list[Json] = []
        for resource in resources:
            reduced = copy.deepcopy(shaped(resource))
            write = getattr(self, f"_{reduced['resourceType'].lower()}", None)
            if write is None:
                found.append(reduced)
                continue
            found += write(reduced)
        return found

    def _lose(self, holder: Json, element: str, reason: str) -> None:
        if holder.pop(element, None) is not None:
            self.lost[reason] += 1

    def _code(self, code: Json, *, is_drug: bool = False) -> None:
        codings = code.get("coding", [])
        coded = [c for c in codings if c.get("system") in VOCABULARIES]
        if codings and not coded:
            code.setdefault("text", next((c["display"] for c in codings if "display" in c), ""))
            code["coding"] = []
        if not coded or is_drug:
            return
        modifiers = [c for c in coded[1:] if len(c["code"]) == 2]
        code["coding"] = [coded[0], *modifiers]
        for holder, element in ((code, "text"), *((c, "display") for c in code["coding"])):
            self._lose(holder, element, "words")

    def _day(self, holder: Json, element: str) -> None:
        text = holder.get(element)
        if text is not None and text[:4].isdigit() and len(text) in (4, 7):
            self.lost["partial date"] += 1
            holder[element] = text + "-01" * ((10 - len(text)) // 3)

    def _period(self, holder: Json, element: str) -> None:
        for end in ("start", "end"):
            self._day(holder.get(element, {}), end)

    def _condition(self, condition: Json) -> list[Json]:
        status = condition.get("verificationStatus", {}).get("coding", [{}])[0].get("code")
        if status == "entered-in-error" or "code" not in condition:
            self.lost["status" if "code" in condition else "no code"] += 1
            return []
        self._lose(condition, "bodySite", "site")
        self._code(condition["code"])
        recorded = condition.pop("recordedDate", None)
        if "onsetDateTime" not in condition and recorded is not None:
            self.lost["recorded"] += 1
            condition["onsetDateTime"] = recorded
        self._day(condition, "onsetDateTime")
        self._day(condition, "abatementDateTime")
        return [condition]

    def _procedure(self, procedure: Json) -> list[Json]:
        if procedure["status"] == "in-progress":
            self.lost["going on"] += 1
            procedure["status"] = "completed"
        if procedure["status"] != "completed" or "code" not in procedure:
            self.lost["status" if "code" in procedure else "no code"] += 1
            return []
        self._lose(procedure, "bodySite", "site")
        self._code(procedure["code"])
        self._day(procedure, "performedDateTime")
        self._period(procedure, "performedPeriod")
        return [procedure]

    def _careplan(self, plan: Json) -> list[Json]:
        self.lost["plan of care"] += 1
        return [
            item
            for number, activity in enumerate(plan["activity"])
            for item in self._procedure(
                {
                    "resourceType": "Procedure",
                    "id": f"{plan['id']}-{number}",
                    "status": "completed",
                    "subject": plan["subject"],
                    "code": activity["detail"]["code"],
                    "performedPeriod": activity["detail"]["scheduledPeriod"],
                }
            )
        ]

    def _imagingstudy(self, study: Json) -> list[Json]:
        self.lost["modality"] += 1
        return []

    def _diagnosticreport(self, report: Json) -> list[Json]:
        """The examination is a procedure, what was seen a note under its title."""
        title = report["code"].get("text")
        found: list[Json] = []
        if report["code"].get("coding"):
            found = self._procedure(
                {
                    "resourceType": "Procedure",
                    "id": f"{report['id']}-done",
                    "status": "completed",
                    "subject": report["subject"],
                    "code": report["code"],
                    "performedDateTime": report.get("effectiveDateTime"),
                }
            )
        report["code"] = {"text": title}
        self._day(report, "effectiveDateTime")
        return [*found, report]

    def _servicerequest(self, order: Json) -> list[Json]:
        self._code(order["code"])
        self._lose(order, "bodySite", "site")
        self._lose(order, "authoredOn", "authored")
        return [order]

    def _claim(self, claim: Json) -> list[Json]:
        for item in claim["item"]:
            self._code(item["productOrService"])
        return [claim]

    def _medicationrequest(self, request: Json) -> list[Json]:
        self._code(request["medicationCodeableConcept"], is_drug=True)
        request["status"] = "unknown"
        for dosage in request.get("dosageInstruction", ()):
            self._lose(dosage, "doseAndRate", "structured dose")
            repeat = dosage.get("timing", {}).get("repeat", {})
            for element in ("frequency", "period", "periodUnit"):
                repeat.pop(element, None)
            if "end" not in repeat.get("boundsPeriod", {}):
                dosage.pop("timing", None)
            else:
                request["authoredOn"] = repeat["boundsPeriod"]["start"]
        self._day(request, "authoredOn")
        return [request]

    def _medicationstatement(self, statement: Json) -> list[Json]:
        self._code(statement["medicationCodeableConcept"], is_drug=True)
        statement["status"] = "unknown"
        self._period(statement, "effectivePeriod")
        return [statement]

    def _observation(self, observation: Json) -> list[Json]:
        self._code(observation["code"])
        value = observation.get("valueQuantity", {}).get("value")
        if value is not None and not isinstance(value, int | float):
            self.lost["no number"] += 1
            observation["valueString"] = str(value)
            del observation["valueQuantity"]
        return [observation]
