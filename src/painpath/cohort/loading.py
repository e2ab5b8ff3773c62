"""The cohort's data files into one `Spec`, checked for names that lead nowhere."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from painpath.cohort.spec import Family, People, Source, Spec, Thing
from painpath.knowledge.yaml_source import KnowledgeError, read_yaml

BASE = Path(__file__).parent / "base"


@lru_cache(maxsize=1)
def load() -> Spec:
    """Everything in `base/`.

    Raises:
        KnowledgeError: if a file is broken, or names a thing or source that is not there.
    """
    sources: list[Source] = []
    things: list[Thing] = []
    families: list[Family] = []
    sites: dict[str, dict[str, str]] = {}
    people: People | None = None
    for file in sorted(BASE.rglob("*.yaml")):
        data, _ = read_yaml(file.read_text(encoding="utf-8"), file.name)
        try:
            part = msgspec.convert(data, Spec, strict=False)
        except msgspec.ValidationError as error:
            raise KnowledgeError(file.name, 1, str(error)) from None
        sources += part.sources
        things += part.things
        sites |= part.sites
        families += part.families
        people = part.people or people
    spec = Spec(sources=sources, sites=sites, things=things, people=people, families=families)
    _check(spec)
    return spec


def _check(spec: Spec) -> None:
    if spec.people is None:
        raise KnowledgeError("people.yaml", 1, "it is missing; nothing can be made without it")
    known = {thing.id for thing in spec.things}
    for family in spec.families:
        named = [row.thing for row in family.before] + [row.thing for row in family.beside]
        named += [row.thing for row in (*family.care, *family.drugs)]
        named += [row.thing for row in (*family.images, *family.findings)]
        named += [step.thing for step in family.ladder]
        named += [family.diagnosis] if family.diagnosis else []
        for name in named:
            if name not in known:
                raise KnowledgeError(f"families: {family.id}", 1, f'"{name}" is no thing')
    for share in (*spec.people.comorbid, *spec.people.blood_thinners):
        if share.thing not in known:
            raise KnowledgeError("people.yaml", 1, f'"{share.thing}" is no thing')
