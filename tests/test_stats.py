"""stats against closed forms, a published example, an independent inversion and simulation."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm

from specharness.gate import stats

# lost, won, n: lower and upper one-sided 95 % bounds, from an independent bisection
TANGO = [
    (0, 0, 1, -0.730134, 0.730134),
    (0, 0, 20, -0.119158, 0.119158),
    (0, 0, 59, -0.043846, 0.043846),
    (1, 0, 20, -0.196007, 0.075116),
    (2, 5, 100, -0.016066, 0.082324),
    (5, 2, 100, -0.082324, 0.016066),
    (10, 4, 100, -0.126983, 0.001683),
    (30, 12, 300, -0.096846, -0.025279),
    (50, 50, 1000, -0.016625, 0.016625),
    (3, 0, 3, -1.0, -0.051609),
    (0, 3, 3, 0.051609, 1.0),
    (19, 1, 20, -0.97753, -0.607986),
]


@pytest.mark.parametrize(("lost", "won", "n", "low", "high"), TANGO)
def test_tango_bounds_equal_the_reference(lost, won, n, low, high):
    assert stats.tango_lower(lost, won, n, 0.05) == pytest.approx(low, abs=2e-6)
    assert stats.tango_upper(lost, won, n, 0.05) == pytest.approx(high, abs=2e-6)


def test_tango_reproduces_a_published_interval():
    # airway hyper-responsiveness, 21 children, 7 against 1: Fagerland, Lydersen & Laake (2014),
    # Statistics in Medicine 33:2850, Tango's asymptotic score interval -0.517 to -0.026
    bounds = stats.tango_lower(7, 1, 21, 0.025), stats.tango_upper(7, 1, 21, 0.025)
    assert [round(x, 3) for x in bounds] == [-0.517, -0.026]


@pytest.mark.parametrize(("lost", "won", "n"), [(5, 2, 100), (2, 5, 40), (1, 1, 10), (30, 12, 90)])
def test_tango_bound_solves_the_score_equation_with_a_numerical_likelihood(lost, won, n):
    low = stats.tango_lower(lost, won, n, 0.05)

    def unlikely(q):  # q = P(lost); P(won) = q + low
        cells = np.array([q, q + low, 1 - 2 * q - low])
        return -np.dot([lost, won, n - lost - won], np.log(np.maximum(cells, 1e-300)))

    q = minimize_scalar(
        unlikely, bounds=(-low, (1 - low) / 2), method="bounded", options={"xatol": 1e-12}
    ).x
    z = (won - lost - n * low) / np.sqrt(n * (2 * q + low - low**2))
    assert z == pytest.approx(norm.isf(0.05), abs=1e-4)


@pytest.mark.parametrize("n", [1, 2, 20, 1000])
def test_tango_at_its_ends(n):
    z2 = norm.isf(0.05) ** 2
    assert stats.tango_lower(0, 0, n, 0.05) == pytest.approx(-z2 / (n + z2))
    assert stats.tango_lower(n, 0, n, 0.05) == -1
    assert stats.tango_lower(0, n, n, 0.05) == pytest.approx((n - z2) / (n + z2))
    assert stats.tango_upper(0, n, n, 0.05) == 1


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))
@settings(max_examples=200, deadline=None)
def test_tango_bounds_enclose_the_difference(lost, won, same):
    n = max(1, lost + won + same)
    low, high = stats.tango_lower(lost, won, n, 0.05), stats.tango_upper(lost, won, n, 0.05)
    assert -1 <= low <= (won - lost) / n <= high <= 1
    assert stats.tango_lower(lost, won, n, 0.01) <= low
    if low > -1 and lost + won:
        assert float(stats.tango_z(lost, won, n, -low)) == pytest.approx(norm.isf(0.05), abs=1e-5)


@pytest.mark.parametrize("n", [59, 80, 100, 150, 300, 1000])
@pytest.mark.parametrize("churn", [0.05, 0.08, 0.15, 0.3])
def test_a_true_drop_of_the_margin_rarely_passes(n, churn):
    # exact, over all outcomes; an asymptotic score test may exceed its level by half a point
    flips = np.arange(n + 1)[:, None]
    lost = np.arange(n + 1)[None, :]
    chance = binom.pmf(flips, n, churn) * binom.pmf(lost, flips, (churn + 0.05) / 2 / churn)
    won = np.maximum(flips - lost, 0)
    passes = stats.tango_z(np.minimum(lost, flips), won, n, 0.05) > norm.isf(0.05)
    assert np.sum(np.where(lost <= flips, chance, 0) * passes) <= 0.0555


def test_midp_equals_the_closed_form_and_hand_counts():
    lost, won = np.meshgrid(np.arange(15), np.arange(15))
    flips = lost + won
    expected = binom.sf(lost, flips, 0.5) + binom.pmf(lost, flips, 0.5) / 2
    assert stats.midp(lost, won) == pytest.approx(np.where(flips == 0, 1, expected))
    assert float(stats.midp(1, 0)) == 0.25
    assert float(stats.midp(0, 1)) == 0.75
    assert float(stats.midp(4, 4)) == pytest.approx(0.5)
    assert float(stats.midp(0, 0)) == 1


def test_sign_flip_enumerates_few_clusters():
    values = [-0.4, -0.2, 0.1, -0.05, 0.3]
    totals = [np.dot(s, values) for s in product((-1, 1), repeat=5)]
    expected = np.mean([x <= sum(values) + 1e-9 for x in totals])
    assert stats.sign_flip_p(values, np.random.default_rng(0)) == expected
    assert stats.sign_flip_p([-0.1] * 10, np.random.default_rng(0)) == 2**-10


@pytest.mark.parametrize("values", [[], [0.0], [0.0] * 40])
def test_sign_flip_without_change_is_one(values):
    assert stats.sign_flip_p(values, np.random.default_rng(0)) == 1


def test_sign_flip_counts_ties_despite_rounding():
    # 0.1 + 0.2 - 0.3 is not 0 in floating point: all patterns with a zero total are ties
    values = [-0.1, -0.2, 0.3]
    totals = np.round([np.dot(s, values) for s in product((-1, 1), repeat=3)], 9)
    assert stats.sign_flip_p(values, np.random.default_rng(0)) == np.mean(totals <= 0)


def test_sign_flip_draws_agree_with_the_binomial():
    sums = np.r_[-np.ones(22), np.ones(12)]
    p = stats.sign_flip_p(sums, np.random.default_rng(1))
    assert p == pytest.approx(binom.sf(21, 34, 0.5), abs=4 * np.sqrt(0.06 / stats.DRAWS))
    assert p == stats.sign_flip_p(sums, np.random.default_rng(1))
    assert stats.sign_flip_p(-np.ones(60), np.random.default_rng(1)) == 1 / (1 + stats.DRAWS)


def test_cluster_sums_do_not_depend_on_order():
    rng = np.random.default_rng(2)
    values, groups = rng.normal(size=200), rng.integers(0, 30, 200)
    order = rng.permutation(200)
    first = stats.cluster_sums(values, groups.tolist())
    assert first.tolist() == stats.cluster_sums(values[order], groups[order].tolist()).tolist()
    assert first.tolist() == sorted(first.tolist())
    assert stats.cluster_sums([3.0, 1.0]).tolist() == [1.0, 3.0]


def test_wilson_matches_a_published_interval_and_its_ends():
    # Newcombe (1998), Statistics in Medicine 17:857, table I: 81 of 263
    assert [round(x, 4) for x in stats.wilson(81, 263)] == [0.2553, 0.3662]
    assert stats.wilson(0, 0) == (0, 1)
    assert stats.wilson(0, 10)[0] == 0
    assert stats.wilson(10, 10)[1] == pytest.approx(1)
    assert stats.wilson(1, 1)[0] == pytest.approx(1 / (1 + norm.isf(0.025) ** 2))


def test_effective_n_is_n_without_clusters_and_the_clusters_without_flips():
    flips = np.array([-1, 0, 1, 0, 0, -1])
    assert stats.effective_n(flips) == 6
    assert stats.effective_n(flips, list("abcdef")) == 6
    assert stats.effective_n(np.zeros(60), [i // 10 for i in range(60)]) == pytest.approx(6)
    assert stats.effective_n(flips, ["a"] * 6) == 1
    assert stats.effective_n([1], ["a"]) == 1


def test_effective_n_nears_the_truth_with_many_clusters():
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(2000), 5)
    whole = np.repeat(rng.choice([-1, 0, 1], 2000, p=[0.1, 0.8, 0.1]), 5)
    alone = rng.choice([-1, 0, 1], 10_000, p=[0.1, 0.8, 0.1])
    assert stats.effective_n(whole, groups.tolist()) == pytest.approx(2000, rel=0.01)
    assert stats.effective_n(alone, groups.tolist()) > 9300


def test_minimum_pairs():
    assert [stats.minimum_pairs(m, 0.05) for m in (0.5, 0.1, 0.05, 0.02)] == [5, 29, 59, 149]


@pytest.mark.parametrize(("lost", "won", "n"), [(0, 0, 20), (5, 5, 100), (3, 1, 60), (1, 5, 30)])
def test_pairs_to_pass_is_the_first_number_that_passes(lost, won, n):
    needed = stats.pairs_to_pass(lost, won, n, 0.05, 0.05)

    def passes(total):
        at_rates = lost * total / n, won * total / n, total
        return stats.tango_lower(*at_rates, 0.05) > -0.05 and total >= 59

    assert passes(needed)
    assert not passes(needed - 1)


def test_pairs_to_pass_is_infinite_at_the_margin():
    assert stats.pairs_to_pass(5, 0, 100, 0.05, 0.05) == np.inf


@pytest.mark.parametrize(("n", "churn"), [(100, 0.2), (300, 0.1), (1000, 0.1)])
def test_detectable_drop_is_detected_four_times_in_five(n, churn):
    rng = np.random.default_rng(4)
    drop = stats.detectable_drop(n, churn, 0.04)
    cells = [(churn + drop) / 2, (churn - drop) / 2, 1 - churn]
    lost, won, _ = rng.multinomial(n, cells, 20_000).T
    assert np.mean(stats.midp(lost, won) <= 0.04) == pytest.approx(0.8, abs=0.03)


def test_detectable_drop_is_everything_when_nothing_can_be_shown():
    assert stats.detectable_drop(1, 0, 0.04) == 1
