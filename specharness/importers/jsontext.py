"""A JSON text walked from its beginning to its end, a piece of it in memory at a time."""

import re
from collections.abc import Iterator
from json import JSONDecodeError
from pathlib import Path
from typing import Any, TextIO

from specharness.errors import UsageError
from specharness.importers.jsonvalues import BLANKS, JsonValues, shown
from specharness.importers.openfile import RECORD_LIMIT, is_utf8

_BLANKS = re.compile(f"[{BLANKS}]+")
_PIECE = 2**18  # characters read at a time
_REMEDY = "mend that place, or write one JSON object on each line"


class JsonText:
    """A place in a JSON text, which only moves on; UsageError with the line for what is no JSON."""

    def __init__(self, stream: TextIO, path: Path) -> None:
        self._stream = stream
        self.path = path
        self._values = JsonValues()
        self._piece = ""
        self._at = 0
        self._ended = False
        self._sound = True  # until a piece holds bytes that are no UTF-8
        self._passed = 0  # characters before the piece
        self._lines = 0  # line ends before the piece
        self._column = 0  # characters between the last of them and the piece

    @property
    def offset(self) -> int:
        """How many characters stand before this place."""
        return self._passed + self._at

    @property
    def line(self) -> int:
        """The line of this place, from 1."""
        return self._lines + self._piece.count("\n", 0, self._at) + 1

    def move_to(self, offset: int) -> None:
        """Go on to an `offset` seen earlier; for a text just opened."""
        while self._passed < offset:
            read = self._stream.read(min(_PIECE, offset - self._passed))
            if not read:
                raise UsageError(self.path, "the file shrank while it was read", "read it again")
            self._passed += len(read)

    def peek(self) -> str:
        """The next character that is no blank, "" at the end."""
        while True:
            if self._at == len(self._piece):
                if self._ended:
                    return ""
                self._more()
            elif blanks := _BLANKS.match(self._piece, self._at):
                self._at = blanks.end()
            else:
                return self._piece[self._at]

    def value(self) -> tuple[Any, str]:
        """The next value and what is wrong with it ("" for nothing)."""
        self.peek()
        while True:
            try:
                value, end, fault = self._values.read(self._piece, self._at)
            except JSONDecodeError as error:
                if not self._may_be_cut(error):
                    raise self._no_json(error) from None
            except RecursionError:
                raise self.problem("lists or objects nested too deep") from None
            else:
                # `1` may be cut from `1.5e+3`, so that a number is sure only with some more behind
                if self._ended or end + 3 <= len(self._piece):
                    break
            self._more()
        if not (self._sound or is_utf8(self._piece[self._at : end])):
            fault = fault or "bytes that are no UTF-8"
        self._at = end
        return value, fault

    def elements(self) -> Iterator[None]:
        """Stop at each element of the list that begins here; who asks has to read it."""
        yield from self._members("[", "]")

    def fields(self) -> Iterator[str]:
        """The keys of the object that begins here; who asks has to read the value of each."""
        for _ in self._members("{", "}"):
            if self.peek() != '"':
                raise self.problem("an object's key has to stand in double quotes")
            key, fault = self.value()
            if fault:
                raise self.problem(fault)
            self._take(":")
            yield key

    def problem(self, what: str) -> UsageError:
        """What is wrong here, as an error to raise."""
        return UsageError(f"{self.path}:{self.line}", what, _REMEDY)

    def _members(self, opening: str, closing: str) -> Iterator[None]:
        self._take(opening)
        if self.peek() == closing:
            self._at += 1
            return
        while True:
            yield
            if self.peek() != ",":
                self._take(closing)
                return
            self._at += 1

    def _take(self, wanted: str) -> None:
        found = self.peek()
        if found != wanted:
            what = f"{shown(found)} where {wanted!r} has to stand" if found else "the file ends"
            raise self.problem(f"not valid JSON ({what} at column {self._column_of(self._at)})")
        self._at += 1

    def _more(self) -> None:
        """Let go of what was passed and read on; twice as much each time a value needs more."""
        before = self._piece[: self._at]
        last = before.rfind("\n")
        self._lines += before.count("\n")
        self._column = self._at - last - 1 if last >= 0 else self._column + self._at
        self._passed += self._at
        rest = self._piece[self._at :]
        if len(rest) > RECORD_LIMIT:
            raise self._too_large()
        read = self._stream.read(min(max(_PIECE, len(rest)), RECORD_LIMIT - len(rest) + _PIECE))
        self._piece, self._at, self._ended = rest + read, 0, not read
        self._sound = self._sound and is_utf8(read)

    def _too_large(self) -> UsageError:
        what = f"a value of more than {RECORD_LIMIT // 2**20} MiB, or a quote that is never closed"
        return UsageError(f"{self.path}:{self._lines + 1}", what, "shorten or mend it")

    def _may_be_cut(self, error: JSONDecodeError) -> bool:
        near_the_end = error.pos > len(self._piece) - 16  # no name or escape is longer
        return not self._ended and (near_the_end or error.msg.startswith("Unterminated"))

    def _no_json(self, error: JSONDecodeError) -> UsageError:
        line = self._lines + self._piece.count("\n", 0, error.pos) + 1
        what = f"not valid JSON ({error.msg} at column {self._column_of(error.pos)})"
        return UsageError(f"{self.path}:{line}", what, _REMEDY)

    def _column_of(self, at: int) -> int:
        last = self._piece.rfind("\n", 0, at)
        return at - last if last >= 0 else self._column + at + 1
