"""Judge-error correction against the published formula, closed forms and simulated coverage."""

import numpy as np
import pytest
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate.judgeerror import (
    JudgeErrors,
    corrected_difference,
    corrected_share,
    prediction_powered,
)


def errors(se: float, n_se: int, sp: float, n_sp: int) -> JudgeErrors:
    return JudgeErrors(right_chosen=se * n_se, chosen=n_se, right_other=sp * n_sp, other=n_sp)


def reference(ap: float, n: int, e: JudgeErrors, level: float) -> tuple[float, float]:
    """Lang & Reiczigel (2014), equations 4, 6, 7, 15 to 17, in the paper's own names."""
    z = norm.ppf(1 - (1 - level) / 2)
    n_se_, n_sp_, n_ = e.chosen + 2, e.other + 2, n + z**2
    se_ = (e.chosen * e.sensitivity + 1) / n_se_
    sp_ = (e.other * e.specificity + 1) / n_sp_
    ap_ = (n * ap + z**2 / 2) / n_
    p_ = (ap_ + sp_ - 1) / (se_ + sp_ - 1)
    dp = 2 * z**2 * (p_ * se_ * (1 - se_) / n_se_ - (1 - p_) * sp_ * (1 - sp_) / n_sp_)
    parts = (
        ap_ * (1 - ap_) / n_,
        p_**2 * se_ * (1 - se_) / n_se_,
        (1 - p_) ** 2 * sp_ * (1 - sp_) / n_sp_,
    )
    half = z * np.sqrt(sum(parts) / (se_ + sp_ - 1) ** 2)
    return max(0.0, p_ + dp - half), min(1.0, p_ + dp + half)


@pytest.mark.parametrize(
    ("ap", "n", "found"),
    [
        (0.6, 100, errors(0.9, 50, 0.8, 50)),
        (0.2, 4910, errors(0.826, 178, 0.993, 300)),
        (0.95, 40, errors(0.9, 30, 0.9, 30)),
    ],
)
def test_the_interval_is_the_published_one(ap: float, n: int, found: JudgeErrors) -> None:
    low, high = reference(ap, n, found, 0.95)
    told = corrected_share(ap * n, n, found)
    point = min(1.0, max(0.0, (ap + found.specificity - 1) / found.worth))
    assert told.value == pytest.approx(point)
    assert (told.low, told.high) == pytest.approx((min(low, point), max(high, point)))


def test_a_perfect_judge_is_left_as_it_is() -> None:
    perfect = errors(1.0, 10**7, 1.0, 10**7)
    told = corrected_share(30, 100, perfect)
    assert told.value == pytest.approx(0.3)
    z = norm.isf(0.025)  # Agresti & Coull (1998), which the formula then is
    centre, n_ = (30 + z * z / 2) / (100 + z * z), 100 + z * z
    half = z * np.sqrt(centre * (1 - centre) / n_)
    assert (told.low, told.high) == pytest.approx((centre - half, centre + half), abs=1e-5)
    same = corrected_difference(-0.1, (-0.15, -0.04), perfect)
    assert (same.value, same.low, same.high) == pytest.approx((-0.1, -0.15, -0.04), abs=1e-6)


@pytest.mark.parametrize(
    ("true", "se", "sp"), [(0.3, 0.85, 0.75), (0.7, 0.7, 0.9), (0.5, 0.8, 0.8)]
)
def test_the_share_is_covered_19_times_in_20(true: float, se: float, sp: float) -> None:
    rng, inside, plain = np.random.default_rng(0), 0, 0
    for _ in range(2000):
        said = rng.binomial(200, true * se + (1 - true) * (1 - sp))
        e = JudgeErrors(
            right_chosen=rng.binomial(60, se), chosen=60, right_other=rng.binomial(60, sp), other=60
        )
        told = corrected_share(said, 200, e)
        inside += told.low <= true <= told.high
        plain += abs(said / 200 - true) < 1.96 * np.sqrt(true * (1 - true) / 200)
    assert inside / 2000 >= 0.93
    assert true == 0.5 or plain / 2000 < 0.9  # what happens without a correction


