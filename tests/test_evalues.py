"""e-values against numerical integrals, exact expectations and Ville's inequality."""

from itertools import product
from math import exp, log

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom

from specharness.gate.evalues import log_e_changes, log_e_flips, log_e_not_worse


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (1, 0), (3, 5), (12, 4), (40, 70), (400, 300)])
def test_flips_are_the_integral_of_the_likelihood_ratio(lost: int, won: int) -> None:
    def ratio(theta: float) -> float:
        return exp(lost * log(2 * theta) + won * log(2 * (1 - theta))) if theta < 1 else 0.0

    whole = 2 * quad(ratio, 0.5, 1, epsabs=0, epsrel=1e-10, limit=200)[0]
    if not whole > 0:
        whole = 0.0
    assert log_e_flips(lost, won) == pytest.approx(log(whole), abs=1e-6)


@pytest.mark.parametrize("theta", [0.5, 0.4, 0.2])
def test_flips_are_worth_at_most_one_on_average(theta: float) -> None:
    # over all outcomes of 30 flips; exactly 1 where lost and won are as likely
    lost = np.arange(31)
    worth = [exp(log_e_flips(int(b), int(30 - b))) for b in lost]
    mean = float(np.dot(binom.pmf(lost, 30, theta), worth))
    assert mean == pytest.approx(1.0) if theta == 0.5 else mean < 1.0


def test_changes_are_worth_one_on_average_whatever_their_sizes() -> None:
    sizes = np.array([0.9, 0.3, 0.25, 0.02, 0.02, 0.001, 1.7, 0.5])
    worth = [exp(log_e_changes(sizes * signs)) for signs in product((-1, 1), repeat=8)]
    assert np.mean(worth) == pytest.approx(1.0)


def test_not_worse_is_worth_one_on_average_at_the_margin() -> None:
    # 6 clusters of 1 and 2 pairs, each pair lost with 0.15, won with 0.05: a drop of 10 points
    sizes = [1, 2, 1, 2, 2, 1]
    alone = {-1: 0.15, 0: 0.8, 1: 0.05}
    whole = {1: alone, 2: {2 * net: p for net, p in alone.items()}}  # pairs of a cluster move alike
    mean = 0.0
    for nets in product(*(whole[size] for size in sizes)):
        chances = [whole[size][net] for size, net in zip(sizes, nets, strict=True)]
        mean += float(np.prod(chances)) * exp(log_e_not_worse(nets, sizes, 2, 0.10))
    assert mean == pytest.approx(1.0)


def paths(rng: np.random.Generator, lost: float, won: float, n: int) -> np.ndarray:
    drawn = rng.random((200, n))
    return np.where(drawn < lost, -1, np.where(drawn < lost + won, 1, 0))


def test_looking_after_every_batch_rarely_shows_a_loss_that_is_not_there() -> None:
    flips = paths(np.random.default_rng(1), 0.05, 0.05, 600)
    ever = {"flips": 0, "changes": 0}
    for path in flips:
        ends = range(40, 601, 40)
        counts = [(int(np.sum(path[:e] < 0)), int(np.sum(path[:e] > 0))) for e in ends]
        ever["flips"] += any(log_e_flips(*c) >= log(20) for c in counts)
        ever["changes"] += any(log_e_changes(0.3 * path[:e]) >= log(20) for e in ends)
    assert max(ever.values()) / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_looking_after_every_batch_rarely_passes_a_drop_of_the_margin() -> None:
    flips = paths(np.random.default_rng(2), 0.075, 0.025, 600)
    passed = sum(
        any(log_e_not_worse(p[:e], np.ones(e), 1, 0.05) >= log(20) for e in range(40, 601, 40))
        for p in flips
    )
    assert passed / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_evidence_grows_where_there_is_some() -> None:
    flips = paths(np.random.default_rng(3), 0.10, 0.02, 800)[:60]
    found = [(int(np.sum(p < 0)), int(np.sum(p > 0))) for p in flips]
    assert np.mean([log_e_flips(*c) >= log(20) for c in found]) > 0.95
    kept = paths(np.random.default_rng(4), 0.03, 0.03, 800)[:60]
    worth = [log_e_not_worse(p, np.ones(800), 1, 0.05) >= log(20) for p in kept]
    assert np.mean(worth) > 0.95


def test_nothing_measured_is_worth_nothing() -> None:
    assert log_e_flips(0, 0) == pytest.approx(0)
    assert log_e_changes([]) == pytest.approx(0)
    assert log_e_not_worse([], [], 1, 0.05) == pytest.approx(0)
