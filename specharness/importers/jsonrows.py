"""Rows of JSON Lines, of a JSON array, and of a JSON object with a list of records in it."""

from collections.abc import Iterator, Mapping
from functools import partial
from json import JSONDecodeError
from typing import Any

from specharness.errors import UsageError
from specharness.importers.jsondocument import Document, find_records, surroundings, survey
from specharness.importers.jsontext import JsonText
from specharness.importers.jsonvalues import BLANKS, JsonValues
from specharness.importers.judgement import Dropped, Row
from specharness.importers.openfile import RECORD_LIMIT, DataFile, is_utf8

LINES = (".jsonl", ".ndjson", ".jsonlines")


def read_json(file: DataFile) -> Iterator[Row | Dropped]:
    """The rows of a file that begins with `[` or `{`, however its lines are broken.

    An object that ends on its first line and has more behind it makes the file JSON Lines; so does
    a suffix that says so, unless the object spans lines.
    """
    with file.open_text() as stream:
        text = JsonText(stream, file.path)
        if text.peek() == "[":
            yield from _read_list(text, {})
            _require_end(text)
            return
        try:
            document = survey(text)
        except UsageError:
            if file.suffix not in LINES:
                raise
            document = None
    if document is None or (document.one_line and (document.more or file.suffix in LINES)):
        yield from read_lines(file)
    elif document.more:
        raise UsageError(file.path, "several JSON values over many lines", "write one on each line")
    else:
        yield from _read_document(file, document)


def read_lines(file: DataFile) -> Iterator[Row | Dropped]:
    """One row for each line that is not blank; a line that is no JSON is told and passed over."""
    values = JsonValues()
    with file.open_text() as stream:
        lines = iter(partial(stream.readline, RECORD_LIMIT + 1), "")
        for number, line in enumerate(lines, 1):
            where = f"{file.path}:{number}"
            if text := line.strip(BLANKS):
                yield _read_line(values, text, where)


def _read_line(values: JsonValues, text: str, where: str) -> Row | Dropped:
    if len(text) > RECORD_LIMIT:
        what = f"a line of more than {RECORD_LIMIT // 2**20} MiB"
        raise UsageError(where, what, "write one record on each line")
    try:
        data, end, fault = values.read(text)
    except JSONDecodeError as error:
        fault = f"{error.msg} at column {error.colno}"
    except RecursionError:
        fault = "lists or objects nested too deep"
    else:
        if not fault and end == len(text) and is_utf8(text):
            return Row(data=data, where=where)
        fault = fault or (
            "bytes that are no UTF-8" if end == len(text) else f"more after column {end}"
        )
    return Dropped(reason="malformed", where=where, detail=fault)


def _read_document(file: DataFile, document: Document) -> Iterator[Row | Dropped]:
    if document.trouble:
        raise document.trouble
    place = find_records(document, file.path)
    with file.open_text() as stream:
        text = JsonText(stream, file.path)
        if place is None:
            yield _record(text, 1, {})
            return
        text.move_to(document.lists[place].offset)
        yield from _read_list(text, surroundings(document.around, place))


def _read_list(text: JsonText, document: Mapping[str, Any]) -> Iterator[Row | Dropped]:
    for number, _ in enumerate(text.elements(), 1):
        yield _record(text, number, document)


def _record(text: JsonText, number: int, document: Mapping[str, Any]) -> Row | Dropped:
    data, fault = text.value()
    where = f"{text.path}#{number}"
    if fault:
        return Dropped(reason="malformed", where=where, detail=fault)
    return Row(data=data, where=where, document=document)


def _require_end(text: JsonText) -> None:
    if text.peek():
        raise text.problem("something follows the end of the list")
