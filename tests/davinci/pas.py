"""What the Da Vinci PAS test kit asks of a request Bundle, in Python: one sentence a fault.

Written after `pas_bundle_validation` of inferno-framework/davinci-pas-test-kit and the
cardinalities and patterns of the PAS 2.0.1 profiles that a request for authorisation uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

TEMPORARY = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
_UUID4 = re.compile(
    r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
_URL = re.compile(r"https?://\S+")
_INFORMATION = {
    "patientEvent": "timing",
    "admissionDates": "timing",
    "dischargeDates": "timing",
    "additionalInformation": "value",
    "freeFormMessage": "value",
}


def faults(bundle: Any) -> list[str]:
    """Of a request Bundle for `$submit`, by the kit and by the 2.0.1 profiles."""
    found = structure(bundle)
    claims = [e["resource"] for e in entries_of(bundle) if _kind(e) == "Claim"]
    return [*found, *(fault for claim in claims[:1] for fault in _claim(claim))]


def structure(bundle: Any) -> list[str]:
    """What the kit looks at besides the profiles, whatever their version."""
    entries = entries_of(bundle)
    if not entries:
        return ["there is no Bundle with entries"]
    found = list(_envelope(bundle))
    if _kind(entries[0]) != "Claim":
        return [*found, "the first entry is not a Claim"]
    first = entries[0]["resource"]
    return [*found, *_sequences(first), *_referenced(first, entries)]


def entries_of(bundle: Any) -> list[Json]:
    """Entries of a Bundle; of anything else none."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return []
    return bundle.get("entry") or []


def _kind(entry: Json) -> Any:
    return entry.get("resource", {}).get("resourceType")


def _envelope(bundle: Json) -> Iterator[str]:
    urls = [entry.get("fullUrl") or "" for entry in bundle["entry"]]
    if bundle.get("type") != "collection":
        yield "the Bundle is not a collection"
    if not bundle.get("timestamp"):
        yield "the Bundle has no timestamp"
    for url in urls:
        if not _URL.fullmatch(url) and not _UUID4.fullmatch(url):
            yield f"fullUrl is neither an address nor a random UUID: {url}"
    if len(urls) != len(set(urls)):
        yield "two entries have one fullUrl"


def _referenced(first: Json, entries: list[Json]) -> Iterator[str]:
    """What the first entry leads to, however far, stands in the Bundle once."""
    address = urlsplit(entries[0].get("fullUrl", ""))
    path = "/".join(address.path.split("/")[:-2])
    base = f"{address.scheme}://{address.netloc}{path}" if address.netloc else ""
    ways = [first]
    seen: set[str] = set()
    while ways:
        for target in references(ways.pop()):
            whole = target if ":" in target or not base else f"{base}/{target}"
            if whole in seen:
                continue
            seen.add(whole)
            there = [entry for entry in entries if entry.get("fullUrl") == whole]
            if len(there) != 1:
                yield f"{whole} stands {len(there)} times in the Bundle"
            ways += [entry.get("resource", {}) for entry in there[:1]]


def references(part: Any) -> Iterator[str]:
    """Every literal reference within, but those to what is contained."""
    if isinstance(part, dict):
        target = part.get("reference")
        if isinstance(target, str) and not target.startswith("#"):
            yield target
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def _sequences(claim: Json) -> Iterator[str]:
    sequences = [each.get("sequence") for each in claim.get("supportingInfo", [])]
    if len(sequences) != len(set(sequences)):
        yield "two supportingInfo have one sequence"


def _claim(claim: Json) -> Iterator[str]:
    for name in ("identifier", "type", "patient", "created", "insurer", "provider", "priority"):
        if not claim.get(name):
            yield f"Claim.{name} is missing"
    if claim.get("status") is None or claim.get("use") != "preauthorization":
        yield "the Claim is no request for authorisation"
    information = claim.get("supportingInfo", [])
    sequences = [each.get("sequence") for each in information]
    for each in information:
        yield from _informed(each)
    for name in ("insurance", "item"):
        if not claim.get(name):
            yield f"Claim.{name} is missing"
    for item in claim.get("item", []):
        for name in ("sequence", "category", "productOrService"):
            if not item.get(name):
                yield f"Claim.item.{name} is missing"
        if not set(item.get("informationSequence", ())) <= set(sequences):
            yield "an item names supportingInfo that is not there"


def _informed(information: Json) -> Iterator[str]:
    codings = information.get("category", {}).get("coding", [])
    for coding in codings:
        if coding.get("system") != TEMPORARY:
            yield f"the category of supportingInfo is of {coding.get('system')}"
        elif (needs := _INFORMATION.get(coding.get("code"))) is None:
            yield f"supportingInfo has the category {coding.get('code')}"
        elif not any(name.startswith(needs) for name in information):
            yield f"supportingInfo of the category {coding['code']} has no {needs}"
    dated = information.get("timingDate")
    if dated is not None and len(dated) != 10:
        yield "a date of supportingInfo is not whole"
