"""The common currency of the compiler: what every rule says of every pair."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specharness.records import Pair

Matrix = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Votes:
    """A matrix (pairs, rules) of +1 / -1 / 0, with what the statistics need to know of the pairs.

    +1: the chosen response satisfies the rule more, -1: the rejected one does, 0: the rule does not
    apply. `clusters` numbers the groups of the pairs from 0; `longer` is the sign of the length of
    the chosen response over the rejected one's, in words.
    """

    matrix: Matrix
    clusters: NDArray[np.intp]
    longer: Matrix

    def take(self, pairs: NDArray[np.intp]) -> "Votes":
        """The votes on some of the pairs, by index."""
        renumbered = np.unique(self.clusters[pairs], return_inverse=True)[1]
        return Votes(matrix=self.matrix[pairs], clusters=renumbered, longer=self.longer[pairs])

    def of(self, rules: Sequence[int]) -> "Votes":
        """The votes of some of the rules, by index."""
        return Votes(matrix=self.matrix[:, rules], clusters=self.clusters, longer=self.longer)

    def toward(self, directions: NDArray[np.int8]) -> "Votes":
        """The votes of the rules in these directions: -1 turns a rule into its opposite."""
        return Votes(matrix=self.matrix * directions, clusters=self.clusters, longer=self.longer)

    def flipped(self, signs: NDArray[np.int8]) -> "Votes":
        """The votes there would be, had the labels of the pairs with sign -1 been the opposite."""
        return Votes(
            matrix=self.matrix * signs[:, None], clusters=self.clusters, longer=self.longer * signs
        )


def collect_votes(matrix: Matrix, pairs: Sequence[Pair]) -> Votes:
    """A matrix with one row per pair, completed from the pairs."""
    clusters = np.unique([pair.group for pair in pairs], return_inverse=True)[1]
    words = [(len(p.chosen.split()), len(p.rejected.split())) for p in pairs]
    longer = np.array([(w > lost) - (w < lost) for w, lost in words], dtype=np.int8)
    return Votes(matrix=matrix, clusters=clusters, longer=longer)


def directions(matrix: Matrix) -> NDArray[np.int8]:
    """The direction most pairs give each rule: 1, or -1 for the opposite; (rules,)."""
    return np.where(matrix.sum(axis=0, dtype=int) < 0, -1, 1).astype(np.int8)


def random_signs(clusters: NDArray[np.intp], times: int, seed: int) -> Iterator[NDArray[np.int8]]:
    """A 1 or -1 for each pair (pairs,), the same for all of a cluster; so many times."""
    rng = np.random.default_rng((seed, 1))
    count = int(clusters.max()) + 1 if len(clusters) else 0
    for _ in range(times):
        signs = rng.integers(0, 2, size=count, dtype=np.int8) * 2 - 1
        yield signs.astype(np.int8)[clusters]
