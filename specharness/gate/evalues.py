"""Evidence that may be looked at after every pair: e-values, valid whenever one stops.

An e-value is the wealth of somebody who bets against a hypothesis, starting with 1. Where the
hypothesis is true it reaches 1 / alpha at any time with probability at most alpha (Ville 1939), so
no look costs anything. Source of the approach: Ramdas, Gruenwald, Vovk & Shafer (2023), Statistical
Science 38:576; Waudby-Smith & Ramdas (2024), JRSS B 86:1. All functions return natural logarithms.
"""

from math import log

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, logsumexp
from scipy.stats import beta

from specharness.gate.stats import Floats

_STAKES = np.geomspace(0.25, 250.0, 31)  # changes of preference are mostly 0.002 to 1
_BETS = np.linspace(0.02, 0.98, 40)


def log_e_flips(lost: int, won: int) -> float:
    """Evidence against "what flips is lost at most as often as won", from counts of flips.

    The likelihood of P(lost | flip), spread evenly over (1/2, 1), against that of 1/2:
    2^(b+c+1) B(b+1, c+1) P(X > 1/2) for X ~ Beta(b+1, c+1). A mixture of betting martingales
    (Robbins 1970, Annals of Mathematical Statistics 41:1397). 0 without flips.

    >>> [round(log_e_flips(b, 0), 3) for b in (0, 1, 8)]
    [0.0, 0.405, 4.039]
    """
    tail = float(beta.logsf(0.5, lost + 1, won + 1))
    return (lost + won + 1) * log(2) + float(betaln(lost + 1, won + 1)) + tail


def log_e_changes(sums: ArrayLike) -> float:
    """Evidence against "the clusters' changes are symmetric about 0", for low sums.

    The mean over stakes s of prod exp(-s d) / cosh(s d): under symmetry each factor is worth 1 on
    average, whatever the size of d. The sign-flip test's hypothesis; the e-value dominates that of
    de la Pena (1999), Annals of Probability 27:537 (Ramdas, Ruf, Larsson & Koolen 2020, arXiv
    2009.03167, section 5).

    >>> log_e_changes([]), log_e_changes([-0.2] * 12) > log(20) > log_e_changes([0.2] * 12)
    (0.0, True)
    """
    moved = np.asarray(sums, float)
    # exp(-x) / cosh(x) = 2 / (1 + exp(2 x));  (stakes, clusters) -> (stakes,)
    gains = log(2) - np.logaddexp(0.0, 2 * _STAKES[:, None] * moved[None, :])
    return _mixed(gains.sum(axis=1))


def log_e_not_worse(nets: ArrayLike, sizes: ArrayLike, largest: int, margin: float) -> float:
    """Evidence against "the drop is `margin` or more", from each cluster's won - lost and size.

    The mean over bets l of prod (1 + l u), u = (net + margin * size) / `largest`: a drop of
    `margin` makes u 0 on average, and u never falls below -(1 - margin). `largest` is the size of
    the suite's largest cluster, known before anything is measured. Source: Waudby-Smith & Ramdas
    (2024), section 4.

    >>> round(log_e_not_worse([0] * 100, [1] * 100, 1, 0.05), 2)
    3.48
    """
    net, size = np.asarray(nets, float), np.asarray(sizes, float)
    worth = (net + margin * size) / largest
    bets = _BETS / (1 - margin)
    return _mixed(np.log1p(bets[:, None] * worth[None, :]).sum(axis=1))


def _mixed(logs: Floats) -> float:
    return float(logsumexp(logs) - log(logs.size))
