"""Deciding whenever one likes, by e-values; and an interval that holds whenever one stops.

An interval for one look misses the truth far more often where one stops as soon as it looks good.
This one holds the differences that the e-values have not rejected.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import exp, log

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from specharness.gate import evalues, stats
from specharness.gate.batches import Batch, Looked, by_group, joined
from specharness.gate.decision import FLIP_SHARE, SIZE_SHARE, count, points, signed
from specharness.gate.findings import Look
from specharness.gate.gates import net_flips
from specharness.gate.quarantine import SHOWN_BY_HELD
from specharness.runfile import GateVerdict
from specharness.settings import GateSettings

_DEFAULTS = GateSettings()
_HUGE = 1e9  # an e-value is told up to here
_ENDS = 1 - 1e-6  # a bet against a drop of 1 is none


def decide_until(
    batches: Iterable[Batch], largest: int = 1, settings: GateSettings = _DEFAULTS
) -> Looked:
    """Decide after each batch by e-values, until PASS or FAIL; batches come lazily.

    FAIL where 0.8 of the evidence of the changes and 0.2 of that of the flips reach 1 / alpha_fail
    with no fewer pairs lost than won; PASS where that against a drop of `margin` reaches 1 /
    alpha_pass. `largest` is the size of the suite's largest group. The hypotheses are those of
    `gates.decide`; an average of e-values is an e-value (Vovk & Wang 2021, Annals of Statistics
    49:1736). Only pairs that are kept (see `Batch`) are evidence of a loss, and all are evidence
    against one: which are kept is fixed before anything is measured, so both remain e-values.
    Without pairs UNPROVEN.
    """
    seen, looks = Batch(base=(), head=(), groups=()), list[Look]()
    for batch in batches:
        if not batch.base:
            continue  # nothing of it could be measured
        seen = joined(seen, batch)
        looks.append(_weigh(seen, largest, settings))
        if looks[-1].verdict != "UNPROVEN":
            break
    if not looks:
        return Looked(verdict="UNPROVEN", looks=(), sentences=("Nothing was measured.",))
    last, interval = looks[-1], anytime_interval(*by_group(seen), largest, settings.alpha_pass)
    spared = last.verdict == "UNPROVEN" and not all(seen.kept) and _shows_loss(seen, settings)[1]
    return Looked(
        verdict=_ENDED.get(last.verdict, "UNPROVEN"),
        looks=tuple(looks),
        sentences=_told_until(last, len(looks), settings, interval, spared=spared),
        interval=interval,
        is_spared=spared,
    )


_ENDED: dict[str, GateVerdict] = {"PASS": "PASS", "FAIL": "FAIL"}


def anytime_interval(
    nets: ArrayLike, sizes: ArrayLike, largest: int, alpha: float
) -> tuple[float, float]:
    """A two-sided 1 - 2 `alpha` interval of (won - lost) / n, valid at any time one stops.

    From each cluster's won - lost and size; `largest` is the size of the suite's largest cluster,
    known before anything is measured. The differences against which `evalues.log_e_not_worse` has
    not reached 1 / `alpha`, from below and from above: a confidence sequence (Waudby-Smith & Ramdas
    2024, JRSS B 86:1). (-1, 1) without clusters. The lower end lies above -margin just
    where that e-value passes an edit.

    >>> low, high = anytime_interval([0] * 100, [1] * 100, 1, 0.05)
    >>> round(low, 3), round(high, 3)
    (-0.044, 0.044)
    """
    net = np.asarray(nets, float)
    low = _largest_drop(net, sizes, largest, alpha)
    high = _largest_drop(-net, sizes, largest, alpha)
    return -low, high


def _largest_drop(net: ArrayLike, sizes: ArrayLike, largest: int, alpha: float) -> float:
    """The smallest drop (in [-1, 1]) that is excluded: the e-value rises with the drop."""

    def evidence(drop: float) -> float:
        return evalues.log_e_not_worse(net, sizes, largest, drop) + log(alpha)

    if evidence(_ENDS) <= 0:
        return 1.0
    if evidence(-_ENDS) >= 0:
        return -1.0
    return float(brentq(evidence, -_ENDS, _ENDS, xtol=1e-9))


def _weigh(seen: Batch, largest: int, settings: GateSettings) -> Look:
    flips, _ = net_flips(seen.base, seen.head)
    loss, failed = _shows_loss(seen.showing, settings)
    clear = _odds(evalues.log_e_not_worse(*by_group(seen), largest, settings.margin))
    look = Look(
        n=len(seen.base),
        lost=int(np.sum(flips < 0)),
        won=int(np.sum(flips > 0)),
        verdict="UNPROVEN",
        loss=loss,
        loss_bar=1 / settings.alpha_fail,
        not_worse=clear,
        not_worse_bar=1 / settings.alpha_pass,
    )
    if clear >= look.not_worse_bar:
        return replace(look, verdict="PASS")
    return replace(look, verdict="FAIL") if failed else look


def _shows_loss(seen: Batch, settings: GateSettings) -> tuple[float, bool]:
    """The evidence of a loss as odds, and whether it is enough."""
    if not seen.base:
        return 1.0, False
    flips, changes = net_flips(seen.base, seen.head)
    nets, _ = by_group(seen)
    odds = SIZE_SHARE * _odds(
        evalues.log_e_changes(stats.cluster_sums(changes, seen.groups))
    ) + FLIP_SHARE * _odds(evalues.log_e_flips(int(np.sum(nets < 0)), int(np.sum(nets > 0))))
    return odds, odds >= 1 / settings.alpha_fail and float(np.sum(flips)) <= 0


def _odds(log_e: float) -> float:
    return min(_HUGE, exp(min(log_e, 100.0)))


def _happened(look: Look, interval: tuple[float, float], settings: GateSettings) -> str:
    difference, ends = signed((look.won - look.lost) / look.n), " to ".join(map(signed, interval))
    return (
        f"{count(look.n, 'pair')} measured: {look.lost:,} lost, {look.won:,} won "
        f"({difference} points; {100 * (1 - 2 * settings.alpha_pass):.3g} % interval {ends}, "
        "whenever one stops)."
    )


def _told_until(
    look: Look, looks: int, settings: GateSettings, interval: tuple[float, float], *, spared: bool
) -> tuple[str, ...]:
    rare = f"{100 * settings.alpha_fail:g} times in 100"
    told: dict[str, tuple[str, ...]] = {
        "PASS": (f"Not worse: a drop of {points(settings.margin)} points or more is excluded.",),
        "FAIL": (f"A loss is shown: an edit that does no harm gets here less than {rare}.",),
    }
    odds = (
        f"the evidence for a loss is {_shown(look.loss)} (it takes {look.loss_bar:g}), for its "
        f"absence {_shown(look.not_worse)} (it takes {look.not_worse_bar:g}). Add pairs and go on: "
        "what is measured counts."
    )
    undecided: tuple[str, ...]
    undecided = (f"Neither a loss nor its absence is shown, and there are no more pairs: {odds}",)
    if spared:
        undecided = (SHOWN_BY_HELD, f"There are no more pairs: {odds}")
    return (
        _happened(look, interval, settings),
        *told.get(look.verdict, undecided),
        f"Looked {_times(looks)}; by e-values, which may be looked at after every pair.",
    )


def _shown(odds: float) -> str:
    return f"{odds:,.2g}" if odds < 100 else f"{odds:,.0f}"


def _times(looks: int) -> str:
    return {1: "once", 2: "twice"}.get(looks, f"{looks} times")
