"""Spark itself: a session, paths on its file systems, and its errors as sentences."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from painpath.records.errors import RecordError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_STARTED = {"spark.log.level": "ERROR"}


def session(settings: Mapping[str, str]) -> SparkSession:
    """The session that runs already, else a new one.

    Raises:
        RecordError: if PySpark or Java is missing.
    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession as Session
    except ImportError:
        raise RecordError("--engine spark needs PySpark: pip install 'painpath[spark]'") from None
    # Workers on this machine run in the Python that asks, not in whichever comes first.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = Session.builder.appName("PainPath")
    for name, value in {**_STARTED, **settings}.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        if "JAVA" in str(error):
            raise RecordError(
                "--engine spark needs Java 17 or newer; JAVA_HOME may say where it is"
            ) from None
        raise RecordError(f"Spark does not start: {_first_line(error)}") from None


@contextmanager
def spoken() -> Iterator[None]:
    """What goes wrong in Spark, in one sentence."""
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
    except ImportError:
        raise RecordError("--engine spark needs PySpark: pip install 'painpath[spark]'") from None
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise RecordError(f"Spark: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    """The line that says what went wrong: of an error in Python, the last of its trace."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    python = [line for line in lines if re.match(r"\w*(Error|Exception): ", line)]
    return (python or lines or [type(error).__name__])[0]


def place(path: str | Path) -> str:
    """A path as Spark wants it: one without a scheme is on this machine."""
    text = str(path)
    return text.rstrip("/") if _SCHEME.match(text) else f"file://{Path(text).resolve()}"


def local(place: str) -> Path | None:
    """A place as a folder of this machine; `None` if it is elsewhere."""
    return Path(re.sub("^file:/*", "/", place)) if place.startswith("file:") else None


class Files:
    """Files of any Hadoop file system.

    Args:
        spark: a session that can reach it.
        folder: which one, by any place on it.
    """

    def __init__(self, spark: SparkSession, folder: str) -> None:
        java: Any = spark.sparkContext._jvm
        self._path = java.org.apache.hadoop.fs.Path
        configuration = spark.sparkContext._jsc.hadoopConfiguration()
        self._system = self._path(folder).getFileSystem(configuration)

    def has(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return bool(self._system.exists(self._path(path)))

    def fetch(self, path: str, folder: Path) -> None:
        """Copy a file or folder to this machine."""
        self._system.copyToLocalFile(False, self._path(path), self._path(f"file://{folder}"), True)

    def bring(self, file: Path, folder: str) -> None:
        """Copy a file from this machine, over the one that is there."""
        source = self._path(f"file://{file}")
        self._system.copyFromLocalFile(False, True, source, self._path(f"{folder}/{file.name}"))
