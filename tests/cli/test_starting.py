"""A command loads what it needs and no more: the second before the first line is the user's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import painpath

SRC = Path(painpath.__file__).parents[1]
EXAMPLE = SRC / "painpath/examples/example-01.json"


def loaded(*args: str) -> set[str]:
    """The modules a command has loaded when it ends."""
    script = (
        "import sys; from painpath.cli.main import main\n"
        f"sys.argv = {['painpath', *args]!r}\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('MODULES', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SRC)},
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_a_plan_loads_neither_pandas_nor_what_only_other_commands_need() -> None:
    modules = loaded("plan", str(EXAMPLE), "--as-of", "2026-11-01")
    assert "pyarrow" in modules
    unneeded = {"pandas", "scipy", "lifelines", "fastapi", "sqlalchemy", "pyspark", "vl_convert"}
    assert modules & unneeded == set()


def test_help_loads_no_engine() -> None:
    assert loaded("--help") & {"pyarrow", "duckdb", "numpy"} == set()
