"""The smallest set of rules that predicts the labels."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from specharness.compile.exhaustive import Set, count_sets, every_best
from specharness.compile.votes import Matrix, Votes

EXACT = 25  # candidates up to which every set is looked at (1.8 million of up to 8 rules)
BEAM = 200  # sets kept per size beyond
FOLDS = 10
_CHUNK = 4096
_MOST_SETS = 2_000_000  # so that a budget of more rules than 8 ends in reasonable time

Screen = Callable[[Votes], list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much a spec may hold: rules, and words in all. `words` are those of each candidate."""

    words: tuple[int, ...]
    rules: int = 8
    total: int = 250

    def allows(self, chosen: Sequence[int]) -> bool:
        """Whether a set of candidates fits."""
        return len(chosen) <= self.rules and sum(self.words[j] for j in chosen) <= self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The best set of one size; its accuracy on pairs that had no part in choosing it, 0..1.

    `error` is the standard error of `held_out`, over clusters.
    """

    rules: Set
    held_out: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The set that was chosen, the path it lies on, and what each of its rules is worth.

    `path` begins with the empty set (0.5). `worth` is the share of pairs that the set gets right
    and would not without the rule, in the order of `rules`.
    """

    rules: Set
    path: tuple[Step, ...]
    worth: tuple[float, ...]


def outcomes(matrix: Matrix, rules: Sequence[int]) -> NDArray[np.float64]:
    """Per pair, whether the rules' votes together point to the chosen response: 1, 0 or 0.5."""
    score = matrix[:, list(rules)].sum(axis=1, dtype=int)
    halves: NDArray[np.float64] = (1 + np.sign(score)) / 2
    return halves


def select_rules(
    votes: Votes,
    screen: Screen,
    budget: Budget,
    seed: int = 0,
    entering: Sequence[int] | None = None,
) -> Selection:
    """Choose the smallest set within one standard error of the best (Breiman et al. 1984, 3.4.3).

    `screen` names the candidates that may enter, from votes alone; where those of all `votes` were
    screened already, they are the `entering`. Accuracy is cross-fitted:
    screening and choosing (by beam) are done anew without each fold of clusters, and judged on it,
    so no pair counts for a rule that it helped to choose. Votes are in the rules' directions.
    """
    candidates = screen(votes) if entering is None else entering
    sets = best_sets(votes.matrix, candidates, budget)
    path = tuple(_path(votes, sets, _held_out(votes, screen, budget, seed)))
    chosen = _one_standard_error(path)
    return Selection(rules=chosen, path=path, worth=worth_of(votes.matrix, chosen))


def _path(votes: Votes, sets: list[Set], held_out: NDArray[np.float64]) -> Iterator[Step]:
    for size, rules in enumerate(sets):
        yield Step(
            rules=rules,
            held_out=float(held_out[size].mean()) if held_out.shape[1] else 0.5,
            error=cluster_error(held_out[size], votes.clusters),
        )


def cluster_error(values: NDArray[np.float64], clusters: NDArray[np.intp]) -> float:
    """The standard error of a mean when the pairs of a cluster hang together; 0 below 2 pairs."""
    n = len(values)
    if n < 2:
        return 0.0
    sums = np.bincount(clusters, weights=values - values.mean())
    return sqrt(float((sums**2).sum())) / n


def _one_standard_error(path: Sequence[Step]) -> Set:
    best = max(path, key=lambda step: (step.held_out, -len(step.rules)))
    enough = best.held_out - best.error
    return next(step.rules for step in path if step.held_out >= enough)


def worth_of(matrix: Matrix, rules: Set) -> tuple[float, ...]:
    """The share of pairs that a set gets right and would not without each of its rules."""
    if not len(matrix):
        return tuple(0.0 for _ in rules)
    whole = outcomes(matrix, rules).mean()
    without = [[j for j in rules if j != left] for left in rules]
    return tuple(float(whole - outcomes(matrix, rest).mean()) for rest in without)


