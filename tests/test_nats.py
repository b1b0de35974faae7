from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.nats import read_nats, round_nats, write_nats

log_probabilities = st.lists(st.floats(min_value=-200, max_value=0), max_size=400)


@given(log_probabilities)
def test_each_token_is_at_most_half_a_thousandth_off(nats):
    assert read_nats(write_nats(nats)) == pytest.approx(nats, abs=0.0005 + 1e-9)


@given(log_probabilities)
def test_the_sum_is_at_most_a_quarter_of_a_thousandth_off(nats):
    assert fsum(read_nats(write_nats(nats))) == pytest.approx(fsum(nats), abs=0.00025 + 1e-9)


@given(log_probabilities)
def test_rounding_is_what_reading_gives_and_changes_nothing_the_second_time(nats):
    rounded = round_nats(nats)
    assert read_nats(write_nats(nats)) == rounded
    assert round_nats(rounded) == rounded
    assert write_nats(rounded) == write_nats(nats)


@given(st.text("ABCDghi_-9", max_size=12))
def test_what_can_be_read_is_written_alike_or_refused(text):
    try:
        nats = read_nats(text)
    except ValueError:
        return
    assert read_nats(write_nats(nats)) == nats


@pytest.mark.parametrize("text", ["A A", "A=", "ä", "g", "Ag"])
def test_what_was_never_written_is_refused(text):
    with pytest.raises(ValueError, match=r"base64 digit|no end"):
        read_nats(text)


@pytest.mark.parametrize("bad", [0.1, float("nan"), float("-inf")])
def test_what_is_no_log_probability_is_refused(bad):
    with pytest.raises(ValueError, match="not log-probabilities"):
        write_nats((-1.0, bad))


def test_no_tokens_are_no_text():
    assert write_nats(()) == ""
    assert read_nats("") == ()


def test_one_text_spelled_two_ways():
    assert read_nats("A") == (0.0,)
    assert str(read_nats("A")[0]) == "0.0"
