"""Where a command keeps its record of a suite, for the report that is written beside it."""

from pathlib import Path

REPORTS = Path("reports")


def kept_path(folder: Path, room: str, suite: str) -> Path:
    """The file in a reports folder for a suite's record of "coverage", "mutation" and so on.

    >>> kept_path(REPORTS, "coverage", "plain prose").name
    'coverage-plain-prose.json'
    """
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in suite)
    return folder / f"{room}-{name}.json"
