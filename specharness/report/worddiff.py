"""What changed between two passages, by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

_WORDS = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")
_ALIKE = 0.4  # below this, marking words would mark nearly all of them
_MOST_WORDS = 3000

Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of both passages, or of the old or the new one only."""

    kind: Literal["same", "old", "new"]
    text: str


def diff_words(before: str, after: str) -> tuple[Span, ...]:
    """One passage that holds both: what went stands right before what came.

    Where the two are hardly alike, all of the old one stands before all of the new one.

    >>> [(span.kind, span.text) for span in diff_words("Be brief: 2 lines.", "Be terse: 2 lines.")]
    [('same', 'Be '), ('old', 'brief'), ('new', 'terse'), ('same', ': 2 lines.')]
    """
    spans = alike_spans(before, after)
    if spans is None:
        spans = (Span(kind="old", text=before), Span(kind="new", text=after))
    return tuple(span for span in spans if span.text)


def alike_spans(before: str, after: str) -> tuple[Span, ...] | None:
    """The spans of two passages that share many of their words; None when they do not."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if not old or not new or len(old) + len(new) > _MOST_WORDS:
        return None
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return None
    return tuple(_spans(matcher.get_opcodes(), old, new))


def _spans(codes: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> Iterator[Span]:
    """As few spans as there can be: a shared blank does not break a changed passage in two."""
    runs = groupby(codes, key=lambda it: it[0] == "equal" and _is_text("".join(old[it[1] : it[2]])))
    for same, run in runs:
        passages = [("".join(old[i:i_end]), "".join(new[j:j_end])) for _, i, i_end, j, j_end in run]
        before, after = ("".join(side) for side in zip(*passages, strict=True))
        if same:
            yield Span(kind="same", text=before)
        else:
            yield Span(kind="old", text=before)
            yield Span(kind="new", text=after)


def _is_text(passage: str) -> bool:
    return bool(passage.strip(" \t"))
