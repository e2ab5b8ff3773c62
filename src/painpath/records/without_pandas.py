"""Starts pyarrow without pandas, which PainPath never hands it.

pyarrow looks for pandas when it makes its first array and its first scalar, and where pandas is
installed (lifelines needs it) loads all of it: a quarter of a second of every command. It looks
only once, so hiding pandas for that moment is enough; whoever imports it later finds it.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Hidden:
    """Finds nothing, and for pandas says so."""

    @staticmethod
    def find_spec(
        name: str, _path: object = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not needed here", name=name)
        return None


def load_pyarrow() -> None:
    """Load pyarrow, with pandas hidden from it; for a process that is ours alone."""
    if "pyarrow" in sys.modules:
        return
    hidden = _Hidden()
    sys.meta_path.insert(0, hidden)
    try:
        import pyarrow as pa

        pa.array([], pa.null())
        pa.scalar("")
    finally:
        sys.meta_path.remove(hidden)
