"""What changed between two specs, by line and, inside a changed passage, by word."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from specharness.report.worddiff import Opcode, alike_spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a line; `changed` when the other side does not have it."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line of a diff. A gap stands for `number` unchanged lines; else it is the line's."""

    kind: Literal["same", "old", "new", "gap"]
    number: int
    pieces: tuple[Piece, ...] = ()


def diff_lines(base: str, head: str, context: int = 3) -> tuple[DiffLine, ...]:
    """The changed lines with `context` unchanged ones around; empty when nothing changed."""
    if base == head:
        return ()
    old, new = _lines(base), _lines(head)
    groups = SequenceMatcher(None, old, new).get_grouped_opcodes(context)
    return tuple(_with_gaps(list(groups), old, new))


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _with_gaps(
    groups: Sequence[Sequence[Opcode]], old: Sequence[str], new: Sequence[str]
) -> Iterator[DiffLine]:
    shown = 0
    for group in groups:
        start, end = group[0][3], group[-1][4]
        if start > shown:
            yield DiffLine(kind="gap", number=start - shown)
        for code in group:
            yield from _block(code, old, new)
        shown = end
    if len(new) > shown:
        yield DiffLine(kind="gap", number=len(new) - shown)


def _block(code: Opcode, old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    kind, i, i_end, j, j_end = code
    if kind == "equal":
        yield from _numbered("same", j, ((Piece(text=line),) for line in new[j:j_end]))
        return
    before, after = _words_marked("\n".join(old[i:i_end]), "\n".join(new[j:j_end]))
    if i_end > i:
        yield from _numbered("old", i, _split(before))
    if j_end > j:
        yield from _numbered("new", j, _split(after))


def _numbered(
    kind: Literal["same", "old", "new"], first: int, lines: Iterable[tuple[Piece, ...]]
) -> Iterator[DiffLine]:
    for number, pieces in enumerate(lines, first + 1):
        yield DiffLine(kind=kind, number=number, pieces=pieces)


def _words_marked(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Both passages in pieces, the words that differ marked where the passages are alike."""
    spans = alike_spans(before, after)
    if spans is None:
        return [Piece(text=before)], [Piece(text=after)]
    pieces = [(span.kind, Piece(text=span.text, changed=span.kind != "same")) for span in spans]
    old, new = ([p for kind, p in pieces if kind in ("same", side)] for side in ("old", "new"))
    return old, new


def _split(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Pieces of a passage as the pieces of each of its lines."""
    line: list[Piece] = []
    for piece in pieces:
        first, *rest = piece.text.split("\n")
        line.append(Piece(text=first, changed=piece.changed))
        for text in rest:
            yield tuple(p for p in line if p.text)
            line = [Piece(text=text, changed=piece.changed)]
    yield tuple(p for p in line if p.text)
