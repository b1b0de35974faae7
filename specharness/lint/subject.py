"""A suite as lint looks at it: its pairs, the lines that are none, and which pair is on which side.

A pairs file is read line by line here, so that every bad line is found and not just the first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from specharness.lint.finding import Finding
from specharness.lint.lines import read_lines, tidy_line, untidy_lines
from specharness.pairline import read_pair
from specharness.pairturns import Unreadable
from specharness.records import Pair
from specharness.settings import ReadSettings
from specharness.split import Split, split_pairs
from specharness.suitefile import SETTINGS, Suite
from specharness.suitepairs import is_ours, read_suite_pairs
from specharness.visible import excerpt, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that is no pair: what is wrong, and its JSON object ({} where it is none)."""

    line: int
    what: str
    remedy: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A suite and what is in its pairs file.

    `pairs` are all lines that can be read, duplicates too; `marked` is the side that a line names
    in a key `_split`, by line; `untidy` the lines with something around their objects, by what it
    is. `told` is what an import left out, "" where the suite has a pairs file of its own.
    """

    suite: Suite
    pairs: tuple[Pair, ...]
    split: Split
    bad: tuple[BadLine, ...] = ()
    marked: dict[int, str]
    untidy: dict[str, tuple[int, ...]]
    told: str = ""

    def at_line(self, code: str, line: int, message: str, remedy: str) -> Finding:
        """A finding about a line of the pairs file; line 1 stands for the whole file."""
        return Finding(
            code=code,
            path=self.suite.pairs_path,
            line=max(1, line),
            message=one_line(message),
            remedy=one_line(remedy),
            suite=self.suite.name,
        )

    def at_pair(self, code: str, pair: Pair, message: str, remedy: str) -> Finding:
        """A finding about a pair; the message names it where the file has no lines."""
        named = message if pair.line else f"{place(pair)}: {message}"
        return replace(self.at_line(code, pair.line, named, remedy), pair=one_line(pair.id))

    def in_spec(self, code: str, line: int, message: str, remedy: str) -> Finding:
        """A finding about a line of the spec (of the settings, where the spec stands there)."""
        path = self.suite.spec_path or self.suite.folder / SETTINGS
        return replace(self.at_line(code, line, message, remedy), path=path)


def place(pair: Pair) -> str:
    """Where a pair stands, as a message says it: its line, or its id where there are no lines."""
    return f"line {pair.line}" if pair.line else f"pair {excerpt(pair.id, 40)}"


def places(pairs: Sequence[Pair]) -> str:
    """The same of several pairs."""
    if all(pair.line for pair in pairs):
        return ("lines " if pairs[1:] else "line ") + ", ".join(str(pair.line) for pair in pairs)
    return ", ".join(map(place, pairs))


def read_subject(suite: Suite) -> Subject:
    """Read a suite's pairs; UsageError when the file is missing or cannot be read at all."""
    if suite.settings.read == ReadSettings() and is_ours(suite.pairs_path):
        return _from_lines(suite, read_lines(suite.pairs_path))
    found = read_suite_pairs(suite.pairs_path, suite.settings.read)
    pairs = found.pairs
    if suite.pairs_path.is_dir():  # a line number says nothing without its file
        pairs = tuple(replace(pair, line=0) for pair in pairs)
    split = split_pairs(pairs, suite.settings.split)
    return Subject(suite=suite, pairs=pairs, split=split, marked={}, untidy={}, told=found.told)


def _from_lines(suite: Suite, lines: list[bytes]) -> Subject:
    pairs: list[Pair] = []
    bad: list[BadLine] = []
    marked: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        tidy = tidy_line(line, first=number == 1)
        if not tidy:
            continue
        try:
            pairs.append(read_pair(_decoded(tidy), number))
        except Unreadable as error:
            row = _object(tidy)
            bad.append(BadLine(line=number, what=error.what, remedy=error.remedy, row=row))
        if b'"_split"' in tidy and isinstance(side := _object(tidy).get("_split"), str):
            marked[number] = side
    return Subject(
        suite=suite,
        pairs=tuple(pairs),
        split=split_pairs(pairs, suite.settings.split),
        bad=tuple(bad),
        marked=marked,
        untidy=untidy_lines(lines),
    )


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"not UTF-8 at byte {error.start} of the line"
        raise Unreadable(what, "save the file as UTF-8") from None


def _object(line: bytes) -> dict[str, Any]:
    """The object on a line, {} where there is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
