"""What a judge's own errors make of a difference: told beside the verdict, with its limits."""

from dataclasses import replace

import pytest

from specharness.gate.judgeerror import corrected_difference, errors_of
from specharness.runfile import Gate, JudgeTrust, Share
from specharness.telling import tell_judge_errors
from tests.runs import make_gate, make_trust


def judge(right: float, n: int) -> JudgeTrust:
    share = Share(count=right, n=n, low=0.0, high=1.0)
    return JudgeTrust(
        model="j", digest="", by="logprob", standard="system", votes_each=0, votes_more=0, seed=0,
        admission="", admitted=True, told="", right=share,
    )  # fmt: skip


def told(right: float, n: int = 100, **gate: object) -> tuple[str, ...]:
    known: Gate = make_gate(difference=-0.08, interval=(-0.14, -0.02))
    return tell_judge_errors(replace(known, **gate), make_trust(judge=judge(right, n)))  # type: ignore[arg-type]


def test_a_difference_grows_by_what_the_judge_is_worth() -> None:
    assert told(90) == (
        "The judge was right on 90 of 100 labelled pairs. If it errs as often here, and under both "
        "specs alike, the true difference is about -10.0 points (90 % interval -17.6 to -2.4).",
    )
    found = corrected_difference(-0.08, (-0.14, -0.02), errors_of(90, 100), alpha=0.1)
    assert found.value == pytest.approx(-0.1)


def test_the_spread_of_the_admission_is_that_of_twice_a_share() -> None:
    # var(2 r - 1) = 4 r (1 - r) / n, whichever way the labelled pairs are divided
    errors = errors_of(80, 100)
    se, sp = errors.sensitivity, errors.specificity
    spread = se * (1 - se) / errors.chosen + sp * (1 - sp) / errors.other
    assert spread == pytest.approx(4 * 0.8 * 0.2 / 100)


def test_nothing_is_said_where_there_is_nothing_to_allow_for() -> None:
    assert told(100) == told(0, 0) == told(90, difference=0.0) == told(90, difference=None) == ()
    assert tell_judge_errors(make_gate(difference=-0.1), make_trust()) == ()


def test_a_judge_hardly_better_than_a_coin_is_told() -> None:
    assert told(54) == (
        "The judge was right on only 54 of 100 labelled pairs: its errors cannot be allowed for.",
    )
