from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.keys import pack_result, request_key, settle, unpack_result
from specharness.model import Completion, Logprobs, Message, Request, Sampling, Unmeasured
from tests.toy import TOY, ask

REQUEST = ask("Why?", "Because.")
HOT = Sampling(max_tokens=9, temperature=0.5, seed=1, index=2)

results = st.one_of(
    st.lists(st.floats(min_value=-1e6, max_value=0)).map(lambda t: Logprobs(tokens=tuple(t))),
    st.builds(Completion, text=st.text(), count=st.integers(min_value=0)),
)


def test_key_is_the_same_on_every_machine():
    assert request_key(TOY, REQUEST) == "ba6417c55c66b2dc523b6135b55fffd9"


def test_everything_that_can_change_the_answer_changes_the_key():
    who = [replace(TOY, **{m: "x"}) for m in ("name", "revision", "engine", "template")]
    what = [
        replace(REQUEST, response="Because"),
        replace(REQUEST, index=1),
        replace(REQUEST, index=2),
        Request(messages=REQUEST.messages[1:], response="Because."),
        Request(messages=REQUEST.messages[::-1], response="Because."),
        ask("Why", "?Because."),
        Request(messages=(Message(role="user", content="Be kind."),), response="Because."),
    ]
    how = [HOT, *(replace(HOT, **{m: 7}) for m in ("max_tokens", "temperature", "seed", "index"))]
    keys = [request_key(TOY, REQUEST)]
    keys += [request_key(w, REQUEST) for w in who] + [request_key(TOY, w) for w in what]
    keys += [request_key(TOY, REQUEST, h) for h in how]
    assert len(set(keys)) == 1 + len(who) + len(what) + len(how)


def test_equal_numbers_make_equal_keys():
    one = replace(HOT, temperature=1)
    assert request_key(TOY, REQUEST, one) == request_key(
        TOY, REQUEST, replace(one, temperature=1.0)
    )


def test_a_lone_surrogate_has_a_key():
    assert len(request_key(TOY, ask("\ud800"))) == 32


@given(results)
def test_a_settled_result_survives_its_bytes(result):
    settled = settle(result)
    assert not isinstance(settled, Unmeasured)
    assert unpack_result(pack_result(settled)) == settled
    assert settle(settled) == settled


@given(results)
def test_settling_costs_less_than_a_ten_millionth(result):
    settled = settle(result)
    if isinstance(result, Logprobs):
        assert settled.tokens == pytest.approx(result.tokens, rel=1.2e-7, abs=1e-40)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf"), 0.5, -1e9])
def test_what_is_no_log_probability_is_unmeasured(bad):
    settled = settle(Logprobs(tokens=(-1.0, bad)))
    assert settled == Unmeasured(reason=f"token 2 of 2 has log-probability {bad}")


def test_rounding_above_zero_becomes_zero_and_minus_zero_too():
    settled = settle(Logprobs(tokens=(1e-7, -0.0)))
    assert str(settled.tokens) == "(0.0, 0.0)"


def test_unmeasured_stays_unmeasured():
    assert settle(Unmeasured(reason="too long")) == Unmeasured(reason="too long")
