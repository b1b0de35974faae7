"""Rows of two responses and a label, read with the memory of what the labels were so far."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from specharness.errors import UsageError
from specharness.importers.judgement import Better, Finding, Judgement, Options, Row, Unusable
from specharness.importers.labels import Label, no_winner, said, winner

Compared = tuple[Judgement, Label]
Convert = Callable[[Row, Options], Iterable[Finding]]

_SHOWN = 5  # values of a label that an error names


def take(row: Row, key: str) -> Any:
    """A field of a row; Unusable where there is none."""
    if not isinstance(row.data, Mapping):
        raise Unusable("not an object")
    if key not in row.data:
        raise Unusable("missing field", key)
    return row.data[key]


def name_of(value: Any) -> str:
    """A name of a model or an annotator, "" where it is none; several parts make one name."""
    if isinstance(value, list):
        return " ".join(filter(None, map(name_of, value)))
    return str(value).strip() if isinstance(value, str | int | float) else ""


class LabelReader:
    """Reads the labels of one file by `winner`, and remembers which values there were.

    What is unsettled is a UsageError that asks for --first-wins-when. With it, the value given
    means that the first response is better, words for a tie stay ties, and any other value means
    the second; a third value is a UsageError.
    """

    def __init__(self, first_wins_when: str = "") -> None:
        self._first = said(first_wins_when).casefold()
        self._seen: dict[str, None] = {}

    def better(self, label: Label, where: str) -> Better:
        """Which response a label prefers; Unusable where it names neither."""
        text = said(label.value)
        if self._first and text.casefold() == self._first:
            return "first"
        if no_winner(text):
            return "neither"
        if len(self._seen) < _SHOWN:
            self._seen[text] = None
        if self._first:
            self._refuse_third(label, where)
            return "second"
        return self._by_name(label, where)

    def _refuse_third(self, label: Label, where: str) -> None:
        if len({value.casefold() for value in self._seen}) == 1:
            return
        values = ", ".join([self._first, *self._seen])
        what = f"{label.name} has more than two values besides ties: {values}"
        raise UsageError(where, what, "write the word tie where neither response is better")

    def _by_name(self, label: Label, where: str) -> Better:
        found = winner(label)
        if found is None:
            raise Unusable("unknown label", f"{label.name} is {said(label.value)!r}")
        if found != "unsettled":
            return found
        values = ", ".join(self._seen)
        what = (
            f"{label.name} is {said(label.value)}, which the names {label.first} and "
            f"{label.second} do not explain (values so far: {values})"
        )
        remedy = f"say which value means that {label.first} is better: --first-wins-when VALUE"
        raise UsageError(where, what, remedy)


def by_label(read: Callable[[Row, Options], Compared]) -> Callable[[Options], Convert]:
    """A layout's way of reading: `read` gives a judgement but for its verdict, and the label.

    What comes back begins a file: the values of its labels are remembered until its end.
    """

    def begin(options: Options) -> Convert:
        labels = LabelReader(options.first_wins_when)

        def convert(row: Row, options: Options) -> Iterator[Finding]:
            judgement, label = read(row, options)
            yield replace(judgement, better=labels.better(label, row.where))

        return convert

    return begin


def row_by_row(begin: Callable[[Options], Convert]) -> Convert:
    """Every row read as if it were a file of its own."""

    def convert(row: Row, options: Options) -> Iterable[Finding]:
        return begin(options)(row, options)

    return convert
