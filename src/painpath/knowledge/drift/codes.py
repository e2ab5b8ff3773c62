"""The covered-code lists of an export's articles: codes by system and group. Never descriptions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import msgspec

from painpath.knowledge.drift.export import Export

TABLES = (
    ("article_x_icd10_covered", "icd10_code_id", "icd10_covered_group", "icd10cm"),
    ("article_x_hcpc_code", "hcpc_code_id", "hcpc_code_group", "cpt"),
)


class Listed(msgspec.Struct, frozen=True, order=True):
    """Which list: system and group of an article."""

    article: str
    system: str
    group: int


def read_codes(
    export: Export, versions: Mapping[str, int], articles: Collection[str]
) -> dict[Listed, list[str]]:
    """The codes of these articles, in the version in force, sorted."""
    found: dict[Listed, set[str]] = defaultdict(set)
    for table, column, grouping, system in TABLES:
        for row in export.rows(table):
            article = f"A{row.get('article_id', '').strip()}"
            if article not in articles or row.get("article_version", "").strip() != str(
                versions.get(article)
            ):
                continue
            code = row.get(column, "").strip().upper()
            group = row.get(grouping, "").strip()
            if code:
                number = int(group) if group.isdigit() else 1
                found[Listed(article, system, number)].add(code)
    return {key: sorted(codes) for key, codes in sorted(found.items())}
