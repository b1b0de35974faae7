"""Votes and groups in a plan, against simulation and closed forms."""

import numpy as np
import pytest
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate.observed import group_size, intraclass
from specharness.gate.planning import plan_pairs
from specharness.gate.stats import effective_n
from specharness.gate.votes import (
    Noise,
    clustered,
    design_effect,
    explain_votes,
    majority_churn,
    plan_votes,
    vote_noise,
)


def simulated(votes: int, noise: float, shared: float) -> float:
    """The share of majorities that differ, drawn vote by vote."""
    rng = np.random.default_rng(votes)
    first, other = rng.standard_normal((2, 60_000))
    mean, second = norm.ppf(0.8), shared * first + np.sqrt(1 - shared**2) * other
    majorities = [
        (mean + m[:, None] + noise * rng.standard_normal((m.size, votes)) > 0).sum(axis=1)
        > votes / 2
        for m in (first, second)
    ]
    return float(np.mean(majorities[0] != majorities[1]))


@pytest.mark.parametrize("votes", [1, 3, 9])
@pytest.mark.parametrize(("noise", "shared"), [(0.35, 1.0), (0.2, 0.97), (1.5, 0.9)])
def test_churn_of_majorities_is_that_of_drawn_votes(
    votes: int, noise: float, shared: float
) -> None:
    assert majority_churn(votes, noise, shared=shared) == pytest.approx(
        simulated(votes, noise, shared), abs=0.006
    )


def test_one_vote_has_a_closed_form_at_the_median() -> None:
    # 2 P(first vote > 0 > second vote) for a bivariate normal, by its orthant probabilities
    noise = 0.5
    spread = np.sqrt(1 + noise**2)
    from scipy.stats import multivariate_normal

    both = multivariate_normal(cov=[[1, 1 / spread**2], [1 / spread**2, 1]])
    mean = norm.ppf(0.8) / spread
    differ = 2 * (norm.cdf(mean) - both.cdf([mean, mean]))
    assert majority_churn(1, noise) == pytest.approx(differ, abs=1e-4)


@pytest.mark.parametrize(("churn", "votes"), [(0.02, 1), (0.1, 1), (0.05, 5)])
def test_noise_is_what_explains_the_churn(churn: float, votes: int) -> None:
    assert majority_churn(votes, vote_noise(churn, votes)) == pytest.approx(churn, abs=1e-5)


def test_more_votes_need_fewer_pairs_and_cost_more() -> None:
    plans = plan_votes(0.05, Noise(aa=0.08, edit=0.1))
    assert plans[0].churn == pytest.approx(0.1, abs=1e-4)
    whole = plan_pairs(0.05, churn=plans[0].churn)
    assert whole.to_pass and whole.to_catch
    assert plans[0].pairs == max(whole.to_pass, whole.to_catch)
    needed = [p.pairs for p in plans]
    assert needed == sorted(needed, reverse=True)
    assert explain_votes(plans[:2]) == (
        "1 vote a pair: an edit turns 10.0 % of the pairs, so 274 pairs (274 votes).",
        "3 votes a pair: an edit turns 8.1 % of the pairs, so 232 pairs (696 votes).",
        "Fewest votes in all: 1 vote for each of 274 pairs, under each of both specs (and both "
        "orders).",
    )


def test_an_edit_that_only_layout_turns_has_nothing_of_its_own() -> None:
    plans = plan_votes(0.05, Noise(aa=0.1, edit=0.1))
    assert plans[0].churn == pytest.approx(0.1, abs=1e-4)
    assert plans[-1].churn == pytest.approx(majority_churn(15, vote_noise(0.1)), abs=1e-6)


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"noise": Noise(aa=0.2, edit=0.1)}, "--aa-churn"),
        ({"noise": Noise(aa=0.0)}, "--aa-churn"),
        ({"noise": Noise(aa=0.05), "votes": (1, 2)}, "--votes"),
        ({"noise": Noise(aa=0.05, votes=2)}, "--votes"),
        ({"noise": Noise(aa=0.05, edit=0.9)}, "--churn"),
    ],
)
def test_what_cannot_be_meant_is_refused(values: dict[str, object], where: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan_votes(0.05, **values)  # type: ignore[arg-type]
    assert caught.value.where == where


def test_groups_cost_what_the_effective_n_says() -> None:
    rng = np.random.default_rng(0)
    size, icc, clusters = 4, 0.5, 4000
    # flips of a group: the group's own with probability sqrt(icc), else the pair's
    shared, own = (
        rng.choice([-1, 0, 1], s, p=[0.1, 0.8, 0.1]) for s in (clusters, clusters * size)
    )
    takes = rng.random(clusters * size) < np.sqrt(icc)
    flips = np.where(takes, np.repeat(shared, size), own)
    worth = effective_n(flips, np.repeat(np.arange(clusters), size).tolist())
    groups = np.repeat(np.arange(clusters), size).tolist()
    effect = design_effect(size, icc)
    assert clustered(round(worth), effect) == pytest.approx(clusters * size, rel=0.03)
    assert intraclass(flips.tolist(), groups) == pytest.approx(icc, abs=0.03)
    for bad in ((0.5, 0.1), (4, 1.1), (float("nan"), 0.1)):
        with pytest.raises(UsageError, match="--cluster-size"):
            design_effect(*bad)


def test_groups_of_several_sizes_count_as_one_size() -> None:
    # the variance of a mean of clusters of sizes m is that of 1 + (sum m^2 / sum m - 1) icc
    rng = np.random.default_rng(1)
    sizes, icc = [1, 1, 2, 6], 0.4
    groups = np.repeat(np.arange(len(sizes)), sizes)
    shared = rng.standard_normal((40_000, len(sizes)))[:, groups]
    values = np.sqrt(icc) * shared + np.sqrt(1 - icc) * rng.standard_normal(shared.shape)
    effect = float(values.mean(axis=1).var() * groups.size)
    assert design_effect(group_size(groups.tolist()), icc) == pytest.approx(effect, rel=0.03)


def test_churn_measured_with_more_votes_is_that_of_a_noisier_one() -> None:
    noise = 0.7
    aa, edit = (majority_churn(5, noise, shared=r) for r in (1.0, 0.95))
    found = plan_votes(0.05, Noise(aa=aa, edit=edit, votes=5), votes=(1, 5))
    assert found[0].churn == pytest.approx(majority_churn(1, noise, shared=0.95), abs=1e-4)
    assert found[1].churn == pytest.approx(edit, abs=1e-4)


def test_groups_multiply_the_votes() -> None:
    alone, grouped = (plan_votes(0.05, Noise(aa=0.08), votes=(3,), effect=e)[0] for e in (1, 1.5))
    assert alone.pairs and grouped.pairs == int(np.ceil(1.5 * alone.pairs))
