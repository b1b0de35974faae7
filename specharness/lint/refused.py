"""Lines that are no pairs, what an import left out, untidy ends (SH101, 107, 108, 111, 112)."""

from collections.abc import Iterator
from typing import Any

from specharness.lint.finding import Finding
from specharness.lint.subject import BadLine, Subject


def check_lines(subject: Subject) -> Iterator[Finding]:
    """Every line that is refused, by what is wrong with it, and whether there is a pair at all."""
    for bad in subject.bad:
        yield subject.at_line(_code(bad), bad.line, bad.what, bad.remedy)
    if not subject.pairs and not subject.bad:
        remedy = "write one JSON object with prompt, chosen and rejected on each line"
        yield subject.at_line("SH101", 1, "no pairs", remedy)


def check_import(subject: Subject) -> Iterator[Finding]:
    """What an import left out, in one finding."""
    if "dropped:" in subject.told:
        remedy = f"`specharness import {subject.suite.pairs_path}` shows which"
        yield subject.at_line("SH112", 1, subject.told, remedy)


def check_ends(subject: Subject) -> Iterator[Finding]:
    """What stands around objects, one finding for each kind."""
    for what, lines in subject.untidy.items():
        told = f"{what} in {len(lines)} lines" if lines[1:] else what
        yield subject.at_line("SH111", lines[0], told, "`specharness lint --fix` takes it away")


def _code(bad: BadLine) -> str:
    sides = [_text(bad.row[key]) for key in ("chosen", "rejected") if key in bad.row]
    if len(sides) < 2 or not all(isinstance(side, str) for side in sides):
        return "SH101"
    if not all(sides):
        return "SH108"
    return "SH107" if sides[0] == sides[1] else "SH101"


def _text(value: Any) -> Any:
    """The response that a value stands for, without outer blanks; None where it is none."""
    if isinstance(value, list):
        last = value[-1] if value else {"content": ""}
        value = last.get("content") if isinstance(last, dict) else None
    return value.strip() if isinstance(value, str) else None
