"""How many pairs: what is planned is what the gate then does, by simulation."""

import numpy as np
import pytest
from click.testing import CliRunner

from specharness.errors import UsageError
from specharness.gate.commands import plan_command
from specharness.gate.gates import decide
from specharness.gate.planning import plan_pairs, plan_reach
from specharness.gate.stats import detectable_drop, minimum_pairs, pairs_to_pass


def share(verdict: str, n: int, *, churn: float, drop: float, margin: float) -> float:
    """How often an edit that turns `churn` of the pairs round, and costs `drop`, ends so."""
    rng = np.random.default_rng(7)
    ended = 0
    for _ in range(200):
        drawn = rng.random(n)
        lost, won = drawn < (churn + drop) / 2, (drawn >= (churn + drop) / 2) & (drawn < churn)
        base = np.where(lost, 0.8, np.where(won, 0.2, np.where(rng.random(n) < 0.8, 0.8, 0.2)))
        head = np.where(lost, 0.2, np.where(won, 0.8, base))
        ended += decide(base, head, margin=margin).verdict == verdict
    return ended / 200


@pytest.mark.parametrize(("margin", "churn"), [(0.05, 0.1), (0.08, 0.1), (0.05, 0.05), (0.1, 0.2)])
def test_the_planned_pairs_are_enough_and_far_fewer_are_not(margin: float, churn: float) -> None:
    plan = plan_pairs(margin, churn=churn)
    assert plan.to_pass and plan.to_catch
    assert 0.72 < share("PASS", plan.to_pass, churn=churn, drop=0.0, margin=margin) < 0.90
    assert share("PASS", int(0.6 * plan.to_pass), churn=churn, drop=0.0, margin=margin) < 0.70
    assert 0.72 < share("FAIL", plan.to_catch, churn=churn, drop=margin, margin=margin) < 0.90
    assert share("FAIL", int(0.6 * plan.to_catch), churn=churn, drop=margin, margin=margin) < 0.72


def test_a_pass_is_as_likely_as_not_at_the_pairs_that_stats_names() -> None:
    even = plan_pairs(0.05, power=0.5).to_pass
    assert even == pairs_to_pass(5000, 5000, 100_000, 0.05, 0.05)


def test_without_flips_the_fewest_pairs_do() -> None:
    plan = plan_pairs(0.05, churn=0.0)
    assert plan.to_pass == plan.minimum == minimum_pairs(0.05, 0.05) == 59


def test_more_is_needed_for_more_power_more_churn_and_a_tighter_margin() -> None:
    middle = plan_pairs(0.05)
    others = [plan_pairs(0.05, power=0.9), plan_pairs(0.05, churn=0.2), plan_pairs(0.04)]
    for other in others:
        assert other.to_pass and middle.to_pass and other.to_pass > middle.to_pass
        assert other.to_catch and middle.to_catch and other.to_catch > middle.to_catch


def test_what_pairs_can_do_is_the_plan_turned_round() -> None:
    plan = plan_pairs(0.05)
    assert plan.to_pass and plan.to_catch
    assert plan_reach(plan.to_pass).passes == 0.05
    assert plan_reach(plan.to_catch).shows <= 0.05 < plan_reach(plan.to_catch - 1).shows
    assert plan_reach(plan.to_catch).shows == detectable_drop(plan.to_catch, 0.1, 0.04)
    assert plan_reach(1).shows == 1


def test_what_no_practical_number_settles_is_none() -> None:
    plan = plan_pairs(0.001, churn=0.5)
    assert (plan.to_pass, plan.to_catch) == (None, None)
    assert plan.explain()[0].startswith("More than 100,000 pairs are needed for an edit")


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"margin": 0.0005}, "--margin"),
        ({"margin": 1.0}, "--margin"),
        ({"margin": float("nan")}, "--margin"),
        ({"margin": 0.05, "power": 0.4}, "--power"),
        ({"margin": 0.05, "churn": 1.1}, "--churn"),
    ],
)
def test_what_cannot_be_meant_is_refused(values: dict[str, float], where: str) -> None:
    with pytest.raises(UsageError) as found:
        plan_pairs(**values)
    assert found.value.where == where
    with pytest.raises(UsageError, match="--pairs"):
        plan_reach(0)


TOLD = """\
About 274 pairs are needed for an edit that does no harm to pass 4 times in 5.
About 267 pairs are needed for an edit that costs 5.0 points to fail 4 times in 5.
With fewer than 59 pairs nothing passes: even if none is lost, that many are needed to exclude a \
drop of 5.0 points.
This is for edits that turn 10.0 % of the pairs round, as often for better as for worse when they \
do no harm: fewer flips need fewer pairs. The share is assumed: count it in a run of yours (lost \
and won, of all pairs), and give it as --churn.
Count prompts, not pairs, where several pairs share a prompt: they tend to move together, and then \
count as little more than one (--cluster-size).
With 40 pairs, an edit that does no harm passes 4 times in 5 where the margin is 15.3 points or \
more.
A drop of 15.9 points or more is caught 4 times in 5.
"""


def test_what_a_user_reads() -> None:
    done = CliRunner().invoke(plan_command, ["--margin", "5", "--power", "0.8", "--pairs", "40"])
    assert done.output == TOLD