def test_the_difference_is_covered_19_times_in_20() -> None:
    rng, inside = np.random.default_rng(1), 0
    se, sp, n = 0.85, 0.8, 400
    for _ in range(1500):
        good = rng.random(n) < 0.8
        head = good & (rng.random(n) < 0.85)  # the truth: 12 points lost
        said = [np.where(g, rng.random(n) < se, rng.random(n) < 1 - sp) for g in (good, head)]
        changes = said[1].astype(float) - said[0]
        half = 1.96 * changes.std(ddof=1) / np.sqrt(n)
        e = JudgeErrors(
            right_chosen=rng.binomial(80, se), chosen=80, right_other=rng.binomial(80, sp), other=80
        )
        told = corrected_difference(
            changes.mean(), (changes.mean() - half, changes.mean() + half), e
        )
        inside += told.low <= -0.12 <= told.high
    assert 0.93 <= inside / 1500 <= 0.985


def test_prediction_powered_by_a_useless_judge_is_the_labels_alone() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 2, 60).astype(float)
    told = prediction_powered([0.5] * 500, [0.5] * 60, labels.tolist())
    half = norm.isf(0.025) * labels.std(ddof=1) / np.sqrt(60)
    assert told.value == pytest.approx(labels.mean())
    assert (told.low, told.high) == pytest.approx((labels.mean() - half, labels.mean() + half))


def test_prediction_powered_by_a_perfect_judge_uses_all_pairs() -> None:
    rng = np.random.default_rng(3)
    many, few = rng.choice([-1.0, 0.0, 1.0], 900), rng.choice([-1.0, 0.0, 1.0], 100)
    told = prediction_powered(many.tolist(), few.tolist(), few.tolist())
    weight = 0.9  # n / (n + N) of the labels' own mean: all 1000 pairs alike
    assert told.value == pytest.approx(weight * many.mean() + 0.1 * few.mean(), abs=0.01)
    assert told.high - told.low == pytest.approx(2 * 1.96 * many.std() / np.sqrt(1000), rel=0.08)


def test_prediction_powered_covers_whatever_the_judge_does() -> None:
    rng, inside, narrower = np.random.default_rng(4), 0, 0
    for _ in range(1000):
        truth = (rng.random(660) < 0.7).astype(float)
        flip = rng.random(660) < np.where(truth == 1, 0.1, 0.4)  # errors that depend on the truth
        judged = np.where(flip, 1 - truth, truth)
        told = prediction_powered(judged[60:].tolist(), judged[:60].tolist(), truth[:60].tolist())
        inside += told.low <= 0.7 <= told.high
        narrower += told.high - told.low < 2 * 1.96 * truth[:60].std(ddof=1) / np.sqrt(60)
    assert 0.925 <= inside / 1000 <= 0.97
    assert narrower / 1000 > 0.95


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (errors(0.5, 50, 0.5, 50), "sensitivity + specificity - 1 is 0.00"),
        (errors(0.3, 50, 0.4, 50), "sensitivity + specificity - 1 is -0.30"),
        (JudgeErrors(right_chosen=0, chosen=0, right_other=9, other=9), "no labelled pairs"),
    ],
)
def test_a_judge_that_knows_nothing_is_refused(found: JudgeErrors, message: str) -> None:
    for correct in (
        lambda: corrected_share(5, 10, found),
        lambda: corrected_difference(0.1, (0.0, 0.2), found),
    ):
        with pytest.raises(UsageError) as caught:
            correct()
        assert message in str(caught.value)


def test_labels_have_to_fit() -> None:
    with pytest.raises(UsageError, match="2 labels, but 1 judgements"):
        prediction_powered([1, 0], [1], [1, 0])
    with pytest.raises(UsageError, match="label at least 30"):
        prediction_powered([1, 0], [1], [1])
