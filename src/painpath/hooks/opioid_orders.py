"""An opioid that is being ordered: the daily dose before and after, in MME.

A card comes where the order takes the dose into a higher band of the knowledge, raises a dose
that is not in the lowest band, or has no figure when it is to be signed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from painpath.hooks.cards import Indicator
from painpath.hooks.making import CardMaker, Notice, graded, quoted, shortened
from painpath.opioids import OpioidItem, OpioidLoad, is_opioid, opioid_knowledge, opioid_load
from painpath.planning.plan import CareResult
from painpath.records.facts import Prescription
from painpath.report.words import number

_AREA = "opioid-safety"
_MOST_ADVICE = 2


def opioids_among(drafts: Sequence[Prescription]) -> list[Prescription]:
    """The drafts that are for an opioid."""
    return [draft for draft in drafts if is_opioid(draft)]


def after_signing(
    taken: Sequence[Prescription], drafts: Sequence[Prescription]
) -> list[Prescription]:
    """What is taken once the drafts are signed: a draft replaces the order that it names."""
    replaced = {draft.ref for draft in drafts} | {d.prior for d in drafts if d.prior}
    return [*(p for p in taken if p.ref not in replaced), *drafts]


def notices(
    maker: CardMaker,
    taken: Sequence[Prescription],
    drafts: Sequence[Prescription],
    day: datetime.date,
    advice: Callable[[], Sequence[CareResult]],
    *,
    signing: bool,
) -> list[Notice]:
    """The card for the opioids among the drafts, if one is worth it.

    Args:
        maker: makes it.
        taken: prescriptions on record.
        drafts: all draft prescriptions; those that the user is at among them.
        day: today.
        advice: gives the care that would belong in the plan with the drafts in it.
        signing: an order without a dose is then no longer in the making.
    """
    mine = [draft for draft in opioids_among(drafts) if maker.request.concerns(draft.ref)]
    if not mine:
        return []
    starts = max((draft.start for draft in mine if draft.start is not None), default=day)
    then = max(day, starts)
    before = opioid_load(taken, day)
    after = opioid_load(after_signing(taken, drafts), then)
    ordered = [item for item in after.items if item.ref in {draft.ref for draft in mine}]
    unknown = [item for item in ordered if item.mme_per_day is None and item.why]
    if _rises(before, after) and _matters(after):
        return [_dose(maker, before, after, ordered, advice())]
    if signing and unknown and after.incomplete:
        return [_no_figure(maker, unknown[0])]
    return []


def _rises(before: OpioidLoad, after: OpioidLoad) -> bool:
    return (after.mme_per_day or 0.0) > (before.mme_per_day or 0.0)


def _rank(load: OpioidLoad) -> int:
    """Place of the band among the bands, the lowest first."""
    ids = [band.id for band in opioid_knowledge().bands]
    return ids.index(load.band) if load.band in ids else 0


def _matters(after: OpioidLoad) -> bool:
    """The dose is above the lowest band that is a dose."""
    lowest = [band for band in opioid_knowledge().bands if band.at_least is None]
    return _rank(after) >= len(lowest)


def _dose(
    maker: CardMaker,
    before: OpioidLoad,
    after: OpioidLoad,
    ordered: Sequence[OpioidItem],
    advice: Sequence[CareResult],
) -> Notice:
    band = next(b for b in opioid_knowledge().bands if b.id == after.band)
    raised = _rank(after) > _rank(before)
    indicator: Indicator = "warning" if raised else "info"
    least = "at least " if after.incomplete else ""
    was = f"{'at least ' if before.incomplete else ''}{number(before.mme_per_day or 0.0)}"
    lines = [graded(band.note, band.review or "secondary")] if band.note else []
    lines += [f"{quoted(i.text)}: {i.working or i.why}" for i in ordered]
    lines += [
        graded(each.text, each.review)
        for each in advice
        if each.area == _AREA and each.state == "consider"
    ][:_MOST_ADVICE]
    cites = [band.cite] if isinstance(band.cite, str) else list(band.cite)
    return maker.notice(
        "opioid-dose",
        ",".join(sorted(item.drug for item in ordered)),
        f"{before.band}|{after.band}|{after.mme_per_day}",
        f"Opioid dose {was} → {least}{number(after.mme_per_day)} MME a day ({band.name})",
        shortened(lines),
        indicator=indicator,
        cites=[*cites, *(c for item in ordered for c in item.cite)],
        draft=ordered[0].ref if ordered else None,
    )


def _no_figure(maker: CardMaker, item: OpioidItem) -> Notice:
    return maker.notice(
        "opioid-dose",
        item.drug,
        f"no figure|{item.why}",
        f"The daily opioid dose is not known with this order: {item.why}",
        [f"{quoted(item.text)}: {item.why}"],
        indicator="info",
        cites=item.cite,
        draft=item.ref,
    )
