"""Evidence against closed forms, brute force and simulated error rates."""

from itertools import product
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from specharness.compile.evidence import cluster_sums, permutation_p, tiers, weigh_evidence
from specharness.compile.merging import alike, merge_rules
from specharness.compile.votes import Votes, collect_votes
from specharness.gate.stats import wilson
from specharness.records import Message, Pair


def votes(matrix: Any, clusters: Any = None, longer: Any = None) -> Votes:
    made = np.array(matrix, dtype=np.int8)
    n = len(made)
    return Votes(
        matrix=made,
        clusters=np.arange(n) if clusters is None else np.array(clusters),
        longer=np.ones(n, dtype=np.int8) if longer is None else np.array(longer, dtype=np.int8),
    )


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def pair(chosen: str, rejected: str, group: str) -> Pair:
    prompt = (Message(role="user", content="?"),)
    return Pair(id=chosen, prompt=prompt, chosen=chosen, rejected=rejected, group=group)


def test_votes_know_groups_and_lengths() -> None:
    pairs = [pair("a b", "c", "g"), pair("a", "b c", "h"), pair("a", "c", "g")]
    found = collect_votes(np.zeros((3, 1), dtype=np.int8), pairs)
    assert found.clusters.tolist() == [0, 1, 0]
    assert found.longer.tolist() == [1, -1, 0]


def test_counts_and_direction() -> None:
    (one,) = weigh_evidence(votes([[-1], [-1], [-1], [1], [0]]), rng())
    assert (one.direction, one.support, one.contradict, one.silent) == (-1, 3, 1, 1)
    assert (one.accuracy, one.coverage) == (0.75, 0.8)
    # each -1 is judged by (-1, -1, 1) and is right, the +1 by three -1 and is wrong
    assert one.held_out == 0.75


def test_a_coin_that_fell_evenly_is_wrong_every_time_when_left_out() -> None:
    """Two for, two against: without its own vote the others always point the other way."""
    (one,) = weigh_evidence(votes([[1], [1], [-1], [-1]]), rng())
    assert one.held_out == 0.0
    assert one.tier == "unsupported"


def test_length_control_needs_both_kinds() -> None:
    matrix = [[1], [1], [1], [-1]]
    (confounded,) = weigh_evidence(votes(matrix), rng())
    assert confounded.controlled is None
    (told,) = weigh_evidence(votes(matrix, longer=[1, 1, -1, -1]), rng())
    assert told.controlled == pytest.approx((1 + 0.5) / 2)


def test_no_pairs_and_no_rules() -> None:
    (one,) = weigh_evidence(votes(np.zeros((0, 1))), rng())
    assert (one.p, one.accuracy, one.held_out, one.coverage) == (1, 0.5, 0.5, 0)
    assert weigh_evidence(votes(np.zeros((5, 0))), rng()) == ()
    (silent,) = weigh_evidence(votes(np.zeros((5, 1))), rng())
    assert (silent.p, silent.tier) == (1, "unsupported")


def exact_p(matrix: np.ndarray, clusters: list[int]) -> list[float]:
    """Max-T over every flip of the clusters, one by one."""
    names = sorted(set(clusters))

    def statistics(signs: dict[int, int]) -> list[float]:
        found = []
        for column in matrix.T:
            sums = [sum(v for v, c in zip(column, clusters, strict=True) if c == g) for g in names]
            scale = sqrt(sum(s * s for s in sums))
            found.append(abs(sum(signs[g] * s for g, s in zip(names, sums, strict=True))) / scale)
        return found

    every = [dict(zip(names, s, strict=True)) for s in product((1, -1), repeat=len(names))]
    largest = [max(statistics(signs)) for signs in every]
    observed = statistics(dict.fromkeys(names, 1))
    return [sum(top >= t - 1e-9 for top in largest) / len(every) for t in observed]


def test_p_agrees_with_all_flips() -> None:
    matrix = np.array([[1, 1, 0], [1, -1, 1], [1, 1, 1], [1, 1, -1], [1, 0, 1], [1, 1, 1],
                       [1, 1, -1], [-1, 1, 1]], dtype=np.int8)  # fmt: skip
    clusters = [0, 0, 1, 2, 3, 4, 5, 6]
    p = permutation_p(votes(matrix, clusters), rng(), permutations=40_000)
    assert p == pytest.approx(exact_p(matrix, clusters), abs=0.01)


def test_family_wise_errors_are_held_when_labels_are_noise() -> None:
    source = np.random.default_rng(5)
    false = 0
    for _ in range(300):
        matrix = source.integers(-1, 2, size=(30, 20))
        false += min(permutation_p(votes(matrix), source, permutations=199)) < 0.10
    assert false <= 300 * 0.10 + 2.6 * sqrt(300 * 0.1 * 0.9)  # 99.5 % of a binomial


def test_tiers() -> None:
    strong = np.ones(20, dtype=int)
    rare = np.array([1, 1] + [0] * 18)
    weak = np.array([1] * 13 + [-1] * 6 + [0])
    found = weigh_evidence(votes(np.stack([rare, weak, strong], axis=1)), rng())
    assert tiers(found) == {"supported": [2], "suggestive": [1], "unsupported": [0]}


SMALL = arrays(
    np.int8, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=st.integers(-1, 1)
)


@settings(deadline=None)
@given(SMALL)
def test_turning_every_label_round_turns_the_directions_only(matrix: np.ndarray) -> None:
    one, other = weigh_evidence(votes(matrix), rng()), weigh_evidence(votes(-matrix), rng())
    for a, b, column in zip(one, other, matrix.T, strict=True):
        assert (a.accuracy, a.held_out, a.p) == (b.accuracy, b.held_out, b.p)
        assert a.direction == -b.direction or column.sum() == 0
        assert 0 < a.p <= 1
        assert a.lower <= a.accuracy or a.support + a.contradict == 0


def test_likeness() -> None:
    matrix = np.array([[1, 1, -1, 0], [-1, -1, 1, 0], [1, 0, -1, 1]], dtype=np.int8)
    found = alike(matrix)
    assert found[0].tolist() == pytest.approx([1, 2 / 3, -1, 1 / 3])
    assert merge_rules(matrix, [1, 0, 3, 2], threshold=0.9) == [[1], [0, 2], [3]]
    assert merge_rules(matrix, [2, 3], threshold=0.9) == [[2], [3]]
    assert merge_rules(np.zeros((2, 2), dtype=np.int8), [0, 1]) == [[0], [1]]


def test_the_lower_bound_is_the_one_of_the_gate() -> None:
    counts = [(for_it, against) for for_it in range(25) for against in range(25)]
    matrix = np.array([[1] * f + [-1] * a + [0] * (50 - f - a) for f, a in counts]).T
    for (for_it, against), found in zip(
        counts, weigh_evidence(votes(matrix), rng(), 10), strict=True
    ):
        most = max(for_it, against)
        assert found.lower == wilson(most, for_it + against, alpha=0.2)[0]


def test_clusters_of_any_size_are_summed() -> None:
    table = np.random.default_rng(3).integers(-1, 2, size=(40, 7))
    homes = np.random.default_rng(4).integers(0, 9, size=40)
    homes = np.unique(homes, return_inverse=True)[1]
    expected = np.zeros((homes.max() + 1, 7))
    np.add.at(expected, homes, table)
    assert np.array_equal(cluster_sums(votes(table, homes)), expected)
    alone = np.random.default_rng(5).permutation(40)
    assert np.array_equal(cluster_sums(votes(table, alone)), table[np.argsort(alone)])
