"""The temperature at which margins become preferences, fitted on pairs that no gate sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

LEAST = 10  # margins; below, a scale says little
_FLATTEST = 100.0  # times the median margin: beyond, the margins tell nothing
_DIGITS = 6  # significant ones that a lock keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A temperature in nats, from how many pairs, and the reading it holds for.

    `model` is the digest of the identity of who was measured; `reduce`, `reference` and `placement`
    say how: margins read in another way have another scale.
    """

    nats: float
    pairs: int
    model: str
    reduce: str
    reference: str
    placement: str

    def holds_for(self, model: str, reduce: str, reference: str, placement: str) -> bool:
        """Whether margins of this model (its digest), read so, are on the temperature's scale."""
        ours = (self.model, self.reduce, self.reference, self.placement)
        return ours == (model, reduce, reference, placement)


def fit_temperature(margins: Sequence[float] | NDArray[np.float64]) -> float | None:
    """T of p = sigmoid(m / T) by maximum likelihood, in nats; NaN margins are left out.

    Every pair is one observation, chosen over rejected, with Platt's target (n + 1) / (n + 2)
    instead of 1 (Platt 1999; Lin, Lin and Weng 2007), so that T is above 0 also where all margins
    are. None with fewer than ten margins, and where they do not lean to the chosen side: then no
    temperature makes them probabilities.

    >>> fit_temperature([1.0] * 8 + [-1.0] * 2)
    0.910239
    """
    known = np.asarray(margins, dtype=np.float64)
    known = known[np.isfinite(known)]
    scale = float(np.median(np.abs(known))) if len(known) else 0.0
    scale = scale or float(np.abs(known).max(initial=0.0))
    if len(known) < LEAST or not scale:
        return None
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - costs time to import

    target = (len(known) + 1) / (len(known) + 2)

    def loss(log_slope: float) -> float:
        z = exp(log_slope) * known / scale
        # -[t log s(z) + (1 - t) log s(-z)], and log s(-z) = log s(z) - z
        return float(np.logaddexp(0.0, -z).sum() + (1 - target) * z.sum())

    steepest = np.log(_FLATTEST)
    slope = minimize_scalar(loss, bounds=(-steepest, steepest), method="bounded",
                            options={"xatol": 1e-9})  # fmt: skip
    if slope.x <= -steepest + 1e-3:
        return None
    return float(f"{scale / exp(slope.x):.{_DIGITS}g}")
