"""The formulas behind the gate: plain functions of counts and arrays, each with its source.

Names: *lost* pairs preferred the chosen response at base and do so less at head, *won* pairs the
reverse, n counts all pairs compared. Shares lie in [0, 1], differences (won - lost) / n in [-1, 1].
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from math import ceil, floor, fsum, log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import binom, norm

Floats = NDArray[np.float64]

EXACT_CLUSTERS = 14  # 2**14 sign patterns are still cheaper than 9999 random ones
DRAWS = 9999
_CHUNK = 100_000  # table entries gathered at a time: they stay in the processor's cache
_BYTE_SIGNS = 1.0 - 2.0 * ((np.arange(256)[:, None] >> np.arange(8)) & 1)  # (256, 8)


def midp(lost: ArrayLike, won: ArrayLike) -> Floats:
    """McNemar's one-sided mid-p value, elementwise: small when `lost` is too large to be chance.

    P(X > lost) + P(X = lost) / 2 for X ~ Binomial(lost + won, 1/2); mid-p, since the exact test
    hardly ever reaches its level with 20 pairs. 1 where nothing flipped; a tie (lost = won) gives
    exactly 1/2. Source: Fagerland, Lydersen & Laake (2013), BMC Med Res Methodol 13:91.

    >>> float(midp(3, 0))
    0.0625
    """
    b, flips = np.asarray(lost), np.asarray(lost) + np.asarray(won)
    tail = binom.sf(b, flips, 0.5) + 0.5 * binom.pmf(b, flips, 0.5)
    return np.where(flips == 0, 1.0, tail)


def tango_z(lost: ArrayLike, won: ArrayLike, n: ArrayLike, margin: ArrayLike) -> Floats:
    """The score statistic against "the drop is `margin` or more", elementwise; large = not worse.

    `margin` lies in (-1, 1) (0.05 = 5 points); counts need not be whole (see `effective_n`). At the
    observed drop it is 0. Source: Tango (1998), Statistics in Medicine 17:891-908, equation 4.

    >>> round(float(tango_z(0, 0, 59, 0.05)), 3)
    1.762
    """
    spread, excess = _tango_parts(lost, won, n, margin)
    return excess / np.sqrt(np.maximum(spread, 1e-15))


def _tango_parts(
    lost: ArrayLike, won: ArrayLike, n: ArrayLike, margin: ArrayLike
) -> tuple[Floats, Floats]:
    """Variance (under the null) and value of won - lost + n * margin."""
    b, c, total, m = (np.asarray(x, float) for x in (lost, won, n, margin))
    linear = -(b + c) - m * (2 * total - c + b)
    root = np.sqrt(np.maximum(linear**2 - 8 * total * b * m * (1 + m), 0))
    q = (root - linear) / (4 * total)
    return total * (2 * q - m * (1 + m)), c - b + total * m


def tango_lower(lost: float, won: float, n: float, alpha: float) -> float:
    """The one-sided 1 - `alpha` score lower bound of (won - lost) / n, in [-1, 1].

    n > 0. With no flips it is -z^2 / (n + z^2), with all lost -1, with all won (n - z^2) /
    (n + z^2). With `tango_upper` a two-sided 1 - 2 `alpha` interval. Source: Tango (1998), by root
    finding.

    >>> round(tango_lower(7, 1, 21, 0.025), 3), round(tango_upper(7, 1, 21, 0.025), 3)
    (-0.517, -0.026)
    """
    z = float(norm.isf(alpha))
    if lost + won == 0:
        return -z * z / (n + z * z)
    if min(n - lost, n - won) <= 1e-9 * n:  # the score's variance is 0 there: closed forms
        return -1.0 if lost > won else (n - z * z) / (n + z * z)

    def gap(difference: float) -> float:
        spread, excess = _tango_parts(lost, won, n, -difference)
        return float(excess) - z * sqrt(max(float(spread), 0.0))

    return float(brentq(gap, -1.0, (won - lost) / n, xtol=1e-10))


def tango_upper(lost: float, won: float, n: float, alpha: float) -> float:
    """The one-sided upper bound: `tango_lower` with lost and won exchanged, negated."""
    return -tango_lower(won, lost, n, alpha)


def cluster_sums(values: ArrayLike, groups: Sequence[Hashable] | None = None) -> Floats:
    """The sum of `values` in each cluster, ascending; without `groups` every value stands alone.

    Exactly rounded and sorted, so the order of the pairs changes nothing.

    >>> cluster_sums([1, -1, 1], ["a", "b", "a"]).tolist()
    [-1.0, 2.0]
    """
    numbers = np.asarray(values, float)
    if groups is None:
        return np.sort(numbers)
    members: defaultdict[Hashable, list[float]] = defaultdict(list)
    for value, group in zip(numbers.tolist(), groups, strict=True):
        members[group].append(value)
    return np.sort([fsum(m) for m in members.values()])


def sign_flip_p(sums: ArrayLike, rng: np.random.Generator, draws: int = DRAWS) -> float:
    """One-sided p value of "the clusters' sums are symmetric about 0"; small when they are low.

    The share of sign patterns whose total is at most the one seen: all 2^k patterns of the k
    non-zero sums when k <= 14, else (1 + count) / (1 + draws) over random patterns (Phipson & Smyth
    2010). Ties count against a loss; 1 when all sums are 0 or there are none.

    >>> sign_flip_p([-0.2, -0.1, -0.3], np.random.default_rng(0))
    0.125
    """
    moved = np.asarray(sums, float)
    moved = moved[moved != 0]  # zeros are the same under both signs
    if moved.size == 0:
        return 1.0
    limit = moved.sum() + 1e-9 * np.abs(moved).sum()
    tables = _signed_sums(moved)
    if moved.size <= EXACT_CLUSTERS:
        patterns = np.arange(2**moved.size)[:, None] >> 8 * np.arange(len(tables)) & 255
        return float(np.mean(_totals(tables, patterns) <= limit))
    count = 0
    for start in range(0, draws, step := max(1, _CHUNK // len(tables))):
        shape = (min(step, draws - start), len(tables))
        drawn = np.frombuffer(rng.bytes(shape[0] * shape[1]), np.uint8).reshape(shape)
        count += int(np.sum(_totals(tables, drawn) <= limit))
    return (1 + count) / (1 + draws)


def _signed_sums(values: Floats) -> Floats:
    """(k,) -> (k/8, 256): each run of 8 values summed under all 256 sign patterns."""
    runs = np.pad(values, (0, -values.size % 8)).reshape(-1, 8)
    return np.asarray(runs @ _BYTE_SIGNS.T)


def _totals(tables: Floats, patterns: NDArray[np.integer]) -> Floats:
    """(runs, 256), (draws, runs) -> (draws,): totals under one byte of signs per run."""
    rows = 256 * np.arange(len(tables))
    return np.asarray(tables.ravel().take(patterns + rows).sum(axis=1))


def wilson(count: float, n: float, alpha: float = 0.05) -> tuple[float, float]:
    """The two-sided 1 - `alpha` interval of a share: `count` of `n`, within [0, 1].

    (0, 1) at n = 0. `count` may be fractional (a tie is half). Source: Wilson (1927), JASA 22:209.

    >>> [round(x, 3) for x in wilson(9, 10)]
    [0.596, 0.982]
    """
    if n == 0:
        return 0.0, 1.0
    z, share = float(norm.isf(alpha / 2)), count / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def effective_n(flips: ArrayLike, groups: Sequence[Hashable] | None = None) -> float:
    """How many independent pairs the pairs are worth, in [1, n]; n when each is its own cluster.

    n / deff, where the design effect deff >= 1 is the cluster-robust variance of the mean flip
    (-1, 0, 1) over the one for independent pairs (Kish 1965, Survey Sampling, chapter 8; Rao &
    Scott 1992, Biometrics 48:577). One average cluster that flips as a whole is added to both:
    with few flips deff cannot be estimated, and then a cluster counts as one pair.

    >>> effective_n([0, 0, 0, 0], ["a", "a", "b", "b"]), effective_n([0, 0, 0, 0])
    (2.0, 4.0)
    """
    values = np.asarray(flips, float)
    centred, n = values - values.mean(), values.size
    sizes = cluster_sums(np.ones(n), groups)
    if sizes.size in (1, n):
        return float(sizes.size)
    whole = float(np.sum(sizes**2)) / n
    robust = fsum(cluster_sums(centred, groups) ** 2) + whole**2
    independent = fsum(centred**2) + whole
    return n / max(1.0, robust / independent)


def minimum_pairs(margin: float, alpha: float) -> int:
    """The fewest pairs that can exclude a drop of `margin`: ceil(ln(alpha) / ln(1 - margin)).

    With fewer, no pair may be lost and the drop still be there with probability above `alpha`.

    >>> minimum_pairs(0.05, 0.05)
    59
    """
    return ceil(log(alpha) / log(1 - margin))


def pairs_to_pass(lost: float, won: float, n: float, margin: float, alpha: float) -> float:
    """How many pairs would exclude a drop of `margin` if flips went on at the rates seen so far.

    Exact for Tango's score, which grows with the square root of n at fixed rates; infinite when
    the observed drop is `margin` or more. At least `minimum_pairs`.

    >>> pairs_to_pass(0, 0, 20, 0.05, 0.05), pairs_to_pass(5, 5, 100, 0.05, 0.05)
    (59, 126)
    """
    z = float(tango_z(lost, won, n, margin))
    if z <= 0:
        return float("inf")
    return max(minimum_pairs(margin, alpha), floor(n * (float(norm.isf(alpha)) / z) ** 2) + 1)


def detectable_drop(n: float, churn: float, alpha: float, power: float = 0.8) -> float:
    """The smallest true drop (share) that n pairs show with probability `power`; 1 when none.

    `churn` is the share of pairs that flip either way. From counts of flips alone, so it errs on
    the large side where preferences carry more. Source: Connor (1987), Biometrics 43:207, eq. 2.

    >>> round(detectable_drop(100, 0.1, 0.05), 3)
    0.078
    """
    z_alpha, z_power = float(norm.isf(alpha)), float(norm.ppf(power))

    def gap(drop: float) -> float:
        flips = max(churn, drop)
        return drop * sqrt(n) - z_alpha * sqrt(flips) - z_power * sqrt(flips - drop**2)

    return float(brentq(gap, 1e-9, 1.0)) if gap(1.0) > 0 else 1.0
