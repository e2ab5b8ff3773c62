"""ImagingStudy and DiagnosticReport: that it was imaged, where, and what the report concludes."""

from __future__ import annotations

import base64
import binascii
import re

from painpath.knowledge.vocabulary import Match, Matches
from painpath.records import observations, places
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import Attachment, CodeableConcept, Coding
from painpath.records.dates import Span
from painpath.records.facts import FactKind
from painpath.records.meanings import label, merge, short, texts_of
from painpath.records.places import NOWHERE, Place, refine
from painpath.records.references import contained
from painpath.records.resources import DiagnosticReport, ImagingStudy, Observation
from painpath.records.status import refusal

_MAX_TEXT = 200_000
_TAG = re.compile(r"<[^>]{0,500}>")
_SENTENCE = re.compile(r"[^.;\n]+")
# "HISTORY: low back pain" is why it was imaged, not what was seen.
_SECTION = re.compile(
    r"\b(?P<name>impression|conclusions?|findings?|assessment|indications?|(?:clinical )?history"
    r"|reason(?: for (?:exam|study))?|technique|comparison)\s*:",
    re.IGNORECASE,
)
_NOT_SEEN = ("indication", "history", "clinical", "reason", "technique", "comparison")

# "Thoracic structure" is the chest, not the thoracic spine.
_VAGUE = re.compile(
    r"(?:thora\w*|cervical|lumbar|sacral)\b(?!.*(?:spin|vertebra|dis[ck]))", re.IGNORECASE
)

_MODALITIES = {
    "MR": "MRI",
    "CT": "CT",
    "DX": "x-ray",
    "CR": "x-ray",
    "RG": "x-ray",
    "US": "ultrasound",
    "NM": "nuclear medicine",
    "PT": "PET",
}


def read_study(study: ImagingStudy, ref: str, chart: Chart) -> Outcome:
    """Facts of one ImagingStudy: by procedure code, else by modality, site and description."""
    found: Matches = ()
    for code in study.procedureCode:
        hits = chart.find(code, "report")
        found = merge(found, hits)
    place = _study_place(study, chart)
    described = _described(study)
    if not found:
        for text in described:
            hits = chart.vocabulary.words(text, "report")
            found = merge(found, hits)
    if not found:
        return "ignored"
    why = refusal("ImagingStudy", study.status)
    if why is not None:
        return chart.skip(ref, why)
    day = chart.span(study.started, ref, "started")
    if day is None:
        chart.note(ref, "no date on which it was done")
    name = label(study.procedureCode[0]) if study.procedureCode else ""
    name = name or (short(described[0]) if described else "")
    for match in found:
        chart.add(match, "imaging", ref, name, start=day, end=day, place=place)
    return "used"


def _described(study: ImagingStudy) -> list[str]:
    """What was imaged and how, in words: `MRI lumbar spine`."""
    texts = [study.description] if study.description else []
    for modality in study.modality:
        kind = _modality(modality)
        if study.description and kind:
            texts.append(f"{kind} {study.description}")
    for series in study.series:
        kind = _modality(series.modality) if series.modality is not None else ""
        site = series.bodySite.display if series.bodySite is not None else None
        if kind and site and not _VAGUE.match(site):
            texts.append(f"{kind} {site}")
    return list(dict.fromkeys(texts))


def _modality(coding: Coding) -> str:
    return _MODALITIES.get((coding.code or "").upper()) or coding.display or ""


def _study_place(study: ImagingStudy, chart: Chart) -> Place:
    place = NOWHERE
    for series in study.series:
        codings = [c for c in (series.bodySite, series.laterality) if c is not None]
        if codings:
            site = places.of_sites(
                [CodeableConcept(coding=tuple(map(_side_word, codings)))], chart.vocabulary
            )
            place = Place(place.region | site.region, place.side | site.side, site.level)
    for code in study.procedureCode:
        for words in texts_of(code):
            place = refine(place, places.in_words(words, chart.vocabulary))
    if study.description:
        place = refine(place, places.in_words(study.description, chart.vocabulary))
    return place


def _side_word(coding: Coding) -> Coding:
    """DICOM's one-letter laterality as a word."""
    word = {"R": "right", "L": "left", "B": "both"}.get((coding.code or "").upper())
    return Coding(display=word) if word else coding


