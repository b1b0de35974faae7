"""The errors a user can meet, one small tree.

    SpecharnessError            where: what; what to do
    ├── UsageError              a file, key, option or value that the user can mend (exit 4)
    ├── ModelError              a model that cannot be found, loaded or asked (exit 3)
    │   └── RecordingMiss       replay was asked for a result nobody recorded (exit 3)
    └── IntegrityError          bytes that do not match their digest (exit 3)

Every message is one line that reads `where: what; what to do`. Shells print it without a traceback.
"""

from collections.abc import Sequence
from pathlib import Path

from specharness.visible import one_line


class SpecharnessError(Exception):
    """A problem told as `where: what; what to do`.

    >>> str(SpecharnessError("suites/tone/pairs.jsonl:3", "no 'chosen'", "add the better response"))
    "suites/tone/pairs.jsonl:3: no 'chosen'; add the better response"
    """

    exit_code = 4

    def __init__(self, where: str | Path, what: str, remedy: str) -> None:
        # names and texts in a message may be a stranger's: none of it moves a terminal's cursor
        super().__init__(one_line(f"{where}: {what}; {remedy}"))
        self.where = str(where)
        self.what = what
        self.remedy = remedy

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.where, self.what, self.remedy)


class UsageError(SpecharnessError):
    """A user's file, key, option or value that has to change."""


class ModelError(SpecharnessError):
    """A model that could not be found, loaded or asked."""

    exit_code = 3


class RecordingMiss(ModelError):
    """Replay mode needed a result that is not among the recordings."""


class IntegrityError(SpecharnessError):
    """Stored or downloaded bytes that do not match their digest."""

    exit_code = 3


Ranges = Sequence[tuple[str, float, float]]  # a field, its least and its greatest value


def refuse_outside(record: object, ranges: Ranges, purpose: str) -> None:
    """UsageError for the first field of a record of settings that is out of its range."""
    for name, least, most in ranges:
        value = getattr(record, name)
        if not least <= value <= most:
            remedy = f"give a number from {least:g} to {most:g}"
            raise UsageError(name, f"{value} is out of range for {purpose}", remedy)
