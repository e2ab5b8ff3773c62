"""What cannot be read at all, said in one sentence."""

from __future__ import annotations


class RecordError(Exception):
    """The input is unusable; the message is one sentence that names the file."""


class NotFhirError(RecordError):
    """The file holds something else; beside others it can be left out."""
