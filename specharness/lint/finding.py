"""What lint says about one place in a file."""

from dataclasses import dataclass
from pathlib import Path

from specharness.lint.codes import LEVELS, Level, all_codes
from specharness.visible import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A code, where it was found, what is the matter there and what to do about it.

    `line` is 1-based, `pair` the id of the pair ("" where it is about no single one), `suite` the
    suite's name. `message` and `remedy` are one line each, safe to show: secrets are masked in
    them, and nothing in them hides or moves text.
    """

    code: str
    path: Path
    line: int
    message: str
    remedy: str
    suite: str
    pair: str = ""

    def __str__(self) -> str:
        place = f"{one_line(self.path.as_posix())}:{self.line}"
        return f"{place}: {self.code} {self.message}; {self.remedy}"

    @property
    def level(self) -> Level:
        """The level of its code."""
        return all_codes()[self.code].level


def in_order(finding: Finding) -> tuple[int, str, str, int]:
    """A sort key: the worst first, then by code and place."""
    return LEVELS.index(finding.level), finding.code, finding.path.as_posix(), finding.line
