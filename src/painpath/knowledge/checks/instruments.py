"""Instruments hold together: ids, items, tables, bands, licences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from painpath.knowledge.checks.codes import loinc_valid
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.instruments import Band, Instrument, Item, Score
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """Whatever would give a wrong number, or wording that may not be kept, is an error."""
    known = _Known(knowledge)
    yield from known.clashes()
    for instrument in knowledge.instruments:
        where = place(knowledge, "instruments", instrument.id)
        for what in _instrument(instrument, known):
            yield Finding("error", where, f'instrument "{instrument.id}": {what}')
    for response in knowledge.responses:
        where = place(knowledge, "responses", response.id)
        named = {name for names in response.any for name in names}
        for name in sorted(named - {each.id for each in knowledge.responses}):
            yield Finding("error", where, f'response "{response.id}": "{name}" is not defined')
        for concept in as_tuple(response.of):
            if concept not in known.scored:
                what = f'response "{response.id}": no instrument gives "{concept}"'
                yield Finding("error", where, what)


class _Known:
    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.concepts = {concept.id for concept in knowledge.concepts}
        self.scales = {scale.id for scale in knowledge.answer_scales}
        self.sources = {source.id for source in knowledge.sources}
        self.items = {
            item.id: item
            for instrument in knowledge.instruments
            for item in instrument.items
            if isinstance(item, Item)
        }
        self.scored = {s.concept for i in knowledge.instruments for s in i.scores}

    def clashes(self) -> Iterator[Finding]:
        """An item id or code that stands twice would be read as the wrong question."""
        ids: Counter[str] = Counter()
        codes: Counter[str] = Counter()
        for instrument in self.knowledge.instruments:
            for item in instrument.items:
                if isinstance(item, Item):
                    ids[item.id] += 1
                    codes.update(item.loinc)
        for name, number in (ids + codes).items():
            if number > 1:
                yield Finding("error", "instruments", f'item "{name}" stands {number} times')


def _instrument(instrument: Instrument, known: _Known) -> Iterator[str]:
    asked = []
    for entry in instrument.items:
        name = entry if isinstance(entry, str) else entry.id
        asked.append(name)
        item = known.items.get(name)
        if item is None:
            yield f'item "{name}" is not defined; define it or correct it'
            continue
        yield from _item(item, instrument, known)
    for code in instrument.panel:
        if not loinc_valid(code):
            yield f"LOINC {code} fails its check digit"
    yield from _cited(instrument.licence.cite, "licence", known)
    yield from _cited(instrument.cite, "instrument", known)
    for score in instrument.scores:
        for what in _score(score, asked, known):
            yield f'score "{score.concept}": {what}'
        yield from _cited(score.cite or instrument.cite, f'score "{score.concept}"', known)
        for change in score.changes:
            yield from _cited(change.cite, f'change of "{score.concept}"', known)


def _cited(cite: str | list[str], what: str, known: _Known) -> Iterator[str]:
    if not as_tuple(cite):
        yield f"{what} has no citation; add cite"
    for name in as_tuple(cite):
        if name.split("#")[0] not in known.sources:
            yield f'{what} cites "{name}", which is no source'


def _item(item: Item, instrument: Instrument, known: _Known) -> Iterator[str]:
    if item.scale is None and item.high is None:
        yield f'item "{item.id}" needs a scale or a highest answer'
    if item.scale is not None and item.scale not in known.scales:
        yield f'item "{item.id}": scale "{item.scale}" is not defined'
    if instrument.licence.item_text and item.text is None:
        yield f'item "{item.id}" has no text, though the licence lets it be kept'
    if not instrument.licence.item_text and item.text is not None:
        yield f'item "{item.id}" has its wording, which the licence does not let us keep'
    if item.also is not None and item.also not in known.concepts:
        yield f'item "{item.id}": concept "{item.also}" is not defined'
    for code in item.loinc:
        if not loinc_valid(code):
            yield f"LOINC {code} fails its check digit"


def _score(score: Score, asked: list[str], known: _Known) -> Iterator[str]:
    if score.concept not in known.concepts:
        yield "no concept has this id; define one"
    of = list(score.of) or asked
    for name in [*score.of, *score.points]:
        if name not in asked:
            yield f'item "{name}" is not in the instrument'
    if score.answered is not None and not 0 < score.answered <= len(of):
        yield f"{score.answered} answers of {len(of)} cannot be asked for"
    if score.low > score.high:
        yield "its range runs backwards"
    for code in score.raw_loinc:
        if not loinc_valid(code):
            yield f"LOINC {code} fails its check digit"
    yield from _table(score)
    lower = [limit for band in score.bands if (limit := _limit(band)) is not None]
    if score.bands and (_limit(score.bands[0]) is not None or lower != sorted(set(lower))):
        yield "bands begin with one without limit and rise from there"
    for part in score.parts:
        if part.score not in known.scored:
            yield f'part "{part.score}" is given by no instrument'


def _table(score: Score) -> Iterator[str]:
    table = score.table
    if table is None:
        if score.raw_loinc:
            yield "raw_loinc without a table to convert by"
        return
    rising = table.values == sorted(set(table.values))
    falling = table.values == sorted(set(table.values), reverse=True)
    if not (rising or falling):
        yield "its table neither rises nor falls all the way: a misprint"
    if table.errors and len(table.errors) != len(table.values):
        yield "its table has another number of errors than of values"
    if not (score.low <= min(table.values) and max(table.values) <= score.high):
        yield "its table leaves the range"


def _limit(band: Band) -> float | None:
    return band.at_least if band.at_least is not None else band.more_than
