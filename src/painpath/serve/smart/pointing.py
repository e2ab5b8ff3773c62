"""What resources point to on the same server, so that it can be read as well."""

from __future__ import annotations

import re
from collections.abc import Sequence

_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"\\\s]{1,500})"')


def pointed_at(resources: Sequence[bytes], kind: str, base: str) -> list[str]:
    """Ids of a type to which the resources point on the same server, each once, in order."""
    wanted = re.compile(rf"(?:{re.escape(base)}/)?{kind}/([A-Za-z0-9.-]{{1,64}})(?:/_history/.*)?")
    found: dict[str, None] = {}
    for resource in resources:
        for reference in _REFERENCE.findall(resource):
            parts = wanted.fullmatch(reference.decode("utf-8", "replace"))
            if parts is not None:
                found[parts[1]] = None
    return list(found)
