"""Length control: the fit against an independent one, what it controls for, and its error rates."""

import numpy as np
import pytest
from scipy.optimize import minimize

from specharness.gate.stats import Floats
from specharness.score.generate.decision import Compared, ReplyDecision, decide_replies
from specharness.score.generate.lengthcontrol import RIDGE, fit_lengths, null_scores
from specharness.settings import GateSettings


def simulate(
    n: int, *, theta: float = 0.0, phi: float = 0.0, longer: float = 0.0, seed: int = 0
) -> tuple[Floats, Floats]:
    """Verdicts (0 or 1) drawn from the model of the paper, and differences of length."""
    rng = np.random.default_rng(seed)
    sizes = rng.normal(longer, 300, n).round()
    terms = np.tanh(sizes / np.sqrt(np.mean(sizes**2)))
    p = 1 / (1 + np.exp(-(theta + phi * terms)))
    return (rng.random(n) < p).astype(float), sizes


def decided(p: Floats, sizes: Floats, margin: float = 0.05, size: int = 1) -> ReplyDecision:
    """The decision on replies of 1,000 characters at base; `size` prompts make a group."""
    lengths = [(int(1000 + more), 1000) for more in sizes]
    groups = [i // size for i in range(len(p))]
    found = Compared(preferences=p.tolist(), lengths=lengths, groups=groups)
    return decide_replies(found, GateSettings(margin=margin))


@pytest.mark.parametrize("seed", range(4))
def test_the_fit_is_the_maximum_that_another_optimiser_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, sizes = rng.random(80), rng.normal(100, 300, 80)  # fractions, as two orders give
    terms = np.tanh(sizes / np.sqrt(np.mean(sizes**2)))

    def loss(beta: Floats) -> float:
        q = 1 / (1 + np.exp(-(beta[0] + beta[1] * terms)))
        crossed = -np.sum(p * np.log(q) + (1 - p) * np.log(1 - q))
        return float(crossed + RIDGE / 2 * np.sum(beta**2))

    best = minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    fit = fit_lengths(p, sizes)
    assert (fit.theta, fit.phi) == pytest.approx(tuple(best.x), abs=1e-5)


def test_known_effects_are_found_again() -> None:
    p, sizes = simulate(20_000, theta=-0.4, phi=1.2, longer=150)
    fit = fit_lengths(p, sizes)
    assert fit.theta == pytest.approx(-0.4, abs=0.08)
    assert fit.phi == pytest.approx(1.2, abs=0.1)
    assert fit.win_rate == pytest.approx(1 / (1 + np.exp(0.4)), abs=0.02)


def test_without_a_length_effect_the_win_rate_is_the_mean() -> None:
    p, _ = simulate(500, theta=0.5)
    assert fit_lengths(p, np.zeros(500)).win_rate == pytest.approx(p.mean(), abs=1e-3)


def test_a_judge_that_likes_length_only_makes_no_winner() -> None:
    """Raw, the longer side wins three out of four; at equal length neither does."""
    p, sizes = simulate(2000, phi=2.0, longer=300)
    assert p.mean() > 0.7
    assert fit_lengths(p, sizes).win_rate == pytest.approx(0.5, abs=0.04)
    found = decided(p, sizes)
    assert found.raw > 0.4 and abs(found.difference) < 0.08
    assert found.longer == pytest.approx(30, abs=2)


def test_exchanging_head_and_base_turns_everything_round() -> None:
    p, sizes = simulate(200, theta=-0.3, phi=0.8, longer=100)
    one, two = fit_lengths(p, sizes), fit_lengths(1 - p, -sizes)
    assert two.theta == pytest.approx(-one.theta, abs=1e-8)
    assert one.win_rate + two.win_rate == pytest.approx(1)
    low, high = -null_scores(1 - p, -sizes)[::-1], null_scores(p, sizes)
    assert low == pytest.approx(high, abs=1e-8)


def test_what_length_explains_throughout_is_no_evidence() -> None:
    """The head's replies are always longer by a word, and always preferred: which is it?"""
    p, sizes = np.full(100, 0.9), np.full(100, 6.0)
    assert not null_scores(p, sizes).any()
    found = decided(1 - p, -sizes)
    assert (found.verdict, found.lost, found.p_value) == ("UNPROVEN", 100, 1.0)
    assert decided(1 - p, np.zeros(100)).verdict == "FAIL"


def test_what_all_agree_on_stays_finite() -> None:
    fit = fit_lengths(np.ones(100), np.arange(100.0))
    assert 0.9 < fit.win_rate < 1 and np.isfinite(fit.variance)
    assert np.isfinite(fit_lengths(np.array([1.0]), np.array([0.0])).reach(1.645))


def test_equal_replies_pass_from_as_many_prompts_as_anything_else() -> None:
    assert [decided(np.full(n, 0.5), np.zeros(n)).verdict for n in (58, 59)] == ["UNPROVEN", "PASS"]
    found = decided(np.full(59, 0.5), np.zeros(59))
    assert (found.difference, found.lost, found.won, found.needed) == (0.0, 0, 0, 0)
    few = decided(np.full(20, 0.5), np.zeros(20))
    assert "No pass with fewer than 59 independent prompts." in few.explain()
    assert few.needed == 59


def test_a_clear_loss_fails_and_is_told() -> None:
    found = decided(*simulate(100, theta=-2.0, phi=0.5))
    assert found.verdict == "FAIL" and found.p_value < 0.01
    told = " ".join(found.explain())
    assert f"judged worse on {found.lost} prompts" in told and "At equal lengths" in told


@pytest.mark.parametrize(("phi", "longer"), [(0.0, 0.0), (1.5, 200.0)])
def test_a_harmless_edit_fails_at_most_as_often_as_it_may(phi: float, longer: float) -> None:
    found = [decided(*simulate(80, phi=phi, longer=longer, seed=s)) for s in range(120)]
    failed = sum(each.verdict == "FAIL" for each in found)
    assert failed <= 12  # 5 % of 120 are 6; more than 12 has a probability below 1 %


def test_a_drop_of_the_margin_passes_at_most_as_often_as_it_may() -> None:
    theta = -2 * np.arctanh(0.2)
    found = [decided(*simulate(200, theta=theta, phi=1.0, seed=s), margin=0.2) for s in range(120)]
    assert sum(each.verdict == "PASS" for each in found) <= 12


def test_prompts_of_one_group_are_worth_less() -> None:
    p, sizes = simulate(30, theta=-1.0)
    whole = decided(np.repeat(p, 4), np.repeat(sizes, 4), size=4)
    apart = decided(np.repeat(p, 4), np.repeat(sizes, 4))
    assert whole.clusters == 30 and apart.clusters == 120
    assert whole.interval[0] < apart.interval[0] and whole.p_value > apart.p_value
