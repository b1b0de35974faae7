"""Findings as text for a terminal."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from specharness.gate.decision import count
from specharness.lint.checking import Linted
from specharness.lint.codes import LEVELS, all_codes
from specharness.lint.finding import Finding

MOST = 5  # lines shown of one code
_COLOURS = {"error": "31", "warning": "33", "note": "36"}


def render_plain(linted: Linted, *, whole: bool = False, colour: bool = False) -> str:
    """The findings by code, the worst first, and one line that sums up; no final newline.

    Of each code a few lines are shown, unless the `whole` is asked for. Text of the suites is made
    visible, never interpreted; escape codes stand here only when `colour` is true.
    """
    parts = [
        "\n".join(_block(code, list(group), whole, colour))
        for code, group in groupby(linted.findings, key=lambda finding: finding.code)
    ]
    return "\n\n".join([*parts, "\n".join(_summary(linted))])


def told_lines(findings: Iterable[Finding], most: int = MOST) -> list[str]:
    """One line for each finding, at most so many, and one that counts the rest."""
    lines = [str(finding) for finding in findings]
    more = f"(+{len(lines) - most:,} more; --all shows them)"
    return [*lines[:most], more] if len(lines) > most else lines


def _block(code: str, findings: list[Finding], whole: bool, colour: bool) -> Iterator[str]:
    level = findings[0].level
    painted = f"\x1b[{_COLOURS[level]}m{level}\x1b[0m" if colour else level
    yield f"{painted} {code} {all_codes()[code].title}"
    yield from told_lines(findings, len(findings) if whole else MOST)


def _summary(linted: Linted) -> Iterator[str]:
    yield from (f"not checked: {why}" for why in linted.unchecked)
    pairs = count(sum(number for _, number in linted.suites), "pair")
    looked = f"{pairs} of {', '.join(name for name, _ in linted.suites)}"
    found = [count(number, level) for level in LEVELS if (number := linted.count(level))]
    if not found:
        yield f"{looked}: nothing found"
        return
    yield f"{looked}: {', '.join(found)}"
    yield f"`specharness explain {linted.findings[0].code}` says more about a code"
