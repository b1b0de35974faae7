"""Rows of CSV and TSV: a first row of headings, then cells that are always strings."""

import csv
from collections.abc import Iterator
from functools import partial
from typing import TextIO

from specharness.errors import UsageError
from specharness.importers.jsonvalues import shown
from specharness.importers.judgement import Dropped, Row
from specharness.importers.openfile import RECORD_LIMIT, DataFile, is_utf8

TAB = "\t"
TABS = (".tsv", ".tab")
_LONGEST = 2**17  # characters of a line of headings that is looked at: `csv` takes no longer cell
_QUOTES = 'write a quote inside a quoted cell twice (""), and close every cell'


def read_table(file: DataFile) -> Iterator[Row | Dropped]:
    """The rows of a table, told by the line they begin on; rows of empty cells are none.

    The headings decide whether cells end at commas, semicolons or tabs. A row with too few cells,
    or too many that are not empty, is told and passed over. UsageError for a quote that is out of
    place, since nobody knows where such a row ends.
    """
    with file.open_text() as stream:
        lines = _Lines(stream, str(file.path))
        cells = lines.records(_delimiter(file))
        headings = _headings(next(cells, []), lines)
        for row in cells:
            if any(row):
                yield _read_row(headings, row, lines)


def separator(headings: str) -> str:
    """What the headings of a table stand between: the one of comma, semicolon, tab that is used.

    A comma where there is but one heading.

    >>> separator('prompt;"a,b,c";chosen')
    ';'
    """
    rows = {mark: next(csv.reader([headings], delimiter=mark), []) for mark in ",;\t"}
    # a quote that is left over stood inside a cell, so that it was cut in the wrong places
    return max(rows, key=lambda mark: ('"' not in "".join(rows[mark]), len(rows[mark])))


def first_line(file: DataFile) -> str:
    """The first line of a file, without its end; "" where it is longer than any heading."""
    with file.open_text() as stream:
        line = stream.readline(_LONGEST)
    return line.rstrip("\r\n") if len(line) < _LONGEST else ""


class _Lines:
    """The lines of a table on their way to `csv`, with an eye on where a record begins."""

    def __init__(self, stream: TextIO, path: str) -> None:
        self._stream = stream
        self._path = path
        self._number = 0
        self._first = 1
        self._size = 0
        self.sound = True

    @property
    def where(self) -> str:
        """Where the record begins that was read last."""
        return f"{self._path}:{self._first}"

    def __iter__(self) -> Iterator[str]:
        for line in iter(partial(self._stream.readline, RECORD_LIMIT), ""):
            self._number += 1
            self._size += len(line)
            if not line.isascii():
                self.sound = self.sound and is_utf8(line)
            if self._size >= RECORD_LIMIT:
                what = f"a row of more than {RECORD_LIMIT // 2**20} MiB"
                raise UsageError(self.where, f"{what}, or a quote that is never closed", _QUOTES)
            yield line

    def records(self, delimiter: str) -> Iterator[list[str]]:
        """The cells of each row."""
        # for the whole process: `csv` has no other way to take long cells, and none to take more
        csv.field_size_limit(max(csv.field_size_limit(), RECORD_LIMIT))
        reader = csv.reader(self, delimiter=delimiter, strict=True)
        while True:
            self._first, self._size, self.sound = self._number + 1, 0, True
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                what = f"no sound table ({str(error).replace(TAB, 'a tab')})"
                raise UsageError(self.where, what, _QUOTES) from None


def _delimiter(file: DataFile) -> str:
    return TAB if file.suffix in TABS else separator(first_line(file))


def _headings(cells: list[str], lines: _Lines) -> list[str]:
    where, names = lines.where, [cell.strip() for cell in cells]
    if not lines.sound:
        raise UsageError(where, "the headings are no UTF-8", "save the table as UTF-8")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UsageError(where, f"two columns are headed {shown(twice[0])}", "rename one of them")
    if not any(names):
        raise UsageError(where, "no headings in the first row", "name the columns there")
    return names


def _read_row(headings: list[str], row: list[str], lines: _Lines) -> Row | Dropped:
    wide = len(headings)
    detail = "" if lines.sound else "bytes that are no UTF-8"
    if len(row) < wide or any(row[wide:]):
        detail = f"{_plural(len(row), 'cell')} under {_plural(wide, 'heading')}"
    if detail:
        return Dropped(reason="malformed", where=lines.where, detail=detail)
    data = dict(zip(headings, row, strict=False))  # what is left over is empty
    if len(data) < wide:  # several columns without a name: the first of them counts
        data[""] = row[headings.index("")]
    return Row(data=data, where=lines.where)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
