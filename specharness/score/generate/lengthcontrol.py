"""Length-controlled win rates: which reply would be preferred if both had the same length?

Source: Dubois, Galambosi, Liang & Hashimoto (2024), arXiv 2404.04475. Their equation 1 models the
preference q for model m's reply over the baseline b's to the instruction x as

    q = logistic( theta_m - theta_b                                              [model]
                + phi * tanh( (len(z_m) - len(z_b)) / std(len(z_m) - len(z_b)) )  [length]
                + (psi_m - psi_b) * gamma_x )                                    [instruction]

with a phi of its own for each pair of models, and their equation 2 is the win rate with the length
term at zero. Here m and b are one model under two specs, and lengths are counted in characters, as
in their code. Three things are not theirs, so that the figures are none of AlpacaEval-LC:

- The instruction term is left out: the difficulties gamma_x are estimated over more than a hundred
  models, and there are two conditions.
- The length is scaled by the root of its mean square, not by its deviation from the mean: the two
  are the same where neither side is longer on the whole, and where all replies grow by the same
  amount the deviation is 0.
- A small ridge keeps the fit finite. Theirs has an L1 penalty chosen by cross-validation, and
  truncated replies of the baseline as pseudo-data, against those who would game it.

As in the paper, the win rates of head and base add up to 1, and equal replies have one of a half.
Intervals and tests (`LengthFit.reach`, `null_scores`) are not in the paper.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from specharness.gate.stats import Floats, cluster_sums

RIDGE = 0.05  # pulls theta and phi to 0 a little, so that they stay finite where all agree
SLIGHT = 1e-6  # the same for a fit whose remainder is tested: it must not leave one of its own
_ROUNDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthFit:
    """The fit: `theta` is the log-odds of the head's reply at equal length, in nats.

    `phi` is what length does (times tanh(1), for a reply longer by the usual amount), `variance`
    that of theta, robust to clusters, and `one` what one more average cluster lost as a whole would
    add to it.
    """

    theta: float
    phi: float
    variance: float
    one: float

    @property
    def win_rate(self) -> float:
        """How often the head's reply would be preferred at equal length, in [0, 1]."""
        return float(_logistic(self.theta))

    def reach(self, z: float) -> float:
        """How far theta's interval reaches either way at `z` standard errors, in nats.

        z^2 clusters lost are added to the variance: with few that differ it cannot be estimated.
        With none that differ the bound on the difference is about z^2 / n, a little more than
        Tango's z^2 / (n + z^2). That is a correction of ours, held to by simulation in the tests.
        """
        return z * sqrt(self.variance + z * z * self.one)

    def times(self, gap: float, z: float) -> float:
        """How many times as many pairs it would take for `reach(z)` to come down to `gap` > 0.

        The variance falls with the number of pairs, what one more cluster adds with its square.
        """
        half = z * z * self.variance / 2
        return (half + sqrt(half**2 + gap**2 * z**4 * self.one)) / gap**2


def fit_lengths(
    preferences: Floats, longer_by: Floats, groups: Sequence[Hashable] | None = None
) -> LengthFit:
    """Fit theta and phi to preferences in [0, 1] by penalised maximum likelihood.

    `longer_by` is the head's length minus the base's, in any unit. Preferences may be fractions:
    the likelihood is then a quasi-likelihood (Papke & Wooldridge 1996, Journal of Applied
    Econometrics 11:619), whose variance is the sandwich's over `groups`. At least one pair.

    >>> round(fit_lengths(np.array([0.8, 0.8] * 50), np.zeros(100)).win_rate, 3)
    0.799
    """
    terms = _terms(longer_by)
    design = np.column_stack([np.ones_like(terms), terms])
    beta = _maximise(design, preferences)
    p = _logistic(design @ beta)
    inverse = np.linalg.inv(_curve(design, p, RIDGE))
    sums = _grouped(design * (preferences - p)[:, None], groups)
    robust = inverse @ (sums.T @ sums) @ inverse
    flip = len(terms) / len(sums) / 2  # the score of an average cluster that is lost, from a tie
    return LengthFit(
        theta=float(beta[0]),
        phi=float(beta[1]),
        variance=float(robust[0, 0]),
        one=float(inverse[0, 0] * flip) ** 2,
    )


def null_scores(
    preferences: Floats, longer_by: Floats, groups: Sequence[Hashable] | None = None
) -> Floats:
    """What length does not explain where neither spec is better (theta = 0), summed by cluster.

    The effective scores of theta, phi being fitted (Hemerik, Goeman & Finos 2020, Journal of the
    Royal Statistical Society B 82:841): a test that flips their signs is exact as n grows. With few
    pairs it errs a little more often than it says, as phi takes up a part of what is tested: at
    5 %, 5 to 7 % of the time with 10 to 100 pairs (simulated). That whole clusters are flipped goes
    beyond the paper. All 0 where length explains all there is, as where the head's replies are
    longer by the same amount throughout.
    """
    terms = _terms(longer_by)
    (phi,) = _maximise(terms[:, None], preferences, ridge=SLIGHT)
    p = _logistic(phi * terms)
    weights = p * (1 - p)
    shared = float(np.sum(weights * terms) / (np.sum(weights * terms**2) + SLIGHT))
    scores = (preferences - p) * (1 - shared * terms)
    return cluster_sums(np.where(np.abs(scores) <= SLIGHT, 0.0, scores), groups)


def _terms(longer_by: Floats) -> Floats:
    scale = sqrt(float(np.mean(longer_by**2))) if longer_by.size else 0.0
    return np.asarray(np.tanh(longer_by / scale)) if scale else np.zeros_like(longer_by)


def _maximise(design: Floats, wanted: Floats, ridge: float = RIDGE) -> Floats:
    """Newton's method on a concave function; a step that does not rise is halved."""
    beta = np.zeros(design.shape[1])
    value = _likelihood(design, wanted, beta, ridge)
    for _ in range(_ROUNDS):
        p = _logistic(design @ beta)
        slope = design.T @ (wanted - p) - ridge * beta
        step = np.linalg.solve(_curve(design, p, ridge), slope)
        while (risen := _likelihood(design, wanted, beta + step, ridge)) < value - 1e-12:
            step = step / 2
        beta, value = beta + step, risen
        if float(np.abs(step).max()) < 1e-10:
            break
    return beta


def _curve(design: Floats, p: Floats, ridge: float) -> Floats:
    """The penalised information matrix."""
    weighed = design * (p * (1 - p))[:, None]
    return np.asarray(weighed.T @ design + ridge * np.eye(design.shape[1]))


def _likelihood(design: Floats, wanted: Floats, beta: Floats, ridge: float) -> float:
    x = design @ beta
    return float(np.sum(wanted * x - np.logaddexp(0, x)) - ridge * np.sum(beta**2) / 2)


def _logistic(x: Floats | float) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -700, 700))))


def _grouped(scores: Floats, groups: Sequence[Hashable] | None) -> Floats:
    """(n, 2) -> (clusters, 2): each cluster's scores summed."""
    if groups is None or not len(scores):
        return scores
    places: dict[Hashable, int] = {}
    index = np.array([places.setdefault(group, len(places)) for group in groups])
    sums = np.zeros((len(places), scores.shape[1]))
    np.add.at(sums, index, scores)
    return sums
