"""Looking more than once: what each of several planned looks may spend of the error rate.

A test at 5 % that is repeated until it says what one hopes for is wrong far more often than 5 %.
O'Brien-Fleming looks ask for very clear evidence early and leave the last look almost its full
level.
"""

from collections.abc import Sequence
from functools import cache
from math import floor, isclose, log10, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import simpson
from scipy.optimize import brentq
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate.stats import Floats

_POINTS = 801  # of the numerical integral: critical values are right to 4 decimals
_FAR = 8.0  # standard deviations at which a density is over


def spent(times: ArrayLike, alpha: float) -> Floats:
    """How much of `alpha` looks may have used up at information `times` (0 < t <= 1), elementwise.

    2 - 2 Phi(z_{alpha/2} / sqrt(t)): the spending function that gives O'Brien-Fleming-like bounds,
    `alpha` at t = 1. Source: Lan & DeMets (1983), Biometrika 70:659, alpha_1*.

    >>> [round(float(x), 5) for x in spent([0.5, 1.0], 0.05)]
    [0.00557, 0.05]
    """
    z = float(norm.isf(alpha / 2))
    return np.asarray(2 * norm.sf(z / np.sqrt(np.asarray(times, float))))


def bounds(times: Sequence[float], alpha: float) -> tuple[float, ...]:
    """One-sided critical values, in standard errors, for looks at rising information `times`.

    A statistic without drift crosses any of them with probability `spent` by then. By recursive
    numerical integration: Armitage, McPherson & Rowe (1969), JRSS A 132:235. UsageError for times
    that do not rise within (0, 1].

    >>> [round(z, 3) for z in bounds([0.2, 0.4, 0.6, 0.8, 1.0], 0.025)]
    [4.877, 3.357, 2.68, 2.29, 2.031]
    """
    _check(times)
    return _bounds(tuple(times), alpha)


@cache
def _bounds(times: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    shares = np.diff(spent(times, alpha), prepend=0.0)
    found = [float(norm.isf(shares[0]))]
    grid, density = _start(times[0], found[0])
    for before, now, share in zip(times, times[1:], shares[1:], strict=False):
        step = sqrt(now - before)
        high = _crossing(grid, density, step, float(share), now)
        found.append(high / sqrt(now))
        fresh = np.linspace(-_FAR * sqrt(now), high, _POINTS)
        # (new, old): the density of having come from each place without crossing
        moved = norm.pdf((fresh[:, None] - grid[None, :]) / step) / step
        grid, density = fresh, simpson(moved * density, x=grid, axis=1)
    return tuple(found)


def levels(times: Sequence[float], alpha: float) -> tuple[float, ...]:
    """The same as one-sided p values to stay at or below, cut to 3 digits.

    >>> levels([0.5, 0.75, 1.0], 0.05)
    (0.00557, 0.0219, 0.0427)
    """
    return tuple(_cut(float(norm.sf(z))) for z in bounds(times, alpha))


def _start(time: float, bound: float) -> tuple[Floats, Floats]:
    grid = np.linspace(-_FAR * sqrt(time), bound * sqrt(time), _POINTS)
    return grid, norm.pdf(grid / sqrt(time)) / sqrt(time)


def _crossing(grid: Floats, density: Floats, step: float, share: float, time: float) -> float:
    """The height that a path within bounds so far crosses now with probability `share`."""

    def gap(height: float) -> float:
        return float(simpson(density * norm.sf((height - grid) / step), x=grid)) - share

    return float(brentq(gap, -_FAR * sqrt(time), _FAR * sqrt(time), xtol=1e-10))


def _cut(level: float) -> float:
    unit = 10.0 ** (floor(log10(level)) - 2)
    whole = level / unit
    return round((round(whole) if isclose(whole, round(whole)) else floor(whole)) * unit, 12)


def _check(times: Sequence[float]) -> None:
    rising = all(a < b for a, b in zip([0.0, *times], times, strict=False))
    if not times or not rising or times[-1] > 1 + 1e-12:
        remedy = "name shares of all pairs that rise up to 1, such as 0.5, 0.75, 1"
        raise UsageError("looks", f"{list(times)} are no looks", remedy)
