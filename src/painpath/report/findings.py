"""Findings of the knowledge checker as lines: errors whole, the rest a few of each subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from painpath.knowledge.checks import Finding

_FEW = 5


def lines(
    found: Sequence[Finding], *, notes: bool = False, everything: bool = False
) -> Iterator[str]:
    """One line a finding; how many more there are stands at the end of each subject.

    Args:
        found: sorted by level and subject.
        notes: notes too.
        everything: no subject is cut short.
    """
    for (level, subject), group in groupby(found, key=lambda f: (f.level, f.subject)):
        if level == "note" and not notes:
            continue
        members = list(group)
        shown = members if everything or level == "error" else members[:_FEW]
        for finding in shown:
            yield f"{finding.level}: {finding.where}: {finding.what}"
        left = len(members) - len(shown)
        if left:
            yield f"{level}: {subject}: {left} more (--all lists them)"
