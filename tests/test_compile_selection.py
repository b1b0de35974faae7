"""Selection against brute force, and its honesty on noise."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from specharness.compile.evidence import tiers, weigh_evidence
from specharness.compile.exhaustive import count_sets, every_best
from specharness.compile.selection import (
    Budget,
    best_sets,
    cluster_error,
    folds,
    outcomes,
    select_rules,
)
from specharness.compile.votes import Votes
from tests.test_compile_evidence import votes

MATRICES = arrays(
    np.int8, st.tuples(st.integers(1, 10), st.integers(1, 6)), elements=st.integers(-1, 1)
)


def supported(found: Votes) -> list[int]:
    return tiers(weigh_evidence(found, np.random.default_rng(0)))["supported"]


def test_outcomes_of_a_set() -> None:
    matrix = np.array([[1, -1, 1], [1, -1, 0], [-1, -1, 0]], dtype=np.int8)
    assert outcomes(matrix, [0, 1, 2]).tolist() == [1, 0.5, 0]
    assert outcomes(matrix, []).tolist() == [0.5] * 3


@settings(deadline=None)
@given(MATRICES, st.integers(1, 3))
def test_the_exact_search_finds_the_best_of_every_size(matrix: np.ndarray, most: int) -> None:
    count = matrix.shape[1]
    budget = Budget(words=(5,) * count, rules=most)
    for size, found in enumerate(best_sets(matrix, list(range(count)), budget)):
        best = max(outcomes(matrix, s).sum() for s in combinations(range(count), size))
        assert len(found) == size
        assert outcomes(matrix, found).sum() == best


@settings(deadline=None)
@given(MATRICES)
def test_a_beam_of_small_problems_is_exact(matrix: np.ndarray) -> None:
    count = matrix.shape[1]
    budget, everything = Budget(words=(5,) * count), list(range(count))
    exact = best_sets(matrix, everything, budget)
    assert best_sets(matrix, everything, budget, exact=0) == exact


def test_the_budget_holds() -> None:
    matrix = np.ones((4, 3), dtype=np.int8)
    assert best_sets(matrix, [0, 1, 2], Budget(words=(100, 100, 100), total=250)) == [
        (), (0,), (0, 1),
    ]  # fmt: skip
    assert best_sets(matrix, [0, 1, 2], Budget(words=(9, 8, 300))) == [(), (1,), (0, 1)]
    assert best_sets(matrix, [], Budget(words=(1, 1, 1))) == [()]


def test_one_rule_is_enough_where_others_repeat_it() -> None:
    column = np.array([1] * 36 + [-1] * 4)
    found = select_rules(votes(np.stack([column] * 3, axis=1)), supported, Budget(words=(5, 5, 5)))
    assert found.rules == (0,)
    assert found.path[1].held_out == pytest.approx(0.9)
    assert found.worth == pytest.approx((0.4,))


def test_two_rules_that_speak_of_different_pairs_are_both_chosen() -> None:
    first = np.array([1] * 20 + [0] * 20)
    found = select_rules(
        votes(np.stack([first, np.roll(first, 20)], axis=1)), supported, Budget(words=(5, 5))
    )
    assert found.rules == (0, 1)
    assert found.path[2].held_out == 1.0
    assert found.worth == (0.25, 0.25)


def test_noise_gives_no_rules_and_a_held_out_accuracy_of_a_coin() -> None:
    source = np.random.default_rng(3)
    chosen, shares = [], []
    for _ in range(30):
        matrix = source.choice([-1, 1], size=(40, 15))
        direction = np.where(matrix.sum(axis=0) < 0, -1, 1)
        found = select_rules(
            votes(matrix * direction), lambda v: list(range(15)), Budget(words=(5,) * 15, rules=3)
        )
        shares.append(found.path[-1].held_out)
        chosen.append(select_rules(votes(matrix * direction), supported, Budget(words=(5,) * 15)))
    assert abs(np.mean(shares) - 0.5) < 3 * np.std(shares) / np.sqrt(len(shares)) + 0.01
    assert sum(bool(one.rules) for one in chosen) <= 30 * 0.15


def test_folds_keep_clusters_together_and_take_every_pair_once() -> None:
    clusters = np.array([0, 0, 1, 2, 2, 2, 3])
    found = list(folds(clusters, seed=1))
    assert np.sum(found, axis=0).tolist() == [1] * 7
    assert all(len(set(inside[clusters == c])) == 1 for inside in found for c in range(4))
    assert list(folds(np.array([0, 0]), seed=1)) == []
    assert list(folds(np.array([], dtype=int), seed=1)) == []


def test_nothing_to_select_from() -> None:
    empty = select_rules(votes(np.zeros((0, 2))), supported, Budget(words=(1, 1)))
    assert (empty.rules, empty.worth) == ((), ())
    one_cluster = select_rules(
        votes(np.ones((5, 2)), clusters=[0] * 5), supported, Budget(words=(1, 1))
    )
    assert one_cluster.rules == ()


def test_error_of_clustered_pairs() -> None:
    values = np.array([1.0, 0.0, 1.0, 0.0])
    assert cluster_error(values, np.arange(4)) == pytest.approx(0.25)
    assert cluster_error(values, np.array([0, 1, 0, 1])) == pytest.approx(np.sqrt(2) / 4)
    assert cluster_error(values[:1], np.array([0])) == 0


def test_the_exact_search_counts_every_pair_of_many() -> None:
    """More pairs than fit into one slice, and sets that pairs of halves have to be put together."""
    rng = np.random.default_rng(0)
    matrix = rng.integers(-1, 2, size=(700, 9)).astype(np.int8)
    words = rng.integers(5, 40, size=9).tolist()
    for size, found in enumerate(every_best(np.tile(matrix, (130, 1)), words, 5, 90)):
        sets = [s for s in combinations(range(9), size) if sum(words[j] for j in s) <= 90]
        best = min(sets, key=lambda s: (-outcomes(matrix, s).sum(), sum(words[j] for j in s), s))
        assert found == best


def test_a_budget_of_many_rules_does_not_look_at_every_set() -> None:
    matrix = np.random.default_rng(1).integers(-1, 2, size=(30, 25)).astype(np.int8)
    assert count_sets(25, 8) == 1_807_780
    found = best_sets(matrix, range(25), Budget(words=(3,) * 25, rules=12))
    assert [len(s) for s in found] == list(range(13))
