"""How pain problems are recognised, as the `k_` tables that the SQL files join to."""

from __future__ import annotations

import pyarrow as pa

from painpath.engine.columns import FLAG, INT, MASK, table
from painpath.engine.holds import hold_table
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import PATIENT, YES_NO, Rules, as_tuple, expand
from painpath.knowledge.vocabulary import Vocabulary

RELIEF_CONCEPTS = {"relief-percent": False, "relief-duration": True}

_HOLDS = {"condition"}


def problem_tables(
    knowledge: Knowledge, vocabulary: Vocabulary, rules: Rules
) -> dict[str, pa.Table]:
    """How problems are recognised, and which replace which."""
    concepts = {concept.id: concept for concept in knowledge.concepts}
    concept_key = {name: key for key, name in enumerate(vocabulary.concepts)}
    problem_key = {name: key for key, name in enumerate(rules.problem_ids)}
    regions = vocabulary.region_bits
    problems: list[tuple[object, ...]] = [(PATIENT, False, False, 0)]
    ways: list[tuple[object, ...]] = []
    terms: list[tuple[object, ...]] = []
    replaces: list[tuple[object, ...]] = []
    for problem in knowledge.problems:
        key = problem_key[problem.id]
        region = regions[problem.region] if problem.region else 0
        problems.append((key, problem.sided, problem.weak, region))
        replaces.extend(
            (key, problem_key[other]) for other in problem.replaces if other in problem_key
        )
        for recognise in problem.recognise:
            way = len(ways)
            ways.append((way, key, len(recognise.all)))
            since = set(expand((recognise.since,), concepts)) if recognise.since else None
            groups = [(term, False) for term in recognise.all]
            groups += [(term, True) for term in recognise.without]
            for index, (term, negative) in enumerate(groups):
                for concept in expand(as_tuple(term), concepts):
                    if concept not in concept_key:
                        continue
                    category = concepts[concept].category if concept in concepts else "finding"
                    gives_since = not negative and (
                        concept in since if since is not None else index == 0
                    )
                    terms.append(
                        (
                            key,
                            way,
                            index,
                            concept_key[concept],
                            negative,
                            gives_since,
                            category in _HOLDS,
                            category in YES_NO,
                            region,
                        )
                    )
    return {
        "k_side": table({"side": INT}, [(0,), (1,), (2,)]),
        "k_problem": table({"problem": INT, "sided": FLAG, "weak": FLAG, "region": MASK}, problems),
        "k_way": table({"way": INT, "problem": INT, "terms": INT}, ways),
        "k_problem_term": table(
            {
                "problem": INT,
                "way": INT,
                "term": INT,
                "concept": INT,
                "negative": FLAG,
                "gives_since": FLAG,
                "must_hold": FLAG,
                "yes_no": FLAG,
                "region": MASK,
            },
            terms,
        ),
        "k_replaces": table({"problem": INT, "replaced": INT}, replaces),
        "k_relief": table(
            {"concept": INT, "is_duration": FLAG},
            [
                (concept_key[name], is_duration)
                for name, is_duration in RELIEF_CONCEPTS.items()
                if name in concept_key
            ],
        ),
        "k_hold": hold_table(knowledge, concept_key),
    }


def concept_table(
    knowledge: Knowledge, vocabulary: Vocabulary, tables: dict[str, pa.Table]
) -> pa.Table:
    """Concepts that some rule looks at, and of which a recorded 0 means "no"."""
    category = {concept.id: concept.category for concept in knowledge.concepts}
    look = tables["k_look"]
    looked = list(
        zip(look.column("concept").to_pylist(), look.column("problem").to_pylist(), strict=True)
    )
    local = {concept for concept, problem in looked if problem != PATIENT}
    wide = {concept for concept, problem in looked if problem == PATIENT}
    others: set[int] = set()
    for name in ("k_problem_term", "k_hold"):
        others |= set(tables[name].column("concept").to_pylist())
    return table(
        {"concept": INT, "is_local": FLAG, "is_wide": FLAG, "yes_no": FLAG},
        [
            (key, key in local, key in wide, category.get(vocabulary.concepts[key]) in YES_NO)
            for key in sorted(local | wide | others)
        ],
    )