def read_report(report: DiagnosticReport, ref: str, chart: Chart) -> Outcome:
    """Facts of one DiagnosticReport: the examination itself and what its conclusion names."""
    found = chart.find(report.code, "report")
    concluded = (*report.conclusionCode, *report.codedDiagnosis)
    codes = [(code, hits) for code in concluded if (hits := _concluded(code, chart))]
    texts = [_seen(text) for text in _texts(report)]
    named = [found_in for text in texts for found_in in _named(text, chart)]
    inside = [t.resource for t in contained(report) if isinstance(t.resource, Observation)]
    if not found and not codes and not named and not inside:
        return "ignored"
    why = refusal("DiagnosticReport", report.status)
    if why is not None:
        return chart.skip(ref, why)
    recorded = chart.recorded(report.issued, ref, "issued")
    start, end = _effective(report, ref, chart, recorded)
    place = NOWHERE
    for words in texts_of(report.code):
        place = refine(place, places.in_words(words, chart.vocabulary))
    about = chart.vocabulary.about

    def write(match: Match, text: str, where: Place) -> None:
        kind: FactKind = "document" if about[match.concept].category == "document" else "imaging"
        chart.add(match, kind, ref, text, start=start, end=end, recorded=recorded, place=where)

    for match in found:
        write(match, label(report.code), place)
    region = Place(place.region or _region(found), 0, 0)
    for code, hits in codes:
        where = NOWHERE
        for words in texts_of(code):
            where = refine(where, places.in_words(words, chart.vocabulary))
        for match in hits:
            write(match, label(code), refine(refine(where, place), region))
    for match, sentence in named:
        where = places.in_words(sentence, chart.vocabulary)
        write(match, short(sentence), refine(refine(where, place), region))
    outcomes = [observations.read(observation, ref, chart) for observation in inside]
    return "used" if found or codes or named or "used" in outcomes else "ignored"


def _region(found: Matches) -> int:
    region = 0
    for match in found:
        region |= match.region
    return region


def _concluded(code: CodeableConcept, chart: Chart) -> Matches:
    return chart.find(code, "conclusion")


def _named(text: str, chart: Chart) -> list[tuple[Match, str]]:
    """Findings named in a text, each with the first sentence that names it."""
    found: dict[int, tuple[Match, str]] = {}
    for sentence in _SENTENCE.findall(text):
        for match in chart.vocabulary.words(sentence.strip(), "conclusion"):
            found.setdefault(match.concept, (match, sentence.strip()))
    return list(found.values())


def _effective(
    report: DiagnosticReport, ref: str, chart: Chart, recorded: int | None
) -> tuple[Span | None, Span | None]:
    if report.effectiveDateTime is not None:
        day = chart.span(report.effectiveDateTime, ref, "effectiveDateTime")
        return day, day
    if report.effectivePeriod is not None:
        start, end = chart.period(report.effectivePeriod, ref, "effectivePeriod")
        return start or end, end or start
    if recorded is not None:
        return (recorded, recorded), (recorded, recorded)
    chart.note(ref, "no date on which it was done")
    return None, None


def _texts(report: DiagnosticReport) -> list[str]:
    texts = [report.conclusion] if report.conclusion else []
    texts.extend(text for form in report.presentedForm if (text := attached_text(form)))
    return [text[:_MAX_TEXT] for text in texts]


def attached_text(form: Attachment) -> str | None:
    """Text of an attachment that carries plain text or HTML; other formats are not opened."""
    kind = (form.contentType or "").split(";")[0].strip().lower()
    if form.data is None or kind not in ("text/plain", "text/html", "application/xhtml+xml", ""):
        return None
    try:
        data = base64.b64decode(form.data, validate=False)
    except (binascii.Error, ValueError):
        return None
    if not kind and data[:4] in (b"%PDF", b"PK\x03\x04"):
        return None
    text = data.decode("utf-8", "replace")
    return _TAG.sub(" ", text) if "html" in kind else text


def _seen(text: str) -> str:
    """The text without the sections that say why and how it was imaged."""
    marks = list(_SECTION.finditer(text))
    if not marks:
        return text
    kept = [text[: marks[0].start()]]
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        if not mark["name"].lower().startswith(_NOT_SEEN):
            kept.append(text[mark.end() : following.start() if following else len(text)])
    return "\n".join(kept)
