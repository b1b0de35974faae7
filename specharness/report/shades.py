"""Tokens shaded by how far a spec moved them: a colour and a line in three strengths each way.

In the page a move takes two letters: its hundredths of a nat plus 2047 in base 64, so that moves
beyond ±20.47 nats are written as that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

from specharness.runfile import Case, TokenMoves
from specharness.visible import visible

View = Literal["head", "edit"]
LEVELS = (0.1, 0.3, 1.0)  # nats from which a token is shaded, more, most
MOST_TOLD = 5  # tokens of a response that are told in words, each way
END = "end of turn"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_ZERO = 2047


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """A stretch of a response, safe to show; `level` is -3 to 3, below zero for less probable.

    `ends` says that it stands for the end of the turn, which has no text.
    """

    text: str
    level: int = 0
    nats: float = 0.0
    ends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One response shaded, and the tokens that became more and less probable, most first."""

    name: str
    shades: tuple[Shade, ...]
    more: tuple[Shade, ...]
    less: tuple[Shade, ...]


def shade_pair(case: Case, view: View) -> tuple[Side, ...]:
    """Both responses shaded by what the spec moved, or the edit; () where there is nothing."""
    if case.moves is None:
        return ()
    sides = (
        ("chosen", case.chosen, case.moves.chosen),
        ("rejected", case.rejected, case.moves.rejected),
    )
    found = [_side(name, shade(text, moves, view)) for name, text, moves in sides]
    return tuple(found) if any(side.more or side.less for side in found) else ()


def shade(text: str, moves: TokenMoves, view: View) -> tuple[Shade, ...]:
    """A response in stretches: tokens that moved, and what lies between them."""
    found: list[Shade] = []
    read = read_letters(letters(_moved(moves, view)))
    shown = pieces(text, moves)
    if not read:
        return (Shade(text=visible(text)),)
    for piece, nats in _whole(zip(shown, read, strict=False)):
        here = Shade(text=piece, level=level(nats), nats=nats)
        if found and not here.level and not found[-1].level:
            found[-1] = Shade(text=found[-1].text + piece)
        else:
            found.append(here)
    rest = visible(text[sum(moves.sizes) :])
    if rest:  # too long: shading stopped before
        found.append(Shade(text=rest))
    elif len(read) > len(shown):
        nats = sum(read[len(shown) :])
        found.append(Shade(text=END, level=level(nats), nats=nats, ends=True))
    return tuple(found)


def edit_moves(moves: TokenMoves) -> tuple[float, ...]:
    """What the edit moved: log p(token | head) - log p(token | base), in nats."""
    both = zip(moves.head, moves.base, strict=True)
    return tuple(round(head - base, 2) for head, base in both)


def letters(nats: Sequence[float]) -> str:
    """Two letters for each move; "" where none is large enough to be shaded.

    >>> letters((0.0, 0.1, -1.0)), read_letters("f/gJeb")
    ('f/gJeb', (0.0, 0.1, -1.0))
    """
    steps = [_ZERO + max(-_ZERO, min(_ZERO, round(100 * value))) for value in nats]
    if not any(level(value) for value in nats):
        return ""
    return "".join(_LETTERS[step // 64] + _LETTERS[step % 64] for step in steps)


def read_letters(text: str) -> tuple[float, ...]:
    """The moves in nats that letters stand for; shades.js reads them alike."""
    digits = [_LETTERS.index(letter) for letter in text]
    pairs = zip(digits[::2], digits[1::2], strict=True)
    return tuple((64 * high + low - _ZERO) / 100 for high, low in pairs)


def level(nats: float) -> int:
    """How strongly a move is shaded: 0 (not at all) to 3, negative for less probable.

    >>> [level(nats) for nats in (0.05, 0.1, -0.5, 2.0)]
    [0, 1, -2, 3]
    """
    reached = sum(abs(nats) >= least for least in LEVELS)
    return reached if nats > 0 else -reached


def pieces(text: str, moves: TokenMoves) -> list[str]:
    """The text of each token, safe to show."""
    ends = accumulate(moves.sizes, initial=0)
    return [visible(text[start:end]) for start, end in pairwise(ends)]


def token_name(text: str) -> str:
    r"""A token as a list names it: without the blanks around it, unless it is nothing else.

    >>> token_name(" brief"), token_name("\n\n"), token_name(" ")
    ('brief', '↵↵', '␣')
    """
    return text.strip() or text.replace("\n", "↵").replace(" ", "␣").replace("\t", "␣")


def _side(name: str, shades: tuple[Shade, ...]) -> Side:
    ranked = sorted((s for s in shades if s.level), key=lambda s: -abs(s.nats))
    more = tuple(s for s in ranked if s.level > 0)[:MOST_TOLD]
    less = tuple(s for s in ranked if s.level < 0)[:MOST_TOLD]
    return Side(name=name, shades=shades, more=more, less=less)


def _whole(tokens: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Tokens with texts: one that only goes on with a character moves what it goes on with."""
    found: list[tuple[str, float]] = []
    for piece, nats in tokens:
        if piece or not found:
            found.append((piece, nats))
        else:
            found[-1] = (found[-1][0], found[-1][1] + nats)
    return found


def _moved(moves: TokenMoves, view: View) -> tuple[float, ...]:
    return moves.head if view == "head" else edit_moves(moves)
