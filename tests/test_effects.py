"""Effects against scipy, closed forms and simulation."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats as reference

from specharness.effects import mean_interval, measure_effect


def test_the_interval_is_students_without_groups() -> None:
    values = np.random.default_rng(1).normal(0.1, 0.2, 40)
    found = reference.ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean_interval(values) == pytest.approx((found.low, found.high))


def test_equal_values_have_no_interval_and_one_cluster_has_all_of_it() -> None:
    assert mean_interval([0.25] * 5) == (0.25, 0.25)
    assert mean_interval([0.1, 0.3], ["a", "a"]) == (-1.0, 1.0)
    assert mean_interval([0.1]) == (-1.0, 1.0)


def test_pairs_doubled_within_their_groups_say_nothing_more() -> None:
    values = np.random.default_rng(2).normal(0.0, 0.2, 25)
    groups = [f"g{i}" for i in range(25)]
    alone = mean_interval(values, groups)
    assert mean_interval(np.repeat(values, 2), np.repeat(groups, 2).tolist()) == pytest.approx(
        alone
    )


@pytest.mark.parametrize("size", [1, 4])
def test_the_interval_holds_the_mean_as_often_as_it_says(size: int) -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        shared = np.repeat(rng.normal(0, 0.1, 30), size)  # what pairs of a group have in common
        values = 0.05 + shared + rng.normal(0, 0.1, 30 * size)
        low, high = mean_interval(values, np.repeat(np.arange(30), size).tolist())
        held += low <= 0.05 <= high
    assert reference.binomtest(held, 400, 0.95).pvalue > 0.001


def test_effects_tell_both_directions() -> None:
    up = measure_effect([0.3, 0.2, 0.1, 0.0, 1e-12])
    assert (up.up, up.down, up.p_up, up.p_down) == (3, 0, 0.125, 1.0)
    assert up.p_value == 0.25 and up.mean == pytest.approx(0.12)
    down = measure_effect([-0.3, -0.2, -0.1, 0.0, 0.0])
    assert (down.up, down.down, down.p_up, down.p_down) == (0, 3, 1.0, 0.125)


def test_no_change_is_shown_in_no_direction() -> None:
    found = measure_effect([0.0] * 30)
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)
    assert found.p_up == found.p_down == found.p_value == 1.0


def shown(values: Sequence[float], groups: Sequence[str]) -> bool:
    return measure_effect(values, groups).p_up <= 0.05


def test_groups_are_not_counted_twice() -> None:
    assert shown([0.1] * 8, [f"g{i}" for i in range(8)])
    assert not shown([0.1] * 8, ["a"] * 4 + ["b"] * 4)