def _held_out(votes: Votes, screen: Screen, budget: Budget, seed: int) -> NDArray[np.float64]:
    """Outcome of every pair under the sets chosen without its fold: (sizes, pairs)."""
    found = np.full((budget.rules + 1, len(votes.matrix)), 0.5)
    for inside in folds(votes.clusters, seed):
        seen = votes.take(np.flatnonzero(~inside))
        direction = np.where(seen.matrix.sum(axis=0, dtype=int) < 0, -1, 1).astype(np.int8)
        pointed = Votes(matrix=seen.matrix * direction, clusters=seen.clusters, longer=seen.longer)
        sets = best_sets(pointed.matrix, screen(pointed), budget, exact=0)
        for size in range(budget.rules + 1):
            rules = list(sets[min(size, len(sets) - 1)])
            found[size, inside] = outcomes((votes.matrix * direction)[inside], rules)
    return found


def folds(clusters: NDArray[np.intp], seed: int) -> Iterator[NDArray[np.bool_]]:
    """Which pairs lie in each fold; whole clusters, up to ten folds of about equal counts."""
    count = int(clusters.max()) + 1 if len(clusters) else 0
    order = np.random.default_rng(seed).permutation(count)
    for fold in range(min(FOLDS, count) if count > 1 else 0):
        yield np.isin(clusters, order[fold::FOLDS])


def best_sets(
    matrix: Matrix, candidates: Sequence[int], budget: Budget, exact: int = EXACT
) -> list[Set]:
    """For every size from 0 the set that predicts most pairs rightly (undecided ones count half).

    Every set is looked at for up to `exact` candidates (and two million sets), a beam of 200
    beyond. Of equally good sets the one of fewer words, then the first by index, wins; the list
    ends where no larger set fits.
    """
    offered = sorted(candidates)
    votes, words = matrix[:, offered], tuple(budget.words[j] for j in offered)
    few = len(offered) <= exact and count_sets(len(offered), budget.rules) <= _MOST_SETS
    best = (
        every_best(votes, words, budget.rules, budget.total)
        if few
        else _beam(votes, replace(budget, words=words))
    )
    return [tuple(offered[j] for j in chosen) for chosen in best]


def _beam(matrix: Matrix, budget: Budget) -> list[Set]:
    chosen: list[Set] = [()]
    beam: list[Set] = [()]
    patterns, counts = np.unique(matrix, axis=0, return_counts=True)
    votes = np.ascontiguousarray(patterns.T, dtype=np.float32)  # (rules, patterns)
    weights = counts.astype(np.float32)
    for _ in range(budget.rules):
        sets = (s for s in _grown(beam, len(votes)) if budget.allows(s))
        beam = _ranked((votes, weights), sets, budget)
        if not beam:
            break
        chosen.append(beam[0])
    return chosen


def _grown(beam: Sequence[Set], count: int) -> list[Set]:
    rules = range(count)
    grown = {tuple(sorted({*kept, new})) for kept in beam for new in rules if new not in kept}
    return sorted(grown)


def _ranked(
    table: tuple[NDArray[np.float32], NDArray[np.float32]], sets: Iterator[Set], budget: Budget
) -> list[Set]:
    """The best sets of one size, best first; as many as a beam holds."""
    votes, weights = table
    best: list[tuple[float, int, Set]] = []
    while chunk := [one for _, one in zip(range(_CHUNK), sets, strict=False)]:
        members = np.zeros((len(chunk), len(votes)), dtype=np.float32)  # (sets, rules)
        members[np.arange(len(chunk))[:, None], np.array(chunk)] = 1
        # whole numbers below 2**24 all the way: exact in float32, whatever the order of addition
        right = np.sign(members @ votes) @ weights  # (sets, patterns) -> (sets,)
        floor = np.partition(right, -BEAM)[-BEAM] if len(chunk) > BEAM else -np.inf
        best += [
            (-float(right[i]), sum(budget.words[j] for j in chunk[i]), chunk[i])
            for i in np.flatnonzero(right >= floor)
        ]
        best = sorted(best)[:BEAM]
    return [one for _, _, one in best]
