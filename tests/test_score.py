"""Conditioning, margins, the scorer and the examination of a model."""

from collections.abc import Sequence
from math import exp, fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness import decide, logprob_preferences
from specharness.condition import condition
from specharness.errors import ModelError
from specharness.model import Logprobs, Request, Unmeasured
from specharness.records import Message, Pair
from specharness.score.logprob import Reading, score_pairs
from specharness.score.margins import (
    CLIP,
    FIRST,
    Weighed,
    absolute_margin,
    label_free_temperature,
    preference,
    shift,
    shift_margin,
    verdict_of,
)
from specharness.score.reference import placebo, reference_text
from specharness.score.sensitivity import (
    judge_probe,
    judge_sensitivity,
    planted_pairs,
    planted_requests,
    probe_requests,
)
from specharness.score.trust import examine
from tests.toy import ToyModel

nats = st.floats(-20, 0)
HI = (Message(role="user", content="Hi"),)


def logs(*values: float) -> Logprobs:
    return Logprobs(tokens=values)


def make_pair(i: int = 0) -> Pair:
    prompt = (Message(role="user", content=f"Question {i}?"),)
    return Pair(id=f"p{i}", prompt=prompt, chosen=f"yes {i} it is", rejected="no", group=f"g{i}")


def test_a_spec_joins_the_system_text_of_the_data() -> None:
    prompt = (Message(role="developer", content="You tutor."), *HI)
    assert condition(prompt, "Be kind.") == (
        Message(role="system", content="Be kind.\n\nYou tutor."),
        *HI,
    )
    user = condition(prompt, "Be kind.", "user")
    assert user == (Message(role="user", content="Be kind.\n\nYou tutor.\n\nHi"),)


def test_an_empty_spec_adds_no_turn() -> None:
    assert condition(HI, "") == condition(HI, "", "user") == HI


def test_later_developer_turns_become_system_turns() -> None:
    prompt = (*HI, Message(role="developer", content="Stop."), *HI)
    assert [m.role for m in condition(prompt, "")] == ["user", "system", "user"]


@given(st.lists(st.tuples(nats, nats), min_size=1, max_size=50))
def test_shifts_equal_their_definitions(pairs: list[tuple[float, float]]) -> None:
    s, n = logs(*(a for a, _ in pairs)), logs(*(b for _, b in pairs))
    ratios = [a - b for a, b in pairs]
    assert shift(s, n, "sum") == pytest.approx(fsum(ratios))
    assert shift(s, n, "mean") == pytest.approx(np.mean(ratios))
    assert shift(s, n, "clip") == pytest.approx(np.mean(np.clip(ratios, -CLIP, CLIP)))
    assert shift(s, n, "first") == pytest.approx(np.mean(ratios[:FIRST]))


@given(st.lists(nats, min_size=1, max_size=9), st.lists(nats, min_size=1, max_size=9))
def test_a_condition_does_not_shift_from_itself(a: list[float], b: list[float]) -> None:
    weighed = Weighed(chosen=logs(*a), rejected=logs(*b))
    assert shift_margin(weighed, weighed, "mean") == 0.0
    turned = Weighed(chosen=weighed.rejected, rejected=weighed.chosen)
    assert absolute_margin(turned) == -absolute_margin(weighed)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_preference_is_a_sigmoid_that_never_overflows(margin: float, temperature: float) -> None:
    p = preference(margin, temperature)
    assert 0.0 <= p <= 1.0
    assert p == pytest.approx(1.0 - preference(-margin, temperature))
    if abs(margin / temperature) < 30:
        assert p == pytest.approx(1 / (1 + exp(-margin / temperature)))


def test_verdicts_of_preferences() -> None:
    told = [verdict_of(p) for p in (0.5, 0.51, 0.49)]
    assert told == ["tie", "prefers chosen", "prefers rejected"]


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), max_size=20))
def test_the_temperature_treats_arms_alike(margins: list[tuple[float, float]]) -> None:
    assert label_free_temperature(margins) > 0
    swapped = [(b, h) for h, b in margins]
    assert label_free_temperature(swapped) == label_free_temperature(margins)


def test_references() -> None:
    assert reference_text("empty", "abc") == ""
    assert len(placebo(40).split()) == 40
    assert placebo(0) == ""


