"""The best set of rules of every size, with all sets looked at.

A set of k rules is a first and a last half; the votes of all halves are summed once, so that a set
costs one addition of bytes and two counts of bits. 1.8 million sets on 1,000 pairs take about a
second of one core.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from specharness.compile.votes import Matrix

_ROOM = 2**26  # bytes that the summed votes of one size of halves may take

Set = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Halves:
    """All sets of one size in lexicographic order: (sets, size), and the words of each."""

    members: NDArray[np.intp]
    words: NDArray[np.intp]

    def after(self, last: int) -> int:
        """The place of the first set whose members all come after `last`."""
        return int(np.searchsorted(self.members[:, 0], last, side="right"))

    def summed(self, columns: Matrix) -> Matrix:
        """The votes of each set, added up: (rules, pairs) -> (sets, pairs)."""
        found = np.zeros((len(self.members), columns.shape[1]), dtype=np.int8)
        for place in range(self.members.shape[1]):
            found += columns[self.members[:, place]]
        return found


def count_sets(rules: int, most: int) -> int:
    """How many sets of 1 to `most` of so many rules there are."""
    return sum(comb(rules, size) for size in range(1, most + 1))


def every_best(matrix: Matrix, words: Sequence[int], most: int, total: int) -> list[Set]:
    """For every size from 0 to `most` the set of columns that predicts most pairs rightly.

    Undecided pairs count half. Only sets of at most `total` words; of equally good ones that of
    fewer words, then the first by index. The list ends where no larger set fits.
    """
    rules = matrix.shape[1]
    known = matrix[matrix.any(axis=1)]  # a pair of which no rule speaks is a half for every set
    halves = [_halves(rules, size, words) for size in range((min(most, rules) + 1) // 2 + 1)]
    chosen: list[Set] = [()]
    for size in range(1, min(most, rules) + 1):
        found = _best(halves[size // 2], halves[size - size // 2], known, total)
        if found is None:
            break
        chosen.append(found)
    return chosen


def _halves(rules: int, size: int, words: Sequence[int]) -> _Halves:
    numbers = chain.from_iterable(combinations(range(rules), size))
    members = np.fromiter(numbers, dtype=np.intp, count=comb(rules, size) * size)
    shaped = members.reshape(comb(rules, size), size)
    weights = np.array(words, dtype=np.intp)
    return _Halves(members=shaped, words=weights[shaped].sum(axis=1))


def _best(first: _Halves, last: _Halves, matrix: Matrix, total: int) -> Set | None:
    """The best of all sets made of two halves, in lexicographic order; None where none fits."""
    begins = [last.after(int(one[-1])) if len(one) else 0 for one in first.members]
    words = np.concatenate(
        [count + last.words[begin:] for count, begin in zip(first.words, begins, strict=True)]
    )
    right = np.zeros(len(words), dtype=np.int32)
    for columns in _slices(matrix, len(last.members)):
        right += _margins(first, last, begins, columns)
    fits = words <= total
    if not fits.any():
        return None
    best = np.flatnonzero(fits & (right == right[fits].max()))
    winner = int(best[np.argmin(words[best])])
    ends = np.cumsum([len(last.members) - begin for begin in begins])
    place = int(np.searchsorted(ends, winner, side="right"))
    other = len(last.members) - (int(ends[place]) - winner)
    return (*first.members[place].tolist(), *last.members[other].tolist())


def _slices(matrix: Matrix, sets: int) -> Iterator[Matrix]:
    """The pairs in slices of a multiple of 64, filled up with silence: (rules, pairs)."""
    step = max(64, _ROOM // max(1, sets) // 64 * 64)
    for start in range(0, len(matrix), step):
        part = matrix[start : start + step]
        columns = np.zeros((matrix.shape[1], -(-len(part) // 64) * 64), dtype=np.int8)
        columns[:, : len(part)] = part.T
        yield columns


def _margins(
    first: _Halves, last: _Halves, begins: Sequence[int], columns: Matrix
) -> NDArray[np.int32]:
    """Of every set, the pairs that it gets right less those it gets wrong."""
    heads, tails = first.summed(columns), last.summed(columns)
    found = []
    for head, begin in zip(heads, begins, strict=True):
        votes = tails[begin:] + head
        found.append(_bits(votes > 0) - _bits(votes < 0))
    return np.concatenate(found)


def _bits(flags: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How many are set in each row; rows are of a multiple of 64."""
    packed = np.packbits(flags, axis=1).view(np.uint64)
    counts: NDArray[np.int32] = np.bitwise_count(packed).sum(axis=1, dtype=np.int32)
    return counts
