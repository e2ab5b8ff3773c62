"""Writes the figures in README.md (options, policies, grades ...) from the knowledge.

python docs/build_figures.py
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from painpath.knowledge.loading import Knowledge, load
from painpath.knowledge.rules import leaves

README = Path(__file__).parents[1] / "README.md"


def figures(known: Knowledge) -> dict[str, int]:
    """What the rows of the tables in the README are called, and how many there are."""
    grades = Counter(
        leaf.review or rule.review or policy.review
        for policy in known.policies
        for rule in policy.rules
        for leaf in leaves(rule.criteria)
    )
    return {
        "options": len(known.options),
        "pain problems": len(known.problems),
        "policies and guidelines": len(known.policies),
        "criteria in them": grades.total(),
        "worked cases in them": sum(len(policy.cases) for policy in known.policies),
        "red flags": len(known.red_flags),
        "safety rules": len(known.safety),
        "sources": len(known.sources),
        "`primary`": grades["primary"],
        "`secondary`": grades["secondary"],
        "`unverified`": grades["unverified"],
    }


def main() -> None:
    """Put every figure into its row."""
    text = README.read_text(encoding="utf-8")
    for row, number in figures(load()).items():
        text, found = re.subn(
            rf"^(\| {re.escape(row)} \| )\d+", rf"\g<1>{number}", text, flags=re.M
        )
        if found != 1:
            raise SystemExit(f'README.md has {found} rows "{row}" instead of one')
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
