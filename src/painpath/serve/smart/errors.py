"""What can go wrong on a launch: one sentence for the person, another for the log."""

from __future__ import annotations

FAILED = "Opening PainPath from the record system did not work. Please try again from there."


class LaunchError(Exception):
    """The launch ends here. The message is for the log and holds no token and no patient."""

    def __init__(self, message: str, sentence: str = FAILED, status: int = 502) -> None:
        super().__init__(message)
        self.sentence = sentence
        self.status = status
