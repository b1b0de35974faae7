"""How well a rule's votes agree with the labels, and whether chance could do as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from specharness.compile.votes import Matrix, Votes
from specharness.gate.stats import wilson

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
    held_out = _held_out(votes)
    p = permutation_p(votes, rng, permutations)
    columns = range(votes.matrix.shape[1])
    return tuple(_evidence(votes, j, float(held_out[j]), float(p[j])) for j in columns)


def _evidence(votes: Votes, rule: int, held_out: float, p: float) -> Evidence:
    column = votes.matrix[:, rule]
    direction: Literal[1, -1] = -1 if column.sum(dtype=int) < 0 else 1
    pointed = column * direction
    support, contradict = int((pointed > 0).sum()), int((pointed < 0).sum())
    return Evidence(
        direction=direction,
        support=support,
        contradict=contradict,
        silent=len(column) - support - contradict,
        accuracy=_share(support, contradict),
        lower=wilson(support, support + contradict, alpha=0.2)[0],
        held_out=held_out,
        p=p,
        controlled=_controlled(pointed, votes.longer),
    )


def _share(support: int, contradict: int) -> float:
    return support / (support + contradict) if support + contradict else 0.5


def _controlled(pointed: Matrix, longer: Matrix) -> float | None:
    shares = []
    for side in (1, -1):
        spoken = pointed[longer == side]
        support, contradict = int((spoken > 0).sum()), int((spoken < 0).sum())
        if not support + contradict:
            return None
        shares.append(_share(support, contradict))
    return sum(shares) / 2


def cluster_sums(votes: Votes) -> NDArray[np.float64]:
    """The votes summed within clusters: (pairs, rules) -> (clusters, rules)."""
    count = int(votes.clusters.max()) + 1 if len(votes.clusters) else 0
    sums = np.zeros((count, votes.matrix.shape[1]))
    np.add.at(sums, votes.clusters, votes.matrix)
    return sums


def _held_out(votes: Votes) -> NDArray[np.float64]:
    """Accuracy of every cluster's votes in the direction that the other clusters give."""
    sums = cluster_sums(votes)
    others = np.sign(sums.sum(axis=0) - sums)[votes.clusters] if len(sums) else sums
    agreement = votes.matrix * others  # (pairs, rules); 0 where the others are undecided
    spoken = (votes.matrix != 0).sum(axis=0)
    right = (agreement > 0).sum(axis=0) + 0.5 * ((agreement == 0) & (votes.matrix != 0)).sum(axis=0)
    return np.where(spoken > 0, right / np.maximum(spoken, 1), 0.5)


def permutation_p(
    votes: Votes, rng: np.random.Generator, permutations: int = PERMUTATIONS
) -> NDArray[np.float64]:
    """Family-wise p of every rule by the max-T method: (pairs, rules) -> (rules,).

    The labels of whole clusters are flipped at random; T is the studentised sum of a rule's votes,
    in absolute value, and p the share of flips in which *any* rule's T reaches this rule's
    (Westfall and Young 1993; the observed labels count as one flip, so p is never 0). All 1 without
    votes.
    """
    sums = cluster_sums(votes)  # (clusters, rules)
    scale = np.sqrt((sums**2).sum(axis=0))
    scaled = np.divide(sums, scale, out=np.zeros_like(sums), where=scale > 0)
    observed = np.abs(scaled.sum(axis=0))
    if not scaled.size:
        return np.ones(sums.shape[1])
    signs = rng.integers(0, 2, size=(permutations, len(sums)), dtype=np.int8) * 2.0 - 1.0
    largest = np.sort(np.abs(signs @ scaled).max(axis=1))
    # a hair of tolerance: equal sums may differ in their last bit by the order of addition
    reached = permutations - np.searchsorted(largest, observed - 1e-9, side="left")
    return np.where(scale > 0, (1 + reached) / (1 + permutations), 1.0)


def tiers(evidence: Sequence[Evidence]) -> dict[Tier, list[int]]:
    """The rules of each tier, by index, the best first (p, then held-out accuracy)."""
    found: dict[Tier, list[int]] = {"supported": [], "suggestive": [], "unsupported": []}
    for index in sorted(
        range(len(evidence)), key=lambda j: (evidence[j].p, -evidence[j].held_out, j)
    ):
        found[evidence[index].tier].append(index)
    return found
