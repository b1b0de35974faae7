"""Planned looks against published bounds, an independent simulation and the gate itself."""

import numpy as np
import pytest
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate.sequential import bounds, levels, spent

# O'Brien-Fleming spending, one-sided 0.025 (two-sided 0.05), equally spaced looks: the tables that
# ldbounds and gsDesign print (Lan & DeMets 1983; Reboussin et al. 2000, Controlled Clinical Trials)
PUBLISHED = {
    1: (1.9600,),
    2: (2.9626, 1.9686),
    3: (3.7103, 2.5114, 1.9930),
    4: (4.3326, 2.9631, 2.3590, 2.0141),
    5: (4.8769, 3.3569, 2.6803, 2.2898, 2.0310),
}


@pytest.mark.parametrize("looks", PUBLISHED)
def test_bounds_are_the_published_ones(looks: int) -> None:
    times = [(k + 1) / looks for k in range(looks)]
    assert bounds(times, 0.025) == pytest.approx(PUBLISHED[looks], abs=2e-4)


def test_all_of_alpha_is_spent_at_the_end_and_little_before() -> None:
    assert spent([1.0], 0.05) == pytest.approx([0.05])
    assert float(spent(0.25, 0.05)) == pytest.approx(2 * norm.sf(norm.isf(0.025) * 2))
    assert np.all(np.diff(spent(np.linspace(0.05, 1, 20), 0.05)) > 0)


@pytest.mark.parametrize("times", [(0.5, 0.75, 1.0), (0.3, 0.35, 0.9, 1.0)])
def test_a_walk_without_drift_crosses_as_often_as_it_may(times: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    steps = np.sqrt(np.diff(times, prepend=0.0))
    walks = np.cumsum(steps * rng.standard_normal((200_000, len(times))), axis=1)
    crossed = walks / np.sqrt(times) >= bounds(times, 0.05)
    for look in range(len(times)):
        by_then = np.mean(crossed[:, : look + 1].any(axis=1))
        assert by_then == pytest.approx(float(spent(times[look], 0.05)), abs=0.0016)


def test_levels_are_cut_and_never_rounded_up() -> None:
    times = (0.5, 0.75, 1.0)
    exact = norm.sf(bounds(times, 0.04))
    found = np.array(levels(times, 0.04))
    assert np.all(found <= exact) and np.all(found > 0.99 * exact)
    assert levels((1.0,), 0.05) == (0.05,)


@pytest.mark.parametrize("times", [(), (0.0, 1.0), (0.5, 0.5), (0.7, 0.3), (0.5, 1.2)])
def test_looks_have_to_rise_to_one(times: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="are no looks"):
        bounds(times, 0.05)
