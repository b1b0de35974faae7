"""How well a rule's votes agree with the labels, and whether chance could do as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from specharness.compile.votes import Matrix, Votes, directions

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]
Tier = Literal["supported", "suggestive", "unsupported"]

PERMUTATIONS = 2000
SUPPORTED_P = 0.10
SUPPORTED_COVERAGE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the pairs say about one rule, in the direction that most of them take.

    `support`, `contradict` and `silent` count pairs. `accuracy` is over the pairs that speak (0.5
    where none does), `lower` its one-sided 90 % Wilson bound. `held_out` is the accuracy when every
    cluster is judged by the direction that the *other* clusters give the rule: the figure to
    believe, since a rule's own pairs cannot vouch for it. `p` is the family-wise permutation p over
    all candidates that were looked at. `controlled` is the mean of the accuracies among pairs whose
    chosen response is the longer one and among those where it is the shorter one; None where
    either kind is missing, as the rule then cannot be told from length.
    """

    direction: Literal[1, -1]
    support: int
    contradict: int
    silent: int
    accuracy: float
    lower: float
    held_out: float
    p: float
    controlled: float | None

    @property
    def coverage(self) -> float:
        """The share of pairs that speak for or against the rule, 0..1."""
        pairs = self.support + self.contradict + self.silent
        return (self.support + self.contradict) / pairs if pairs else 0.0

    @property
    def tier(self) -> Tier:
        """Supported: p < 0.10 over all candidates and coverage of at least 15 %."""
        if self.coverage < SUPPORTED_COVERAGE or self.support <= self.contradict:
            return "unsupported"
        if self.p < SUPPORTED_P:
            return "supported"
        return "suggestive" if self.lower > 0.5 else "unsupported"


def weigh_evidence(
    votes: Votes, rng: np.random.Generator, permutations: int = PERMUTATIONS
) -> tuple[Evidence, ...]:
    """The evidence for every rule (column) of the matrix; rules are judged in both directions."""
    pointing = directions(votes.matrix)
    pointed = votes.matrix * pointing
    support, contradict = _counts(pointed)
    sums = cluster_sums(votes)
    columns = (
        pointing.tolist(),
        support.tolist(),
        contradict.tolist(),
        _share(support, contradict).tolist(),
        _lower(support, support + contradict).tolist(),
        _held_out(votes, sums).tolist(),
        _max_t(sums, rng, permutations).tolist(),
        _controlled(pointed, votes.longer),
    )
    return tuple(
        Evidence(
            direction=direction,
            support=for_it,
            contradict=against,
            silent=len(votes.matrix) - for_it - against,
            accuracy=accuracy,
            lower=lower,
            held_out=held_out,
            p=p,
            controlled=controlled,
        )
        for direction, for_it, against, accuracy, lower, held_out, p, controlled in zip(
            *columns, strict=True
        )
    )


def _counts(pointed: Matrix) -> tuple[Counts, Counts]:
    """How many pairs are for, and how many against each rule: (pairs, rules) -> (rules,) twice."""
    return np.count_nonzero(pointed > 0, axis=0), np.count_nonzero(pointed < 0, axis=0)


def _share(support: Counts, contradict: Counts) -> Floats:
    spoken = support + contradict
    share: Floats = np.divide(support, spoken, out=np.full(len(spoken), 0.5), where=spoken > 0)
    return share


def _lower(count: Counts, n: Counts) -> Floats:
    """The lower end of `gate.stats.wilson` at alpha 0.2, for all rules at once."""
    z = float(norm.isf(0.1))
    known = np.maximum(n, 1)
    share: Floats = count / known
    centre = share + z * z / (2 * known)
    half: Floats = z * np.sqrt(share * (1 - share) / known + z * z / (4 * known * known))
    bound: Floats = (centre - half) / (1 + z * z / known)
    lower: Floats = np.where(n > 0, np.maximum(0.0, bound), 0.0)
    return lower


def _controlled(pointed: Matrix, longer: Matrix) -> list[float | None]:
    here, there = (_counts(pointed[longer == side]) for side in (1, -1))
    means = ((_share(*here) + _share(*there)) / 2).tolist()
    told = ((here[0] + here[1] > 0) & (there[0] + there[1] > 0)).tolist()
    return [mean if known else None for mean, known in zip(means, told, strict=True)]


def cluster_sums(votes: Votes) -> NDArray[np.int32]:
    """The votes summed within clusters: (pairs, rules) -> (clusters, rules)."""
    count = int(votes.clusters.max()) + 1 if len(votes.clusters) else 0
    if not count:
        return np.zeros((0, votes.matrix.shape[1]), dtype=np.int32)
    order = np.argsort(votes.clusters, kind="stable")
    if count == len(order):  # most often every pair is a cluster
        return votes.matrix[order].astype(np.int32)
    starts = np.searchsorted(votes.clusters[order], np.arange(count))
    sums: NDArray[np.int32] = np.add.reduceat(votes.matrix[order], starts, axis=0, dtype=np.int32)
    return sums


def _held_out(votes: Votes, sums: NDArray[np.int32]) -> Floats:
    """Accuracy of every cluster's votes in the direction that the other clusters give."""
    others = np.sign(sums.sum(axis=0) - sums).astype(np.int8)  # (clusters, rules)
    agreement = votes.matrix * others[votes.clusters]  # 0 where the others are undecided
    spoken = np.count_nonzero(votes.matrix, axis=0)
    right, wrong = _counts(agreement)
    undecided = spoken - right - wrong
    found: Floats = np.where(spoken > 0, (right + 0.5 * undecided) / np.maximum(spoken, 1), 0.5)
    return found


def permutation_p(
    votes: Votes, rng: np.random.Generator, permutations: int = PERMUTATIONS
) -> Floats:
    """Family-wise p of every rule by the max-T method: (pairs, rules) -> (rules,).

    The labels of whole clusters are flipped at random; T is the studentised sum of a rule's votes,
    in absolute value, and p the share of flips in which *any* rule's T reaches this rule's
    (Westfall and Young 1993; the observed labels count as one flip, so p is never 0). All 1 without
    votes.
    """
    return _max_t(cluster_sums(votes), rng, permutations)


def _max_t(sums: NDArray[np.int32], rng: np.random.Generator, permutations: int) -> Floats:
    """(clusters, rules) -> (rules,)."""
    scale = np.sqrt((sums.astype(np.float64) ** 2).sum(axis=0))
    voting = scale > 0
    if not voting.any():
        return np.ones(sums.shape[1])
    observed = np.abs(sums.sum(axis=0))[voting] / scale[voting]
    signs = rng.integers(0, 2, size=(permutations, len(sums)), dtype=np.int8) * 2 - 1
    # whole numbers below 2**24: exact in float32, whatever the order of addition
    flipped = np.abs(signs.astype(np.float32) @ sums[:, voting].astype(np.float32))
    largest = np.sort((flipped / scale[voting]).max(axis=1))
    # a hair of tolerance: equal quotients may differ in their last bit
    reached = permutations - np.searchsorted(largest, observed - 1e-9, side="left")
    p = np.ones(sums.shape[1])
    p[voting] = (1 + reached) / (1 + permutations)
    return p


def tiers(evidence: Sequence[Evidence]) -> dict[Tier, list[int]]:
    """The rules of each tier, by index, the best first (p, then held-out accuracy)."""
    found: dict[Tier, list[int]] = {"supported": [], "suggestive": [], "unsupported": []}
    for index in sorted(
        range(len(evidence)), key=lambda j: (evidence[j].p, -evidence[j].held_out, j)
    ):
        found[evidence[index].tier].append(index)
    return found
