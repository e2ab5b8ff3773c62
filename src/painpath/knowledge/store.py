"""Knowledge ready for use: loaded, compiled, and kept in a cache until a file changes."""

from __future__ import annotations

from pathlib import Path

import msgspec

from painpath.knowledge import keeping
from painpath.knowledge.loading import BASE, Knowledge, knowledge_files, load
from painpath.knowledge.rules import Rules, build_rules
from painpath.knowledge.vocabulary import Vocabulary


class Compiled(msgspec.Struct, frozen=True):
    """Knowledge with its vocabulary and rows."""

    knowledge: Knowledge
    vocabulary: Vocabulary
    rules: Rules


class _Stored(msgspec.Struct, frozen=True):
    knowledge: Knowledge
    vocabulary: bytes
    rules: Rules


def fingerprint(folder: Path = BASE) -> str:
    """Changes with any knowledge file and with the code that compiles them."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    return keeping.fingerprint([*code, *knowledge_files(folder)])


def compile_knowledge(knowledge: Knowledge) -> Compiled:
    """Vocabulary and rows of knowledge that has been loaded."""
    vocabulary = Vocabulary(knowledge)
    return Compiled(knowledge, vocabulary, build_rules(knowledge, vocabulary))


def compiled(folder: Path = BASE, *, use_cache: bool = True) -> Compiled:
    """The knowledge in a folder, from the cache where its content is known.

    Raises:
        KnowledgeError: if a file is broken.
    """
    name = f"{fingerprint(folder)}.knowledge"
    if use_cache:
        kept = _kept(name)
        if kept is not None:
            return kept
    with keeping.all_stays():
        made = compile_knowledge(load(folder))
    if use_cache:
        keeping.keep(name, _Stored(made.knowledge, made.vocabulary.to_bytes(), made.rules))
    return made


_KEPT: dict[str, Compiled] = {}
"""What this process has read: nothing of it ever changes."""


def _kept(name: str) -> Compiled | None:
    if name not in _KEPT:
        stored = keeping.recall(name, _Stored)
        if stored is None:
            return None
        vocabulary = Vocabulary.from_bytes(stored.vocabulary)
        _KEPT.clear()
        _KEPT[name] = Compiled(stored.knowledge, vocabulary, stored.rules)
    return _KEPT[name]
