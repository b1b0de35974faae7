"""How much another text changes preference on the same pairs: mean, interval, tests."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import fsum, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from specharness.gate.stats import cluster_sums, sign_flip_p

TIE = 1e-9  # a change of preference this small is rounding, as in the gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The mean change of preference over `n` pairs, in [-1, 1], with a two-sided 95 % interval.

    `p_up` and `p_down` are one-sided sign-flip p values: small where the change is shown to be
    upwards, or downwards. `up` and `down` count the pairs that moved so.
    """

    n: int
    mean: float
    low: float
    high: float
    up: int
    down: int
    p_up: float
    p_down: float

    @property
    def p_value(self) -> float:
        """Two-sided: twice the smaller of both."""
        return min(1.0, 2 * min(self.p_up, self.p_down))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Who measured what, and how, as records of such a run say it.

    `spec` is the digest of what the model saw of the spec, `spec_path` its file in the project.
    `pairs` are the ids of the gate pairs that were read, of `held_out`, in `groups` groups;
    `unscored` those that could not be measured under every text, with why. `judged` is the digest
    of all gate pairs, read or not (see `ledger.chain`).
    """

    version: str
    suite: str
    mode: str
    model: str
    model_note: str
    model_digest: str
    reduce: str
    placement: str
    reference: str
    sensitivity: str
    spec: str
    spec_path: str
    held_out: int
    pairs: tuple[str, ...]
    groups: int
    unscored: tuple[tuple[str, str], ...]
    judged: str = ""


def measure_effect(
    changes: ArrayLike, groups: Sequence[Hashable] | None = None, seed: int = 0
) -> Effect:
    """The effect that `changes` of preference, one per pair (at least one), speak of.

    Pairs of one of the `groups` count as dependent, in the interval and in the tests.

    >>> found = measure_effect([0.2, 0.1, 0.3, 0.2])
    >>> round(found.mean, 3), found.up, found.p_up
    (0.2, 4, 0.0625)
    """
    values = np.asarray(changes, float)
    values = np.where(np.abs(values) <= TIE, 0.0, values)
    low, high = mean_interval(values, groups)
    sums = cluster_sums(values, groups)
    return Effect(
        n=values.size,
        mean=fsum(values) / values.size,
        low=low,
        high=high,
        up=int(np.sum(values > 0)),
        down=int(np.sum(values < 0)),
        p_up=sign_flip_p(-sums, np.random.default_rng(seed)),
        p_down=sign_flip_p(sums, np.random.default_rng(seed)),
    )


def mean_interval(
    values: ArrayLike, groups: Sequence[Hashable] | None = None, alpha: float = 0.05
) -> tuple[float, float]:
    """A two-sided 1 - `alpha` interval of the mean change, within [-1, 1].

    Student's t with clusters - 1 degrees of freedom and the cluster-robust standard error (Cameron
    & Miller 2015, J Human Resources 50:317); without groups the ordinary one. (-1, 1) for a single
    cluster, the mean itself where all values are equal.

    >>> [round(x, 3) for x in mean_interval([0.1, 0.2, 0.3])]
    [-0.048, 0.448]
    """
    numbers = np.asarray(values, float)
    mean = fsum(numbers) / numbers.size
    residuals = cluster_sums(numbers - mean, groups)
    clusters = residuals.size
    if clusters == 1:
        return -1.0, 1.0
    spread = fsum(residuals**2) * clusters / (clusters - 1)
    half = float(student.isf(alpha / 2, clusters - 1)) * sqrt(spread) / numbers.size
    return max(-1.0, mean - half), min(1.0, mean + half)
