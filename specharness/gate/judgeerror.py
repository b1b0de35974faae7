"""A share that a judge counted, corrected for how often the judge is wrong.

What is needed are pairs that people labelled, too. Three readings, by what may be assumed:

    corrected_share        the judge is wrong as often here as on the labelled pairs
    corrected_difference   and as often at head as at base: its errors shrink a difference
    prediction_powered     nothing but that the labelled pairs are a random part of these

None of them mends a judge: below a sensitivity plus specificity of 1 it says less than nothing, and
near 1 the intervals cover everything. A correction widens an interval and never makes a FAIL out of
an UNPROVEN gate; where the judge's errors depend on the very thing an edit changes (length, say),
the first two are wrong, and nothing in the counts shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import norm

from specharness.errors import UsageError

LEAST = 0.1  # sensitivity + specificity - 1 below this: the correction is refused


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeErrors:
    """What labelled pairs say of a judge: right on `right_chosen` of the `chosen` pairs whose first
    response is better, on `right_other` of the `other` ones (a tie may count half)."""

    right_chosen: float
    chosen: float
    right_other: float
    other: float

    @property
    def sensitivity(self) -> float:
        """How often the judge says "first" where people do."""
        return self.right_chosen / self.chosen

    @property
    def specificity(self) -> float:
        """How often the judge says "second" where people do."""
        return self.right_other / self.other

    @property
    def worth(self) -> float:
        """Sensitivity + specificity - 1 (Youden 1950): 1 for a perfect judge, 0 for a coin."""
        return self.sensitivity + self.specificity - 1


def errors_of(right: float, n: int) -> JudgeErrors:
    """Errors of a judge that was right on `right` of `n` labelled pairs, whichever side was better.

    Sides are exchangeable: with the other response the better one it would be right as often.

    >>> errors_of(90, 100).worth
    0.8
    """
    half = n / 2
    return JudgeErrors(right_chosen=right / 2, chosen=half, right_other=right / 2, other=half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """An estimate with its two-sided 1 - alpha interval, all within their possible range."""

    value: float
    low: float
    high: float


def corrected_share(said: float, n: int, errors: JudgeErrors, alpha: float = 0.05) -> Corrected:
    """The true share behind `said` of `n`: (share + specificity - 1) / worth, within [0, 1].

    Point estimate by Rogan & Gladen (1978), American Journal of Epidemiology 107:71; interval by
    Lang & Reiczigel (2014), Preventive Veterinary Medicine 113:13, equations 4 to 17, which counts
    the labelled pairs' own uncertainty. UsageError for a judge not clearly better than a coin.

    >>> errors = JudgeErrors(right_chosen=45, chosen=50, right_other=40, other=50)
    >>> found = corrected_share(60, 100, errors)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.571, 0.396, 0.743)
    """
    _check(n, errors)
    z = float(norm.isf(alpha / 2))
    estimate = (said / n + errors.specificity - 1) / errors.worth
    n_, se_n, sp_n = n + z * z, errors.chosen + 2, errors.other + 2
    p, se, sp = (
        (said + z * z / 2) / n_,
        (errors.right_chosen + 1) / se_n,
        (errors.right_other + 1) / sp_n,
    )
    worth = se + sp - 1
    true = (p + sp - 1) / worth
    of_se, of_sp = se * (1 - se) / se_n, sp * (1 - sp) / sp_n
    centre = true + 2 * z * z * (true * of_se - (1 - true) * of_sp)
    spread = p * (1 - p) / n_ + true**2 * of_se + (1 - true) ** 2 * of_sp
    half = z * sqrt(spread) / abs(worth)
    return _within(estimate, centre - half, centre + half, 0.0)


def corrected_difference(
    difference: float, interval: tuple[float, float], errors: JudgeErrors, alpha: float = 0.05
) -> Corrected:
    """The true difference of shares behind the judge's: difference / worth, within [-1, 1].

    `interval` is the judge's own two-sided 1 - `alpha` interval (`Decision.interval` for alpha =
    2 alpha_pass). Both errors cancel from the difference but for the factor `worth`; the interval
    adds its variance by the delta method in quadrature on either side (Zou & Donner 2008,
    Statistics in Medicine 27:1693, MOVER for a ratio of independent estimates, first order).

    >>> errors = JudgeErrors(right_chosen=90, chosen=100, right_other=80, other=100)
    >>> found = corrected_difference(-0.07, (-0.12, -0.02), errors)
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (-0.1, -0.173, -0.027)
    """
    _check(1, errors)
    z, worth = float(norm.isf(alpha / 2)), errors.worth
    se, sp = errors.sensitivity, errors.specificity
    spread = se * (1 - se) / errors.chosen + sp * (1 - sp) / errors.other
    value = difference / worth
    own = z * abs(value) * sqrt(spread) / worth
    low, high = ((end - difference) / worth for end in interval)
    return _within(value, value - sqrt(low**2 + own**2), value + sqrt(high**2 + own**2), -1.0)


def prediction_powered(
    judged: Sequence[float],
    judged_labelled: Sequence[float],
    labels: Sequence[float],
    alpha: float = 0.05,
) -> Corrected:
    """The mean that people would give, from a judge's many values and few labels, in [-1, 1].

    w mean(judged) + mean(labels - w judged_labelled) with the weight w in [0, 1] that makes the
    interval shortest; valid for any judge, and no wider than labels alone would give. Values may
    be shares (0, 1) or changes (-1, 0, 1), each for an independent pair. Normal approximation: 30
    labels or more. Source: Angelopoulos, Duchi & Zrnic (2023), PPI++, arXiv 2311.01453, example 1.
    UsageError for fewer than two of either.
    """
    if len(judged_labelled) != len(labels):
        what = f"{len(labels)} labels, but {len(judged_labelled)} judgements of them"
        raise UsageError("labels", what, "give both for the same pairs")
    if min(len(labels), len(judged)) < 2:
        what = f"{len(labels)} labels, {len(judged)} judged"
        raise UsageError("labels", what, "label at least 30 pairs")
    many, few, truth = (np.asarray(x, float) for x in (judged, judged_labelled, labels))
    weight = _weight(many, few, truth)
    rest = truth - weight * few
    value = weight * many.mean() + rest.mean()
    spread = weight**2 * many.var(ddof=1) / many.size + rest.var(ddof=1) / rest.size
    half = float(norm.isf(alpha / 2)) * sqrt(float(spread))
    return _within(float(value), float(value) - half, float(value) + half, -1.0)


def _weight(
    many: "np.typing.NDArray[np.float64]",
    few: "np.typing.NDArray[np.float64]",
    truth: "np.typing.NDArray[np.float64]",
) -> float:
    """cov(label, judged) / ((1 + n / N) var(judged)), within [0, 1]."""
    spread = float(np.concatenate([many, few]).var(ddof=1))
    if spread == 0:
        return 0.0
    shared = float(np.cov(truth, few)[0, 1])
    return min(1.0, max(0.0, shared / ((1 + few.size / many.size) * spread)))


def _check(n: int, errors: JudgeErrors) -> None:
    if n < 1 or errors.chosen < 1 or errors.other < 1:
        raise UsageError("judge", "no labelled pairs of one kind", "label pairs of both kinds")
    if errors.worth < LEAST:
        what = f"sensitivity + specificity - 1 is {errors.worth:.2f}, hardly better than a coin"
        raise UsageError("judge", what, "choose another judge: its counts cannot be corrected")


def _within(value: float, low: float, high: float, least: float) -> Corrected:
    value, low, high = (min(1.0, max(least, x)) for x in (value, low, high))
    return Corrected(value=value, low=min(low, value), high=max(high, value))
