"""One of the processes that do the steps of a screen side by side (`hands`)."""

from __future__ import annotations

from painpath.records.without_pandas import load_pyarrow

if __name__ == "__main__":
    # First of all: importing what comes next makes pyarrow's first array.
    load_pyarrow()
    from painpath.screening.hands import serve

    serve()
