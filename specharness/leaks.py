"""Pairs that stand on two sides: what a text was made of must not be what judges it."""

from collections.abc import Sequence
from pathlib import Path

from specharness.errors import UsageError
from specharness.neighbours import near_duplicates
from specharness.records import Pair


def refuse_leaks(seen: Sequence[Pair], gate: Sequence[Pair], where: Path) -> None:
    """UsageError when a compile pair and a gate pair of one file say the same, or nearly.

    Which response is the chosen one makes no difference.
    """
    if found := _first_alike(seen, gate, [_said(pair) for pair in (*seen, *gate)]):
        what = f"the compile pair and the gate pair {found} say nearly the same"
        raise UsageError(where, what, "give both one 'group', or remove one")


def refuse_overlap(seen: Sequence[Pair], gate: Sequence[Pair], where: Path) -> None:
    """UsageError when a pair of the file `where` says or asks what a gate pair does, or nearly.

    A split of one file keeps pairs with one prompt together; of two files nobody has.
    """
    for verb, say in (("say", _said), ("ask", _asked)):
        if found := _first_alike(seen, gate, [say(pair) for pair in (*seen, *gate)]):
            what = f"its pair and the gate pair {found} {verb} nearly the same"
            raise UsageError(where, what, "take it out: what an arm is fitted on may not judge it")


def _first_alike(seen: Sequence[Pair], gate: Sequence[Pair], texts: Sequence[str]) -> str:
    """The ids of the first two, one of each side, that are alike; "" where none are."""
    for alike in near_duplicates(texts):
        if alike[0] < len(seen) <= alike[-1]:
            return f"{seen[alike[0]].id!r} and {gate[alike[-1] - len(seen)].id!r}"
    return ""


def _said(pair: Pair) -> str:
    return "\n".join([_asked(pair), *sorted((pair.chosen, pair.rejected))])


def _asked(pair: Pair) -> str:
    return pair.prompt[-1].content
