"""Which pairs a condition was fitted on, and how what was fitted remembers them.

A vector or an adapter that is kept in a file carries a mark of each pair that it was made of: two
digests, no text. By them a later run finds its own gate pairs among them. Which response is the
chosen one makes no difference, nor do case and the width of blanks; texts that are nearly alike are
found only where the texts themselves are at hand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specharness.errors import UsageError
from specharness.neighbours import near_duplicates, plain_text
from specharness.records import Pair, digest

_HALF = 16  # hex digits: two halves make a mark
_OTHER = "fit it anew on other pairs: what an arm is fitted on may not judge it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a condition was fitted on: `fitted` pairs, and `chosen_on` more to choose settings on.

    `files` names the files these came from. Where it `is_elsewhere`, something in it was fitted on
    pairs that nobody knows here, which are not counted. Where it `is_kept`, what was fitted was at
    hand before the fit step, which so did not pay for it. `marks` are those of the pairs (see
    `mark_of`), as far as an artefact has them.
    """

    fitted: int = 0
    chosen_on: int = 0
    files: tuple[str, ...] = ()
    is_elsewhere: bool = False
    is_kept: bool = False
    marks: tuple[str, ...] = ()


def mark_of(pair: Pair) -> str:
    """32 hex digits: half of them are of all that the pair says, half of what it asks.

    >>> from specharness.records import Message
    >>> one = Pair(id="1", group="1", prompt=(Message(role="user", content="Why?"),),
    ...            chosen="Yes.", rejected="No.")
    >>> other = Pair(id="2", group="2", prompt=one.prompt, chosen="no.", rejected=" Yes.")
    >>> mark_of(one) == mark_of(other)
    True
    """
    return digest(_said(pair))[:_HALF] + digest(_asked(pair))[:_HALF]


def marks_of(pairs: Iterable[Pair]) -> list[str]:
    """The marks of pairs, each once, sorted."""
    return sorted({mark_of(pair) for pair in pairs})


def provenance_data(provenance: Provenance, pairs: Iterable[Pair]) -> dict[str, Any]:
    """What a file that is fitted on these pairs tells of them, as JSON values."""
    return {
        "fitted": provenance.fitted, "chosen_on": provenance.chosen_on,
        "files": list(provenance.files), "marks": marks_of(pairs),
    }  # fmt: skip


def read_provenance(told: Any) -> Provenance:
    """What a file tells of its pairs; where it does not say, they are from elsewhere."""
    try:
        found = Provenance(
            fitted=int(told["fitted"]), chosen_on=int(told["chosen_on"]), is_kept=True,
            files=tuple(map(str, told["files"])), marks=tuple(map(str, told["marks"])),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        found = Provenance()
    if not found.marks or any(len(mark) != 2 * _HALF for mark in found.marks):
        return Provenance(is_elsewhere=True, is_kept=True)
    return found


def refuse_marked(gate: Sequence[Pair], marks: Iterable[str], where: Path) -> None:
    """UsageError when a gate pair says or asks what a pair behind one of these marks does."""
    seen = tuple(marks)
    for half, verb in ((slice(_HALF), "say"), (slice(_HALF, None), "ask")):
        halves = {mark[half] for mark in seen}
        for pair in gate:
            if mark_of(pair)[half] in halves:
                what = f"a pair that it was fitted on and the gate pair {pair.id!r} {verb} the same"
                raise UsageError(where, what, _OTHER)


def without_alike(pairs: Sequence[Pair], others: Sequence[Pair]) -> tuple[Pair, ...]:
    """Those of `pairs` that neither say nor ask nearly what one of `others` does."""
    alike: set[int] = set()
    for say in (_said, _asked):
        for cluster in near_duplicates([say(pair) for pair in (*others, *pairs)]):
            if cluster[0] < len(others):
                alike.update(place - len(others) for place in cluster)
    return tuple(pair for place, pair in enumerate(pairs) if place not in alike)


def _said(pair: Pair) -> str:
    return "\n".join([_asked(pair), *sorted(map(plain_text, (pair.chosen, pair.rejected)))])


def _asked(pair: Pair) -> str:
    return plain_text(pair.prompt[-1].content)
