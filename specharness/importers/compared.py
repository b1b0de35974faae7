"""A row that holds a better and a worse side: where they are, and what kind of thing they are."""

from dataclasses import dataclass
from typing import Any, Literal

from specharness.importers.columns import Columns, Sides, asks, columns, sides
from specharness.importers.judgement import Row, Unusable
from specharness.importers.speakers import speakers, waits
from specharness.importers.turns import both, holds_its_prompt

Kind = Literal["transcripts", "after a transcript", "conversations", "lists", "answers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The columns of a row, the names of the better and the worse side, their values and kind.

    Values are messages where the cells hold messages as JSON. Each row has one kind, so the layouts
    that go by it never claim the same row.
    """

    row: Columns
    names: Sides
    values: tuple[Any, Any]
    kind: Kind


def compared(row: Row) -> Compared:
    """The two sides of a row; Unusable("missing field") where there are not just two."""
    found = find_compared(row)
    if found is None:
        raise Unusable("missing field", "no better and worse response")
    return found


def find_compared(row: Row) -> Compared | None:
    """`compared`, but None where a row has not just two sides."""
    named = columns(row.data)
    names = sides(named)
    if names is None:
        return None
    values = both(named, names)
    return Compared(row=named, names=names, values=values, kind=_kind(named, values))


def is_compared(row: Row, kind: Kind) -> bool:
    """Whether a row has a better and a worse side of this kind."""
    found = find_compared(row)
    return found is not None and found.kind == kind


def _kind(row: Columns, values: tuple[Any, Any]) -> Kind:
    if any(map(_is_answers, values)) and not any(map(_in_messages, values)):
        return "lists"
    if any(map(holds_its_prompt, values)):
        return "conversations"
    if any(isinstance(value, list | dict) for value in values):
        return "answers"
    spoken = [speakers(value) is not None for value in values]
    if all(spoken) or (any(spoken) and not asks(row)):
        return "transcripts"
    return "after a transcript" if waits(row.get("prompt")) else "answers"


def _is_answers(value: Any) -> bool:
    """A list of answers rather than one answer in messages or content parts."""
    return isinstance(value, list) and not any(isinstance(one, dict) for one in value)


def _in_messages(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and not _is_answers(value))
