"""The gate: is the head spec worse than the base spec on the same pairs?"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import ceil, fsum, inf, log2, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate import stats
from specharness.gate.decision import FLIP_SHARE, SIZE_SHARE, Decision
from specharness.gate.stats import Floats
from specharness.runfile import GateVerdict
from specharness.settings import GateSettings

__all__ = ["Decision", "Levels", "decide", "decide_at", "level", "net_flips"]

MOST_PAIRS = 100_000  # needing more is told as "no practical number"
TIE = 1e-9  # a preference this near to 0.5 prefers neither; a change this small is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What the p values of the three tests have to stay at or below, for the verdict they allow."""

    size: float
    flips: float
    passes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What the pairs say before any rule is applied; `z` measures the loss in standard errors."""

    n: int
    clusters: int
    effective: float
    lost: int
    won: int
    shift: float
    z: float
    flip_z: float
    p_value: float
    flip_p_value: float

    @property
    def counts(self) -> tuple[float, float, float]:
        """Lost, won and n as if the pairs were the independent ones they are worth."""
        scale = self.effective / self.n
        return self.lost * scale, self.won * scale, self.effective


def decide(  # noqa: PLR0913 - the public face: two arrays, then keywords only
    base: ArrayLike,
    head: ArrayLike,
    *,
    groups: Sequence[Hashable] | None = None,
    margin: float = 0.05,
    alpha_fail: float = 0.05,
    alpha_pass: float = 0.05,
    seed: int = 0,
) -> Decision:
    """Compare preferences in [0, 1] of the same pairs under two specs: PASS, FAIL or UNPROVEN.

    PASS when a drop of `margin` is excluded at `alpha_pass` (Tango's score bound, and at least
    `stats.minimum_pairs`). Else FAIL when a loss is shown at `alpha_fail`: by the sign-flip test of
    the changes (0.8 of it) or the mid-p test of the flips (0.2 of it), where no fewer pairs are
    lost than won. Else UNPROVEN. Pairs of one of the `groups` count as dependent.

    A pair is lost when the sign of its preference - 0.5 falls, won when it rises; 0.5 is the level
    between. One pair is never enough for PASS or FAIL; equal arrays never FAIL. UsageError for no
    pairs, values outside [0, 1], unequal lengths and settings out of range.

    >>> decide([0.9] * 60, [0.9] * 60).verdict, decide([0.9], [0.9]).verdict
    ('PASS', 'UNPROVEN')
    """
    settings = GateSettings(margin=margin, alpha_fail=alpha_fail, alpha_pass=alpha_pass, seed=seed)
    return decide_at(base, head, groups=groups, settings=settings)


def decide_at(  # noqa: PLR0913 - as `decide`
    base: ArrayLike,
    head: ArrayLike,
    *,
    groups: Sequence[Hashable] | None,
    settings: GateSettings,
    levels: Levels | None = None,
    draws: int = stats.DRAWS,
) -> Decision:
    """Like `decide`, each test with a level of its own: for one of several looks.

    Fewer `draws` of sign patterns make it quicker and its p value coarser: for simulations.
    """
    _check_settings(settings)
    before, after = _preferences("base", base), _preferences("head", head)
    _check_lengths(before.size, after.size, groups)
    found = _weigh(before, after, groups, np.random.default_rng(settings.seed), draws)
    return _judge(found, settings, levels or _levels(settings))


def _levels(settings: GateSettings) -> Levels:
    """Those of one look."""
    fail = settings.alpha_fail
    return Levels(size=SIZE_SHARE * fail, flips=FLIP_SHARE * fail, passes=settings.alpha_pass)


def net_flips(base: ArrayLike, head: ArrayLike) -> tuple[Floats, Floats]:
    """Each pair's flip (-1 lost, 0, 1 won) and its change of preference, as `decide` counts them.

    >>> [x.tolist() for x in net_flips([0.9, 0.5], [0.4, 0.5])]
    [[-1.0, 0.0], [-0.5, 0.0]]
    """
    before, after = _preferences("base", base), _preferences("head", head)
    flips = np.sign(level(after) - level(before))
    return flips, np.where(np.abs(after - before) <= TIE, 0.0, after - before)


def _weigh(
    before: Floats,
    after: Floats,
    groups: Sequence[Hashable] | None,
    rng: np.random.Generator,
    draws: int,
) -> _Evidence:
    flips, changes = net_flips(before, after)
    sums, net = (stats.cluster_sums(x, groups) for x in (changes, flips))
    lost, won = int(np.sum(net < 0)), int(np.sum(net > 0))
    return _Evidence(
        n=flips.size,
        clusters=sums.size,
        effective=stats.effective_n(flips, groups),
        lost=int(np.sum(flips < 0)),
        won=int(np.sum(flips > 0)),
        shift=fsum(sums) / flips.size,
        z=-fsum(sums) / sqrt(fsum(sums**2) or 1.0),
        flip_z=(lost - won) / sqrt(lost + won or 1),
        p_value=stats.sign_flip_p(sums, rng, draws),
        flip_p_value=float(stats.midp(lost, won)),
    )


def _judge(e: _Evidence, settings: GateSettings, levels: Levels) -> Decision:
    alpha = levels.passes
    interval = stats.tango_lower(*e.counts, alpha), stats.tango_upper(*e.counts, alpha)
    minimum = stats.minimum_pairs(settings.margin, alpha)
    excluded = max(0.0, -interval[0])
    if e.effective < minimum:  # what seeing no loss at all would exclude, by the binomial
        excluded = max(excluded, 1 - alpha ** (1 / e.effective))
    verdict = _verdict(e, levels, excluded < settings.margin and e.effective >= minimum)
    needed, toward = _needed(e, settings.margin, levels)
    return Decision(
        verdict=verdict,
        n=e.n,
        clusters=e.clusters,
        effective=e.effective,
        lost=e.lost,
        won=e.won,
        difference=(e.won - e.lost) / e.n,
        interval=interval,
        shift=e.shift,
        p_value=e.p_value,
        flip_p_value=e.flip_p_value,
        margin=settings.margin,
        alpha_pass=alpha,
        minimum=minimum,
        excluded=excluded,
        needed=needed if verdict == "UNPROVEN" else 0,
        toward=toward if verdict == "UNPROVEN" else verdict,
        detectable=_detectable(e, levels),
    )


def _verdict(e: _Evidence, levels: Levels, not_worse: bool) -> GateVerdict:
    shown = e.p_value <= levels.size or e.flip_p_value <= levels.flips
    if not_worse:
        return "PASS"
    return "FAIL" if e.lost >= e.won and shown else "UNPROVEN"


def _needed(e: _Evidence, margin: float, levels: Levels) -> tuple[int | None, GateVerdict]:
    """The fewer of the pairs a PASS and a FAIL would take, and which of them that is."""
    fails = min(_pairs_to_fail(e, e.z, levels.size), _pairs_to_fail(e, e.flip_z, levels.flips))
    passes = stats.pairs_to_pass(*e.counts, margin, levels.passes) * e.n / e.effective
    fewest = max(min(passes, fails), e.n + 1)
    return ceil(fewest) if fewest <= MOST_PAIRS else None, "PASS" if passes <= fails else "FAIL"


def _pairs_to_fail(e: _Evidence, z: float, level: float) -> float:
    """A test statistic grows with the square root of n; 2^-k is the least p of k pairs."""
    if z <= 0 or e.lost < e.won:
        return inf
    return max(e.n * (float(norm.isf(level)) / z) ** 2, -log2(level))


def _detectable(e: _Evidence, levels: Levels) -> float:
    return stats.detectable_drop(e.effective, (e.lost + e.won) / e.n, levels.size)


def level(preferences: Floats) -> Floats:
    """-1, 0 or 1, elementwise: prefers rejected, neither, chosen."""
    centred = preferences - 0.5
    return np.asarray(np.where(np.abs(centred) <= TIE, 0.0, np.sign(centred)))


def _preferences(name: str, values: ArrayLike) -> Floats:
    try:
        array = np.asarray(values, float)
    except (TypeError, ValueError):
        raise UsageError(name, "not numbers", "give one preference per pair") from None
    if array.ndim != 1 or array.size == 0:
        raise UsageError(name, f"shape {array.shape}", "give a list of at least one preference")
    bad = np.flatnonzero(~((array >= 0) & (array <= 1)))
    if bad.size:
        where = f"{name}[{bad[0]}]"
        raise UsageError(where, f"{array[bad[0]]} is no preference", "give numbers from 0 to 1")
    return array


def _check_lengths(base: int, head: int, groups: Sequence[Hashable] | None) -> None:
    if head != base:
        raise UsageError("head", f"{head} preferences, but base has {base}", "give the same pairs")
    if groups is not None and len(groups) != base:
        raise UsageError("groups", f"{len(groups)} groups, {base} pairs", "give one group per pair")
    try:
        set(groups or ())
    except TypeError:
        raise UsageError("groups", "not hashable", "name each group by a string") from None


def _check_settings(settings: GateSettings) -> None:
    for name, end in (("margin", 1), ("alpha_fail", 0.5), ("alpha_pass", 0.5)):
        value = getattr(settings, name)
        if not 0 < value < end:
            raise UsageError(name, f"{value} is out of range", f"give a number between 0 and {end}")
    if settings.seed < 0:
        raise UsageError("seed", f"{settings.seed} is out of range", "give a whole number from 0")
