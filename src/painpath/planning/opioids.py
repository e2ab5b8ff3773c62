"""The opioid dose as a plan entry."""

from __future__ import annotations

from painpath.opioids import OpioidLoad
from painpath.planning.plan import OpioidItemResult, OpioidResult


def opioid_result(load: OpioidLoad) -> OpioidResult:
    """The opioid load in the plan's own words."""
    return OpioidResult(
        mme_per_day=load.mme_per_day,
        rule_set=load.rule_set,
        band=load.band,
        incomplete=load.incomplete,
        items=[
            OpioidItemResult(
                ref=item.ref,
                text=item.text,
                drug=item.drug,
                mme_per_day=item.mme_per_day,
                working=item.working,
                why=item.why,
                flags=list(item.flags),
            )
            for item in load.items
        ],
        cite=list(dict.fromkeys(c for item in load.items for c in item.cite)),
    )
