"""Two arms on the same pairs: who is ahead, how sure that is, and whether it hangs together."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from specharness.compare.comparison import Contrast
from specharness.gate.gates import TIE, decide
from specharness.gate.stats import Floats, effective_n, wilson
from specharness.runfile import Share


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """An arm's margins (nats) and preferences, one for each pair."""

    name: str
    margins: Floats
    preferences: Floats


def share_ahead(gains: Floats, groups: Sequence[str]) -> tuple[Share, float]:
    """The share of pairs with a gain, a tie being half, and the effective number of pairs.

    `gains` are in units of the temperature. The 95 % Wilson interval is that of as many independent
    pairs as these are worth (rounded down). At n = 0 it is 0 to 1.

    >>> share_ahead(np.array([0.2, 0.1, 0.0, -0.3]), ["a", "b", "c", "d"])[0].count
    2.5
    """
    n = len(gains)
    if n == 0:
        return Share(count=0.0, n=0, low=0.0, high=1.0), 0.0
    signs = np.where(np.abs(gains) <= TIE, 0.0, np.sign(gains))
    count = float(np.sum(signs + 1)) / 2
    effective = effective_n(signs, groups)
    worth = max(1, int(effective + TIE))
    low, high = wilson(count / n * worth, worth)
    return Share(count=count, n=n, low=low, high=high), effective


def implied_share(one: Share, other: Share) -> float:
    """How often `one` should be ahead of `other`, by Bradley and Terry, from both against a third.

    The odds divided; half a pair is added to each side, so that no odds are infinite. Measured
    shares need not agree: "better than the base by as much" does not make two arms equal.

    >>> some, more = (Share(count=c, n=99, low=0, high=1) for c in (49.5, 79.5))
    >>> round(implied_share(more, some), 2), implied_share(some, some)
    (0.8, 0.5)
    """
    return 1 / (1 + exp(_log_odds(other) - _log_odds(one)))


def _log_odds(share: Share) -> float:
    return log((share.count + 0.5) / (share.n - share.count + 0.5))


def contrast_arms(
    arm: Standing, against: Standing, temperature: float, groups: Sequence[str], seed: int = 0
) -> Contrast:
    """One arm against another: shares ahead, flips with the gate's interval, mean change."""
    ahead, _ = share_ahead((arm.margins - against.margins) / temperature, groups)
    alone = [share_ahead(one.margins / temperature, groups)[0] for one in (arm, against)]
    found = decide(against.preferences, arm.preferences, groups=groups, alpha_pass=0.025, seed=seed)
    return Contrast(
        arm=arm.name,
        against=against.name,
        ahead=ahead,
        implied=implied_share(*alone),
        won=found.won,
        lost=found.lost,
        difference=found.difference,
        interval=found.interval,
        shift=found.shift,
    )
