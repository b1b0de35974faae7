"""A few pairs that show the range of the data."""

from collections.abc import Callable, Sequence

from specharness.records import Pair
from specharness.show.facts import Example

_SEEN = 20_000  # characters of a response that are compared: enough to tell how alike two are


def find_examples(pairs: Sequence[Pair]) -> tuple[Example, ...]:
    """The shortest, median and longest pair, and those whose responses differ most and least.

    Size is the words of both responses together; difference the share of their different words that
    only one of them has (Jaccard distance). Of equals the first in the file is taken; a pair that
    is two examples stands once.
    """
    sizes = [len(pair.chosen.split()) + len(pair.rejected.split()) for pair in pairs]
    order = sorted(range(len(pairs)), key=lambda index: (sizes[index], index))
    distances = [word_distance(pair.chosen, pair.rejected) for pair in pairs]
    picked = {
        "shortest": order[0],
        "median length": order[(len(order) - 1) // 2],
        "longest": min(order, key=lambda index: (-sizes[index], index)),
        "most different": _first(max, distances),
        "most alike": _first(min, distances),
    }
    kinds: dict[int, list[str]] = {}
    for kind, index in picked.items():
        kinds.setdefault(index, []).append(kind)
    return tuple(Example(kinds=tuple(names), pair=pairs[i]) for i, names in kinds.items())


def _first(best: Callable[[Sequence[float]], float], values: Sequence[float]) -> int:
    return values.index(best(values))


def word_distance(one: str, other: str) -> float:
    """The share of the words of two texts that only one of them has, 0..1; case does not count.

    >>> word_distance("Use a list", "use a table")
    0.5
    """
    first, second = (set(text[:_SEEN].casefold().split()) for text in (one, other))
    either = first | second
    return 1 - len(first & second) / len(either) if either else 0.0
