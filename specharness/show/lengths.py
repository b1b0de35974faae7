"""Lengths of the texts in words, and what length alone says about the labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specharness.judging import length_rule
from specharness.records import Pair
from specharness.show.facts import Histogram, Lengths, Quantiles

Words = NDArray[np.int64]

_WIDE = 32  # lengths that differ by more than this factor get coarser bins
_CENTRAL = 95  # per cent of the differences that lie within the drawing
_HALF = 10  # bins on each side of "about equal"
_UNSPACED = 15  # letters a word, from which blanks do not stand between words


def measure_lengths(pairs: Sequence[Pair]) -> Lengths:
    """The lengths of prompts (all turns), chosen and rejected responses; at least one pair."""
    chosen, rejected = (word_counts([getattr(p, s) for p in pairs]) for s in ("chosen", "rejected"))
    prompts = word_counts([" ".join(turn.content for turn in pair.prompt) for pair in pairs])
    edges = length_edges(np.concatenate([chosen, rejected]))
    letters = sum(letter_count(text) for pair in pairs for text in (pair.chosen, pair.rejected))
    return Lengths(
        prompt=quantiles(prompts),
        chosen=quantiles(chosen),
        rejected=quantiles(rejected),
        ratio=quantiles(chosen / np.maximum(rejected, 1)),
        longer=length_rule(pairs),
        equal=int((chosen == rejected).sum()),
        unspaced=letters > _UNSPACED * int(chosen.sum() + rejected.sum()),
        chosen_bins=_counted(chosen, edges),
        rejected_bins=_counted(rejected, edges),
        difference=difference_bins(chosen - rejected),
    )


def word_counts(texts: Sequence[str]) -> Words:
    """How many runs between blanks each text has."""
    return np.array([len(text.split()) for text in texts], np.int64)


def letter_count(text: str) -> int:
    """How many characters a text has without its blanks."""
    return sum(map(len, text.split()))


def quantiles(values: NDArray[np.int64] | NDArray[np.float64]) -> Quantiles:
    """The five percentiles of at least one value.

    >>> quantiles(np.array([1, 2, 3, 4, 5])).median
    3.0
    """
    low, lower, median, upper, high = np.percentile(values, [5, 25, 50, 75, 95]).tolist()
    return Quantiles(low=low, lower=lower, median=median, upper=upper, high=high)


def length_edges(values: Words) -> tuple[float, ...]:
    """Bin edges that grow by a factor, whole numbers, from the shortest to above the longest.

    >>> length_edges(np.array([1, 9]))
    (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
    """
    least, most = max(1, int(values.min())), max(1, int(values.max()))
    step = 0.5 if most > _WIDE * least else 0.25
    exponents = np.arange(np.floor(np.log2(least) / step), np.log2(most + 1) / step + 2)
    edges = sorted({round(2.0 ** (step * exponent)) for exponent in exponents})
    first = max(i for i, edge in enumerate(edges) if edge <= least)
    last = next(i for i, edge in enumerate(edges) if edge > most)
    return tuple(map(float, edges[first : last + 1]))


def difference_bins(values: Words) -> Histogram:
    """Chosen minus rejected in 21 equal bins around 0; what lies beyond is put into the outer ones.

    The bins are as wide as makes 95 % of the values fit: 1, 2 or 5 times a power of ten, in words.
    A value on an edge counts to the bin further out, on both sides of 0.
    """
    reach = float(np.percentile(np.abs(values), _CENTRAL))
    width = _round_up(max(1.0, reach / (_HALF + 0.5)))
    steps = np.sign(values) * np.floor(np.abs(values) / width + 0.5).astype(np.int64)
    places = np.clip(steps, -_HALF, _HALF) + _HALF
    return Histogram(
        edges=tuple(width * (i - 0.5) for i in range(-_HALF, _HALF + 2)),
        counts=tuple(np.bincount(places, minlength=2 * _HALF + 1).tolist()),
        below=int((steps < -_HALF).sum()),
        above=int((steps > _HALF).sum()),
    )


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, ..."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(power * step for step in (1, 2, 5, 10) if power * step >= value * (1 - 1e-9)))


def _counted(values: Words, edges: Sequence[float]) -> Histogram:
    counts = np.histogram(values, np.array(edges))[0].tolist()
    return Histogram(edges=tuple(edges), counts=tuple(counts))
