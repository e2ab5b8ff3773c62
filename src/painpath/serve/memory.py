"""How the memory of a process that serves is kept: set once, for as long as it runs."""

from __future__ import annotations

import gc
import os
import platform
import sys

_TUNABLES = "GLIBC_TUNABLES"
_GARBAGE_EVERY = 50_000


def with_room_for_small_pieces() -> None:
    """Start this command again with a C library that keeps more small pieces of memory at hand.

    DuckDB asks for and gives back thousands of them in each statement; with glibc's usual seven of
    a size a fifth of an evaluation is spent on that. It is read when a process begins, hence the
    new start; processes started from here inherit it. Elsewhere, and where the variable is set
    already, nothing is done.
    """
    if platform.libc_ver()[0] == "glibc" and _TUNABLES not in os.environ:
        os.environ[_TUNABLES] = "glibc.malloc.tcache_count=2000:glibc.malloc.tcache_max=4096"
        os.execv(sys.executable, sys.orig_argv)


def settle() -> None:
    """Leave what has been loaded out of all later searches for garbage: knowledge stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_EVERY)
