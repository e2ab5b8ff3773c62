"""Whether somebody responded, by named definitions. Nothing is rounded; limits are inclusive.

`None` is not known: a value is missing, the first one is zero, or percent change has no meaning on
the scale. The definitions are data (`painpath knowledge list responses`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from painpath.instruments.change import improved_enough, improvement, percent_improvement
from painpath.knowledge.instruments import Domain, Instrument, Score
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.responses import Response
from painpath.knowledge.rules import as_tuple

Values = Mapping[str, float]
"""Score (concept id) to value."""


class Definitions:
    """The definitions of response, applied to a first and a later set of values."""

    def __init__(self, responses: Iterable[Response], instruments: Iterable[Instrument]) -> None:
        self.by_id = {response.id: response for response in responses}
        self._scores: dict[str, Score] = {}
        self._domains: dict[Domain, list[str]] = {}
        for instrument in instruments:
            for score in instrument.scores:
                self._scores.setdefault(score.concept, score)
                self._domains.setdefault(score.measures or instrument.measures, []).append(
                    score.concept
                )

    @classmethod
    def of(cls, knowledge: Knowledge) -> Definitions:
        """Those of a knowledge base."""
        return cls(knowledge.responses, knowledge.instruments)

    def responded(self, response: str, before: Values, after: Values) -> bool | None:
        """Whether a definition holds.

        Args:
            response: its id.
            before: values before the treatment.
            after: values at the landmark.

        Raises:
            KeyError: if there is no such definition.
        """
        asked = self.by_id[response]
        if asked.any:
            ways = [
                _all(self.responded(name, before, after) for name in names) for names in asked.any
            ]
            return _any(ways)
        if asked.each:
            return _all(self._domain(domain, before, after) for domain in asked.each)
        for concept in as_tuple(asked.of):
            if concept in after:
                return self._judge(asked, self._scores[concept], before.get(concept), after)
        return None

    def _judge(
        self, asked: Response, score: Score, before: float | None, after: Values
    ) -> bool | None:
        value = after[score.concept]
        if asked.value_at_most is not None:
            return value <= asked.value_at_most
        if before is None:
            return None
        if asked.improves_points is not None:
            gain = improvement(score, before, value)
            return None if gain is None else gain >= asked.improves_points
        percent = percent_improvement(score, before, value)
        if percent is None:
            return None
        if asked.worsens_percent is not None:
            return percent <= -asked.worsens_percent
        assert asked.improves_percent is not None
        return percent >= asked.improves_percent

    def _domain(self, domain: Domain, before: Values, after: Values) -> bool | None:
        """One score of the domain improved enough; unknown if none could be judged."""
        judged = [
            improved_enough(self._scores[concept], before[concept], after[concept])
            for concept in dict.fromkeys(self._domains.get(domain, ()))
            if concept in before and concept in after
        ]
        known = [verdict for verdict in judged if verdict is not None]
        return any(known) if known else None


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    """Kleene's minimum."""
    found = list(verdicts)
    if False in found:
        return False
    return None if None in found else True


def _any(verdicts: Iterable[bool | None]) -> bool | None:
    """Kleene's maximum."""
    found = list(verdicts)
    if True in found:
        return True
    return None if None in found else False
