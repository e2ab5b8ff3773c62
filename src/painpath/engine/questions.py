"""One knowledge as every engine needs it: tables for the SQL, and what folds the answers."""

from __future__ import annotations

from functools import cached_property

import pyarrow as pa

from painpath.engine.asking import is_wide, question_tables
from painpath.engine.judging import Judge
from painpath.engine.recognising import concept_table, problem_tables
from painpath.engine.speaking import policy_keys, put_rules, rule_states
from painpath.engine.trees import Forest
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import Rules
from painpath.knowledge.vocabulary import Vocabulary


class Questions:
    """What is asked of everybody.

    Args:
        knowledge: the loaded knowledge.
        vocabulary: its concepts and regions.
        rules: its rows.
        payers: put only the policies of these payer families; default all of them.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        vocabulary: Vocabulary,
        rules: Rules,
        payers: frozenset[str] | None = None,
    ) -> None:
        self._knowledge = knowledge
        self._vocabulary = vocabulary
        self._rules = rules
        self._put = put_rules(knowledge, rules, payers)

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """The knowledge as the SQL joins to it."""
        knowledge, vocabulary, rules = self._knowledge, self._vocabulary, self._rules
        tables = question_tables(rules, self._put) | problem_tables(knowledge, vocabulary, rules)
        return tables | {"k_concept": concept_table(knowledge, vocabulary, tables)}

    @cached_property
    def judge(self) -> Judge:
        """Folds the answers."""
        rules = self._rules
        spoken, rivals = rule_states(self._knowledge, rules)
        forest = Forest(rules, policy_keys(self._knowledge, rules), self._put, spoken, rivals)
        return Judge(rules, forest, [is_wide(rules, question) for question in rules.questions])

    @cached_property
    def events(self) -> pa.Array:
        """Keys of concepts that are something done rather than had."""
        done = {c.id for c in self._knowledge.concepts if c.category == "procedure"}
        names = self._vocabulary.concepts
        return pa.array([key for key, name in enumerate(names) if name in done], pa.int32())
