"""Which rules speak: of the payers asked for, and in the patient's state."""

from __future__ import annotations

from collections import defaultdict

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import Rules

ANY_STATE = "*"


def put_rules(
    knowledge: Knowledge, rules: Rules, payers: frozenset[str] | None = None
) -> list[bool]:
    """Which rules are asked at all: of policies only those of these payer families."""
    family = {policy.id: policy.payer for policy in knowledge.policies}
    return [
        payers is None or rule.purpose != "criteria" or family[rule.owner] in payers
        for rule in rules.rules
    ]


def policy_keys(knowledge: Knowledge, rules: Rules) -> list[int]:
    """Policy of each rule, -1 for safety, red flags and care."""
    key = {policy.id: key for key, policy in enumerate(knowledge.policies)}
    return [key[rule.owner] if rule.purpose == "criteria" else -1 for rule in rules.rules]


def rule_states(
    knowledge: Knowledge, rules: Rules
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Which rule speaks in which state, and which local rule silences a general one there.

    Where several policies of one payer speak of an option, those whose contractors name the state
    speak there; one without states speaks wherever no local one does that day for that problem;
    failing a general one, all of them speak in the states that none names.
    """
    payer = {policy.id: policy.payer for policy in knowledge.policies}
    every_state = sorted({state for rule in rules.rules for state in rule.states})
    spoken: dict[tuple[str, int], list[int]] = defaultdict(list)
    rows: set[tuple[object, ...]] = set()
    rivals: set[tuple[object, ...]] = set()
    for key, rule in enumerate(rules.rules):
        if rule.purpose == "criteria":
            for option, _ in rule.options:
                spoken[payer[rule.owner], option].append(key)
        else:
            rows.add((key, ANY_STATE))
    for keys in spoken.values():
        local = [key for key in keys if rules.rules[key].states]
        general = [key for key in keys if key not in local]
        if not local or len({rules.rules[key].states for key in keys}) == 1:
            rows.update((key, ANY_STATE) for key in keys)
            continue
        rows.update((key, state) for key in local for state in rules.rules[key].states)
        rows.update((key, ANY_STATE) for key in general)
        rivals.update(
            (one, key, state)
            for one in general
            for key in local
            for state in rules.rules[key].states
        )
        if not general:
            named = {state for key in local for state in rules.rules[key].states}
            rows.update((key, state) for key in local for state in {*every_state, ""} - named)
    return sorted(rows), sorted(rivals)
