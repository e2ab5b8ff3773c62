"""The procedure codes by which an option is recorded as done, there."""

from __future__ import annotations

from painpath.knowledge import schema
from painpath.knowledge.lists import plain_codes
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, expand


class OptionCodes:
    """CPT and HCPCS codes of every option, with the regions that codes are for."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Gather them."""
        concepts = {concept.id: concept for concept in knowledge.concepts}
        self.all = {
            option.id: frozenset(
                code
                for name in expand(as_tuple(option.done), concepts)
                if name in concepts
                for code in plain_codes([*concepts[name].cpt, *concepts[name].hcpcs])
            )
            for option in knowledge.options
        }
        parts = {region.id: {region.id, *region.parts} for region in knowledge.regions}
        self._regions = {
            str(code): parts.get(entry.region, {entry.region})
            for concept in knowledge.concepts
            for entry in (*concept.cpt, *concept.hcpcs)
            if isinstance(entry, schema.Codes) and entry.region
            for code in entry.codes
        }

    def of(self, option: str | None, region: str | None) -> frozenset[str]:
        """An option's codes, without those of another region than this one.

        Where none is for the region, or it is not known, all of them.
        """
        codes = self.all.get(option or "", frozenset())
        fitting = {c for c in codes if region is None or region in self._regions.get(c, {region})}
        return frozenset(fitting) or codes
