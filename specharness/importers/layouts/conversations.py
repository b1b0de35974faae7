"""Two whole conversations that differ in the last answer, and one with another answer beside it."""

from collections.abc import Iterator

from specharness.importers.columns import REJECTED, SIDES, Columns, columns, sides
from specharness.importers.compared import compared, is_compared
from specharness.importers.extras import extras, verdict
from specharness.importers.fields import Prompt, messages
from specharness.importers.judgement import Judgement, Layout, Options, Row
from specharness.importers.turns import (
    answered,
    blank_system,
    refuse_media,
    role,
    settled,
    unpacked,
    with_system,
)

_ANSWERING = ("assistant", "gpt", "model", "bot", "ai")
_CONVERSATIONS = ("messages", "conversations", "conversation")


def _fits_conversations(row: Row) -> bool:
    return is_compared(row, "conversations")


def _convert_conversations(row: Row, options: Options) -> Iterator[Judgement]:
    found = compared(row)
    refuse_media(found.row)
    lead, first, second = answered(found.values, found.names)
    yield Judgement(
        prompt=with_system(found.row, settled(_listed(found.row), lead)),
        first=first,
        second=second,
        better=verdict(found.row, found.names, options),
        shown=False,
        where=row.where,
        notes=blank_system(*found.values),
        **extras(found.row),
    )


def _listed(row: Columns) -> Prompt:
    """A prompt in messages, which may hold more than the sides repeat.

    A prompt in one string is passed over: it is the first or last turn, or a rendering of all.
    """
    value = unpacked(row.get("prompt"))
    return messages(value, "prompt") if isinstance(value, list) else ()


def _continued(row: Columns) -> tuple[str, str] | None:
    """The names of a conversation with its answer and of the one other answer beside it."""
    worse = [name for name in row if name in REJECTED]
    talks = [name for name in _CONVERSATIONS if _ends_with_answer(row, name)]
    if any(name in SIDES and name != "response" for name in row) or sides(row) is not None:
        return None
    return (talks[0], worse[0]) if len(talks) == len(worse) == 1 else None


def _ends_with_answer(row: Columns, name: str) -> bool:
    value = unpacked(row.get(name))
    last = value[-1] if isinstance(value, list) and value else {}
    return role(last) in _ANSWERING and "candidates" not in last


def _fits_continued(row: Row) -> bool:
    return _continued(columns(row.data)) is not None


def _convert_continued(row: Row, options: Options) -> Iterator[Judgement]:
    named = columns(row.data)
    names = _continued(named) or ("messages", "rejected_response")
    values = (unpacked(named[names[0]]), unpacked(named[names[1]]))
    refuse_media(named)
    lead, first, second = answered(values, names)
    yield Judgement(
        prompt=with_system(named, lead),
        first=first,
        second=second,
        better=verdict(named, names, options),
        shown=False,
        where=row.where,
        notes=blank_system(*values),
        **extras(named),
    )


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="conversations",
        title="two conversations that differ in the last answer (TRL, UltraFeedback binarized, "
        "LLaMA-Factory v1, torchtune)",
        fits=_fits_conversations,
        convert=_convert_conversations,
    ),
    Layout(
        name="rejected-answer",
        title="a conversation with its answer, and a rejected one beside it (ms-swift, OpenPipe)",
        fits=_fits_continued,
        convert=_convert_continued,
    ),
)
