"""Knowledge ready for use: loaded, compiled, and kept in a cache until a file changes.

The cache is one file per content of the knowledge files and of the code that compiles them; a
missing, stale or unwritable cache only costs time.
"""

from __future__ import annotations

import gc
import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
import platformdirs

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
    digest = hashlib.sha256()
    code = sorted(Path(__file__).parent.glob("*.py"))
    for file in [*code, *knowledge_files(folder)]:
        digest.update(str(file.relative_to(file.parents[1])).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def cache_folder() -> Path:
    """Where compiled knowledge is kept; `PAINPATH_CACHE` overrides the user's cache folder."""
    chosen = os.environ.get("PAINPATH_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("painpath", False))


def compile_knowledge(knowledge: Knowledge) -> Compiled:
    """Vocabulary and rows of knowledge that has been loaded."""
    vocabulary = Vocabulary(knowledge)
    return Compiled(knowledge, vocabulary, build_rules(knowledge, vocabulary))


def compiled(folder: Path = BASE, *, use_cache: bool = True) -> Compiled:
    """The knowledge in a folder, from the cache where its content is known.

    Raises:
        KnowledgeError: if a file is broken.
    """
    file = cache_folder() / f"{fingerprint(folder)}.knowledge"
    if use_cache:
        kept = _kept(file)
        if kept is not None:
            return kept
    made = compile_knowledge(load(folder))
    if use_cache:
        _write(file, _Stored(made.knowledge, made.vocabulary.to_bytes(), made.rules))
    return made


_KEPT: dict[Path, Compiled] = {}
"""What this process has read: nothing of it ever changes."""


def _kept(file: Path) -> Compiled | None:
    if file not in _KEPT:
        stored = _read(file)
        if stored is None:
            return None
        vocabulary = Vocabulary.from_bytes(stored.vocabulary)
        _KEPT.clear()
        _KEPT[file] = Compiled(stored.knowledge, vocabulary, stored.rules)
    return _KEPT[file]


def _read(file: Path) -> _Stored | None:
    # A hundred thousand objects that all stay: looking for garbage among them doubles the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=_Stored)
    except (OSError, msgspec.DecodeError):
        return None
    finally:
        if collecting:
            gc.enable()


def _write(file: Path, stored: _Stored) -> None:
    """Write beside and rename, so that a reader never sees half a file; forget older ones."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as handle:
            handle.write(msgspec.msgpack.encode(stored))
        Path(handle.name).replace(file)
        for old in sorted(file.parent.glob("*.knowledge"), key=lambda f: f.stat().st_mtime)[:-4]:
            old.unlink(missing_ok=True)
    except OSError:
        return
