"""Variants of a spec raced on the select pairs, with the scorer the gate will use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specharness.compile.selection import cluster_error
from specharness.records import Pair

FIRST_ROUND = 8  # pairs, at least; every round doubles them

# The margins (pairs,) of a model conditioned on a text, in nats; NaN where there is no score.
Scorer = Callable[[str, Sequence[Pair]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One text in the race; `rules` says how many compiled rules it has."""

    name: str
    text: str
    rules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lap:
    """How a variant did against the incumbent when it left the race (or at its end).

    `gain` is the mean over `pairs` pairs of its margin minus the incumbent's, in nats, `error` its
    standard error over groups.
    """

    variant: str
    pairs: int
    gain: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """The winner's name, and how every challenger did, in the order they left."""

    winner: str
    laps: tuple[Lap, ...]


def race(variants: Sequence[Variant], pairs: Sequence[Pair], score: Scorer, seed: int = 0) -> Race:
    """Race variants against the first, the incumbent, by successive halving on paired differences.

    After every round the worse half of the challengers leaves, and the pairs double (Jamieson and
    Talwalkar 2016). A challenger that stays to the end wins if it leads by one standard error on
    all pairs; if no challenger does so and one with a shorter text is not behind by one, the
    shortest of these wins: between equals the shorter text is the better spec. A pair that could
    not be measured counts for nobody.
    """
    order = [pairs[i] for i in np.random.default_rng(seed).permutation(len(pairs))]
    incumbent, *challengers = variants
    laps: list[Lap] = []
    count = min(FIRST_ROUND, len(order))
    while challengers and order:
        seen = order[:count]
        base = score(incumbent.text, seen)
        ranked = sorted(
            (_lap(v, base, score(v.text, seen), seen) for v in challengers),
            key=lambda lap: -lap.gain,
        )
        if count == len(order):
            laps += reversed(ranked)
            return Race(winner=_winner(incumbent, challengers, ranked), laps=tuple(laps))
        kept = {lap.variant for lap in ranked[: (len(ranked) + 1) // 2]}
        laps += [lap for lap in reversed(ranked) if lap.variant not in kept]
        challengers = [v for v in challengers if v.name in kept]
        count = min(2 * count, len(order))
    return Race(winner=incumbent.name, laps=tuple(laps))


def _lap(
    variant: Variant,
    base: NDArray[np.float64],
    found: NDArray[np.float64],
    pairs: Sequence[Pair],
) -> Lap:
    known = ~(np.isnan(base) | np.isnan(found))
    gains = (found - base)[known]
    groups = [pair.group for pair, told in zip(pairs, known, strict=True) if told]
    if not groups:
        return Lap(variant=variant.name, pairs=0, gain=0.0, error=0.0)
    clusters = np.unique(groups, return_inverse=True)[1]
    return Lap(
        variant=variant.name,
        pairs=len(gains),
        gain=float(gains.mean()),
        error=cluster_error(gains, clusters),
    )


def _winner(incumbent: Variant, challengers: Sequence[Variant], ranked: Sequence[Lap]) -> str:
    lengths = {v.name: len(v.text.split()) for v in challengers}
    ahead = [lap for lap in ranked if lap.pairs > 1 and lap.gain > lap.error]
    if ahead:
        return ahead[0].variant
    own = len(incumbent.text.split())
    shorter = [
        lap.variant
        for lap in ranked
        if lap.pairs > 1 and lap.gain >= -lap.error and lengths[lap.variant] < own
    ]
    return min(shorter, key=lambda name: (lengths[name], name), default=incumbent.name)
