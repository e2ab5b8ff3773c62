"""Where programs of the system are that tests run beside the software."""

from __future__ import annotations

import shutil
from pathlib import Path


def postgresql(name: str) -> str | None:
    """A program of the PostgreSQL server, which Debian keeps off the path."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(newest[-1]) if newest else shutil.which(name)
