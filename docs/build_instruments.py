"""Writes the lower part of `docs/reference/instruments.md` from the instruments in the knowledge.

python docs/build_instruments.py          writes the page
python docs/build_instruments.py --check  only says whether it is up to date
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generated import write_or_check

from painpath.instruments.change import change_words
from painpath.instruments.forms import short_name
from painpath.instruments.questionnaire import is_free
from painpath.knowledge.instruments import Change, Instrument, Item, Score
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.responses import Response
from painpath.knowledge.rules import as_tuple
from painpath.report.instruments import (
    band_words,
    missing_words,
    range_words,
    rule_words,
)

PAGE = Path(__file__).parent / "reference" / "instruments.md"
MARK = "<!-- Everything below is written by docs/build_instruments.py. -->"


def page(known: Knowledge, by_hand: str) -> str:
    """The whole page: what is written by hand, then every instrument and definition of response."""
    names = {concept.id: concept.name for concept in known.concepts}
    items = {
        item.id: item
        for instrument in known.instruments
        for item in instrument.items
        if isinstance(item, Item)
    }
    blocks = [by_hand.rstrip(), MARK, "## The instruments", _overview(known)]
    for instrument in sorted(known.instruments, key=lambda each: each.name.lower()):
        blocks += _instrument(instrument, names, items)
    blocks += ["## What counts as response", *_responses(known)]
    return "\n\n".join(blocks) + "\n"


def _overview(known: Knowledge) -> str:
    rows = ["| id | instrument | wording kept | scores |", "|---|---|---|---|"]
    for instrument in sorted(known.instruments, key=lambda each: each.id):
        scores = ", ".join(dict.fromkeys(f"`{s.concept}`" for s in instrument.scores))
        kept = "yes" if is_free(instrument) else "no"
        rows.append(f"| `{instrument.id}` | {instrument.name} | {kept} | {scores} |")
    return "\n".join(rows)


def _instrument(
    instrument: Instrument, names: dict[str, str], items: dict[str, Item]
) -> Iterator[str]:
    yield f"### {instrument.name}"
    facts = [f"`{instrument.id}`", f"{len(instrument.items)} items"]
    facts += [instrument.recall] if instrument.recall else []
    facts += [f"version {instrument.version}"] if instrument.version else []
    facts += [f"LOINC {', '.join(instrument.panel)}"] if instrument.panel else []
    lines = [f"- {'; '.join(facts)}"]
    licence = instrument.licence
    lines.append(f"- Licence: {licence.text}{_graded(licence.cite, licence.review, instrument)}")
    coded = [
        f"`{name}` {', '.join(items[name].loinc)}"
        for name in (e if isinstance(e, str) else e.id for e in instrument.items)
        if items[name].loinc
    ]
    if coded:
        lines.append(f"- Items by LOINC: {'; '.join(coded)}")
    lines += [f"- Reading: {instrument.reading}"] if instrument.reading else []
    lines += [f"- {instrument.note}"] if instrument.note else []
    for group in instrument.groups:
        limits = " and ".join(
            f"`{limit.score}` "
            + (f"≥ {limit.at_least:g}" if limit.at_least is not None else f"≤ {limit.at_most:g}")
            for limit in group.when
        )
        lines.append(f"- {group.name}: {limits}")
    yield "\n".join(lines)
    for score in instrument.scores:
        yield "\n".join(_score(score, instrument, names))


def _score(score: Score, instrument: Instrument, names: dict[str, str]) -> Iterator[str]:
    title = short_name(names[score.concept])
    yield f"**{title}** (`{score.concept}`): {range_words(score)}."
    yield ""
    yield f"- {_capital(rule_words(score))}{_graded(score.cite, score.review, instrument)}"
    if score.rule not in ("recorded", "parts"):
        asked = len(score.of) or len(instrument.items)
        yield f"- Missing answers: {missing_words(score, asked)}"
    if score.raw_loinc:
        yield f"- The sum may be recorded as LOINC {', '.join(score.raw_loinc)}"
    if score.bands:
        yield f"- {_capital(band_words(score))}"
    for change in score.changes:
        yield f"- {_change(change, score, instrument)}"
    for text in (score.reading and f"Reading: {score.reading}", score.note):
        if text:
            yield f"- {text}"


def _change(change: Change, score: Score, instrument: Instrument) -> str:
    shown = ", shown beside the score" if change.default else ""
    review = change.review or score.review
    return (
        f"Change that matters ({change.grade}{shown}): {change_words(change)}; {change.who}"
        f"{_graded(change.cite, review, instrument)}"
    )


def _responses(known: Knowledge) -> Iterator[str]:
    rows = ["| id | response | source |", "|---|---|---|"]
    rows += [
        f"| `{each.id}` | {each.text} | {', '.join(as_tuple(each.cite))}{_set_here(each)} |"
        for each in known.responses
    ]
    yield "\n".join(rows)
    for plan in known.follow_up:
        visits = "; ".join(f"{visit.at} ± {visit.window}" for visit in plan.visits)
        yield (
            f"{plan.name}: first value within {plan.baseline} before; then {visits}. Relief counts"
            f" as lost below {' and '.join(f'{p:g}' for p in plan.relief_lost_below)} %. Counts of"
            f" 1 to {plan.smallest_cell - 1} are not published; curves end below"
            f" {plan.smallest_at_risk} people."
        )


def _set_here(response: Response) -> str:
    return " (set here)" if response.design else ""


def _graded(cite: str | list[str], review: str | None, instrument: Instrument) -> str:
    named = ", ".join(as_tuple(cite) or as_tuple(instrument.cite))
    return f" [{named}; {review or instrument.review}]"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    raise SystemExit(write_or_check(PAGE, MARK, page))
