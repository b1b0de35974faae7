"""Files that a user names for a command to write."""

from pathlib import Path

from specharness.errors import UsageError
from specharness.runfile import write_text


def write_out(path: Path, text: str) -> None:
    """Put `text` at `path` in one step; UsageError where the system does not take it."""
    try:
        write_text(path, text)
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise UsageError(path, what, "name another file") from None
