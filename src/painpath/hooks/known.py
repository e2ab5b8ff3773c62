"""What the knowledge says of findings that merit a card: the same that its worklists look for.

Opening a chart tells what a worklist of a population would list: an option that fits though nothing
was ever done, ordered or asked for; a later rung after a positive test; one document short.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from painpath.hooks.cards import Source, label, topic
from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import Rules, as_tuple, expand
from painpath.opioids import opioid_knowledge
from painpath.planning.plan import CriterionResult, RequestResult


class Known:
    """Looked up once per knowledge."""

    def __init__(self, knowledge: Knowledge, rules: Rules) -> None:
        concepts = {concept.id: concept for concept in knowledge.concepts}
        self.knowledge = knowledge
        self.options = {option.id: option for option in knowledge.options}
        lists: dict[str, list[schema.Worklist]] = {}
        for worklist in knowledge.worklists:
            lists.setdefault(worklist.question, []).append(worklist)
        seen = [name for each in lists.get("never-referred", ()) for name in as_tuple(each.seen)]
        done = [name for option in knowledge.options for name in as_tuple(option.done)]
        self._touching = pa.array(sorted({*expand(seen, concepts), *expand(done, concepts)}))
        self._rungs = {r for each in lists.get("rung-not-climbed", ()) for r in each.rungs}
        self._documents = {c for each in lists.get("one-missing", ()) for c in each.categories}
        self._category: dict[str, str] = {}
        for criterion in rules.criteria:
            of: schema.OneOrMany = getattr(criterion.leaf, "of", [])
            for name in as_tuple(of):
                if name in concepts:
                    self._category.setdefault(criterion.leaf.id, concepts[name].category)
        sources = [*knowledge.sources, *opioid_knowledge().sources]
        self._sources: dict[str, Any] = {source.id: source for source in sources}

    def name(self, option: str | None, otherwise: str = "") -> str:
        """Name of an option."""
        found = self.options.get(option or "")
        return found.name if found is not None else otherwise

    def source(self, cites: Iterable[str], kind: str) -> Source:
        """The first document cited that can be opened; else the first that is known."""
        found = [s for c in cites if (s := self._sources.get(c.split("#")[0])) is not None]
        for source in [*(each for each in found if each.url), *found][:1]:
            return Source(label=label(source.title), url=source.url, topic=topic(kind))
        return Source(label="PainPath", topic=topic(kind))

    def untouched(
        self, facts: pa.Table, requests: Sequence[RequestResult], day: datetime.date
    ) -> bool:
        """No pain procedure was ever done or is ordered, and no specialist is on record."""
        if any(request.on >= day for request in requests):
            return False
        known = pc.less_equal(facts.column("recorded"), pa.scalar(day, pa.date32()))
        facts = facts.filter(pc.fill_null(known, True))
        concepts = pc.cast(facts.column("concept"), pa.string())
        return not pc.any(pc.is_in(concepts, value_set=self._touching)).as_py()

    def is_later_rung(self, rung: str) -> bool:
        """A step that people are known to stop short of."""
        return rung in self._rungs

    def are_documents(self, criteria: Sequence[CriterionResult]) -> bool:
        """Everything that these look at can be brought in by somebody."""
        return bool(criteria) and all(self._category.get(c.id) in self._documents for c in criteria)
