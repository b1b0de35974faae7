"""The rows of a file, or of a folder of files, whatever they are written in."""

from collections.abc import Callable, Iterator
from pathlib import Path

from specharness.errors import UsageError
from specharness.importers.folder import data_files
from specharness.importers.jsonrows import LINES, read_json, read_lines
from specharness.importers.jsontext import JsonText
from specharness.importers.jsonvalues import JsonValues, shown
from specharness.importers.judgement import Dropped, Row
from specharness.importers.openfile import DataFile, open_file, reading
from specharness.importers.parquetrows import read_parquet
from specharness.importers.tablerows import TABS, first_line, read_table, separator

Rows = Iterator[Row | Dropped]


def read_rows(path: Path) -> Rows:
    """The records of a file one by one, in its order; what cannot be parsed is told as `Dropped`.

    JSON Lines, JSON (a list of records, an object with such a list, or one record), CSV, TSV,
    Parquet, each also packed with gzip, recognised by their content. Of a folder the data files,
    by name. Only one record at a time is in memory (of Parquet some hundred).

    UsageError, one line, for a file that cannot be read to its end, for one in which nothing can
    be parsed, and where there are no records at all.
    """
    empty = True
    with reading(path):
        is_folder = path.is_dir()
    for file in data_files(path) if is_folder else [path]:
        for row in _read_file(file):
            empty = False
            yield row
    if empty:
        raise UsageError(path, "no records", "name a file with preference data")


def _read_file(path: Path) -> Rows:
    """The rows of one file; UsageError at its end when not one of them could be parsed."""
    first: Dropped | None = None
    sound = False
    file = open_file(path)
    with reading(path):
        for row in _reader(file)(file):
            sound = sound or isinstance(row, Row)
            if first is None and isinstance(row, Dropped):
                first = row
            yield row
    if first and not sound:
        what = f"nothing in it can be parsed (first: {first.detail})"
        raise UsageError(first.where, what, "name a JSON, JSONL, CSV, TSV or Parquet file")


def _reader(file: DataFile) -> Callable[[DataFile], Rows]:
    if file.head.startswith(b"PAR1"):
        return read_parquet
    if file.suffix in (".parquet", ".pq"):
        raise UsageError(file.path, "no Parquet file: it begins otherwise", "name it as what it is")
    return _text_reader(file)


def _text_reader(file: DataFile) -> Callable[[DataFile], Rows]:
    opening, line = _opening(file), first_line(file)
    if not opening:
        raise UsageError(file.path, "nothing but blanks in it", "fetch or export it again")
    if file.suffix in (".csv", *TABS) and not _is_json(line):
        return read_table
    if opening in "{[":
        return read_json
    if file.suffix in LINES:
        return read_lines
    if file.suffix != ".json" and separator(line) in line and line.replace("\t", "").isprintable():
        return read_table
    what = f"neither JSON nor a table: it begins with {shown(line or opening)}"
    raise UsageError(file.path, what, "name a JSON, JSONL, CSV, TSV or Parquet file")


def _opening(file: DataFile) -> str:
    """The first character that is no blank."""
    with file.open_text() as stream:
        return JsonText(stream, file.path).peek()


def _is_json(line: str) -> bool:
    """Whether it is a record, and so the suffix of a table wrong."""
    try:
        value, end, _ = JsonValues().read(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict | list) and end == len(line)
