"""Which payer's criteria decide: chosen by the user, or from the record's Coverage."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from difflib import get_close_matches

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.schema import Payer
from painpath.planning.plan import PolicyChoice
from painpath.records.facts import CoverageEntry

CLINICAL = "clinical"
_MOST_NEAR = 3


def deciding_order(knowledge: Knowledge, payer: str) -> dict[int, int]:
    """The policies that may decide for a payer (or a policy by its id), with their precedence.

    The lowest of those that speak of an option decides. A payer without a rule of its own for it
    goes by the families it follows, and then by the payer-independent criteria. Policies of which
    only a part could be read do not decide.
    """
    follows = {each.id: each.uses for each in knowledge.payers}
    order = [payer, *follows.get(payer, ()), CLINICAL]
    found: dict[int, int] = {}
    for key, policy in enumerate(knowledge.policies):
        names = (policy.id, policy.payer)
        places = [order.index(name) for name in names if name in order]
        # A draft decides only for who asks for it by its name.
        draft = policy.standing == "proposed" and payer not in names
        if places and not policy.partial and not draft:
            found[key] = min(places) * len(knowledge.policies) + key
    return found


class UnknownPolicyError(ValueError):
    """The policy asked for is not known; the message says which come near."""


def payer_families(knowledge: Knowledge) -> dict[str, str]:
    """Every payer family that has a policy, with its name."""
    names = {payer.id: payer.name for payer in knowledge.payers}
    return {policy.payer: names.get(policy.payer, policy.payer) for policy in knowledge.policies}


def in_force(entry: CoverageEntry, day: datetime.date) -> bool:
    """Whether a Coverage is active on a day."""
    started = entry.start is None or entry.start <= day
    return entry.active and started and (entry.end is None or entry.end >= day)


def choose_policy(
    knowledge: Knowledge, asked: str, coverages: Sequence[CoverageEntry], day: datetime.date
) -> PolicyChoice:
    """The payer family for `asked` (`auto`, `clinical`, a family or a policy id).

    Raises:
        UnknownPolicyError: if `asked` names none.
    """
    families = payer_families(knowledge)
    by_policy = {policy.id: policy for policy in knowledge.policies}
    if asked == "auto":
        return _from_coverage(knowledge, families, coverages, day)
    if asked in families:
        return PolicyChoice(id=asked, name=families[asked], why="chosen by the user", payer=asked)
    if asked in by_policy:
        policy = by_policy[asked]
        why = "chosen by the user"
        return PolicyChoice(id=asked, name=policy.name, why=why, payer=policy.payer)
    known = {payer.id: payer for payer in knowledge.payers}
    if asked in known:
        return _follow(knowledge, asked, families, "chosen by the user")
    near = get_close_matches(asked, sorted({*families, *by_policy, *known}), _MOST_NEAR)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    raise UnknownPolicyError(
        f'policy "{asked}" is not known; {meant}`painpath knowledge list policies` lists them all'
    )


def _follow(
    knowledge: Knowledge, payer_id: str, families: dict[str, str], why: str
) -> PolicyChoice:
    payers = {payer.id: payer for payer in knowledge.payers}
    payer = payers[payer_id]
    if payer_id in families:
        return PolicyChoice(id=payer_id, name=payer.name, why=why, payer=payer_id)
    for used in payer.uses:
        if used in families:
            name = f"{payer.name} (follows {families[used]})"
            return PolicyChoice(id=used, name=name, why=why, payer=payer_id)
    return PolicyChoice(
        id=CLINICAL,
        name="Clinical criteria",
        why=f"{why}; no policy of {payer.name} is on file, so the payer-independent criteria apply",
        payer=payer_id,
    )


def _first(entry: CoverageEntry) -> str:
    """The payer as the Coverage names it first."""
    return entry.text.split(" | ")[0]


def _precedence(entry: CoverageEntry) -> tuple[float, str]:
    """By the order that the record gives; the rest does not hang on where it stands in the file."""
    return (math.inf if entry.order is None else entry.order, entry.ref)


def _named(knowledge: Knowledge, entry: CoverageEntry) -> Payer | None:
    """The payer that a Coverage names by its words or its type."""
    for payer in knowledge.payers:
        if any(re.search(word, entry.text, re.IGNORECASE) for word in payer.words):
            return payer
        if entry.type != "" and entry.type in payer.types:
            return payer
    return None


def _from_coverage(
    knowledge: Knowledge,
    families: dict[str, str],
    coverages: Sequence[CoverageEntry],
    day: datetime.date,
) -> PolicyChoice:
    active = sorted((entry for entry in coverages if in_force(entry, day)), key=_precedence)
    named: list[tuple[tuple[float, bool, bool], PolicyChoice]] = []
    for entry in active:
        payer = _named(knowledge, entry)
        if payer is not None:
            choice = _follow(knowledge, payer.id, families, f"{entry.ref}: {_first(entry)}")
            place = (_precedence(entry)[0], payer.pays_last, choice.id == CLINICAL)
            named.append((place, choice))
    if named:
        # Of payers none of which is said to be first: one of last resort only where no other is
        # named, then one with a policy on file.
        return min(named, key=lambda choice: choice[0])[1]
    if active:
        why = f"{active[0].ref}: {_first(active[0])}; no policy on file names this payer"
    elif coverages:
        why = "no Coverage is active on this day"
    else:
        why = "no Coverage in the record"
    return PolicyChoice(id=CLINICAL, name="Clinical criteria", why=why)