def test_scores_do_not_depend_on_the_other_arm_but_for_temperature() -> None:
    pairs = [make_pair(i) for i in range(5)]
    reading = Reading(temperature=1.0)
    both = score_pairs(ToyModel(), pairs, head="A", base="B", reading=reading)
    alone = score_pairs(ToyModel(), pairs, head="A", base="A", reading=reading)
    assert [s.head for s in both.pairs] == [s.head for s in alone.pairs]
    swapped = score_pairs(ToyModel(), pairs, head="B", base="A", reading=reading)
    assert [s.base for s in swapped.pairs] == [s.head for s in both.pairs]


def test_a_score_keeps_all_terms() -> None:
    (score,) = score_pairs(
        ToyModel(), [make_pair()], head="A", base="", reading=Reading(temperature=1.0)
    ).pairs
    assert score.head and score.base and score.reference
    assert score.base.terms == score.reference  # the empty spec is the reference
    assert (score.head.terms.chosen_tokens, score.head.terms.rejected_tokens) == (5, 2)
    h, n = score.head.terms, score.reference
    expected = (h.chosen - n.chosen) / 5 - (h.rejected - n.rejected) / 2
    assert score.head.margin == pytest.approx(expected)


def test_public_preferences_feed_decide() -> None:
    pairs = [make_pair(i) for i in range(30)]
    reading = Reading(temperature=1.0)
    values = logprob_preferences(ToyModel(), "A", pairs, reading)
    assert values.shape == (30,) and ((values > 0) & (values < 1)).all()
    assert decide(values, values).verdict == "UNPROVEN"


def test_an_unmeasured_pair_is_never_a_number() -> None:
    model = ToyModel(refuse=lambda r: r.response == "no")
    scores = score_pairs(model, [make_pair()], head="A", base="B", reading=Reading())
    assert scores.pairs[0].head is None
    assert scores.pairs[0].error == "rejected: the toy refuses"
    with pytest.raises(ModelError, match="p0: could not be measured"):
        logprob_preferences(model, "A", [make_pair()])


def test_planted_pairs_are_balanced() -> None:
    planted = planted_pairs()
    families = {p["family"] for p in planted}
    assert len(planted) == 24 and len(families) == 6
    assert len({p["id"] for p in planted}) == len({p["prompt"] for p in planted}) == 24


class Guided(ToyModel):
    """Follows planted rules on a share of the planted pairs."""

    def __init__(self, share: float) -> None:
        super().__init__()
        count = round(share * 24)
        self.liked = {(p["rule"], p["follows"]) for p in planted_pairs()[:count]}
        self.liked |= {(p["opposite"], p["follows"]) for p in planted_pairs()[count:]}

    def weigh(self, request: Request) -> Logprobs | Unmeasured:
        liked = (request.messages[0].content, request.response) in self.liked
        liked = liked or request.response == "The capital of France is Paris."
        words = request.response.split()
        return Logprobs(tokens=tuple(-1.0 - 0.01 * i - (not liked) for i in range(len(words))))


@pytest.mark.parametrize(("share", "may"), [(0.0, False), (0.5, False), (0.75, True), (1.0, True)])
def test_sensitivity_says_whether_a_model_may_gate(share: float, may: bool) -> None:
    trust = examine(Guided(share), Reading())
    assert trust.probe == "passed"
    assert trust.may_gate is may
    assert trust.sensitivity and trust.sensitivity.count == round(share * 24)


def test_unmeasured_planted_pairs_are_counted_not_scored() -> None:
    answers: list[Logprobs | Unmeasured] = [Unmeasured(reason="x")] * 96
    found = judge_sensitivity(answers, "mean")
    assert (found.share.n, found.errors, found.may_gate) == (0, 24, False)
    assert len(planted_requests("system")) == 96


GOOD = logs(-0.1, -0.2, -0.3, -0.4, -0.5, -0.6)
BAD = logs(-5.0, -6.0, -5.5, -7.0, -4.0, -3.0)


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ((GOOD, BAD, GOOD), ""),
        ((BAD, GOOD, BAD), "words in disorder are rated likelier than the sentence"),
        ((GOOD, BAD, logs(*[-2.0, -3.0] * 3)), "another answer to the same question"),
        ((logs(-1.0), BAD, GOOD), "1 log-probabilities for a sentence of six words"),
        ((logs(*[-1.0] * 6), BAD, GOOD), "the same log-probability for every token"),
        ((logs(*[0.5] * 6), BAD, GOOD), "log-probabilities that are not finite numbers up to 0"),
        ((Unmeasured(reason="gone"), BAD, GOOD), "gone"),
    ],
)
def test_the_probe_finds_what_is_wrong(
    answers: Sequence[Logprobs | Unmeasured], wrong: str
) -> None:
    assert len(probe_requests()) == 3
    assert judge_probe(answers) == wrong
