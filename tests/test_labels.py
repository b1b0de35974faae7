"""Which response a label names, by the names of the columns and the words of the label."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.importers.judgement import REASONS, Judgement, Options, Row, Unusable
from specharness.importers.labelcolumns import find_columns, places, words
from specharness.importers.labelreader import LabelReader, by_label, name_of, row_by_row, take
from specharness.importers.labels import Label, compare, no_winner, number, said, winner

AB = ("response_a", "response_b")
ONE_TWO = ("output_1", "output_2")
ZERO_ONE = ("answer_0", "answer_1")
LEFT_RIGHT = ("left", "right")


def label(value, names=AB, models=("", "")):
    return Label(value=value, name="label", first=names[0], second=names[1], models=models)


def reason(call, *args):
    with pytest.raises(Unusable) as caught:
        call(*args)
    assert caught.value.reason in REASONS
    return caught.value.reason


@pytest.mark.parametrize(
    ("value", "names", "expected"),
    [
        ("a", AB, "first"), ("B", AB, "second"), ("response_a", AB, "first"),
        ("Response B", AB, "second"), ("model_a", AB, "first"), ("Assistant B", AB, "second"),
        ("left", AB, "first"), ("Right", AB, "second"), ("second", AB, "second"),
        ("one", AB, "first"), ("[[A]]", AB, "first"), ("(b)", AB, "second"),
        ("A is better", AB, "first"), ("B is slightly better", AB, "second"),
        ("A>B", AB, "first"), ("A > B", AB, "first"), ("A<<B", AB, "second"),
        ("B>>A", AB, "second"), ("A=B", AB, "neither"), ("[[B>A]]", AB, "second"),
        ("answer_a > answer_b", AB, "first"),
        (0, AB, "unsettled"), (1, AB, "unsettled"), ("2", AB, "unsettled"), (True, AB, "unsettled"),
        ("yes", AB, "unsettled"), ("response_1", AB, "unsettled"), ("0.5", AB, "unsettled"),
        ("1>2", AB, "unsettled"), (-1, ONE_TWO, "unsettled"),
        ("c", AB, None), ("maybe", AB, None), ("A and B", AB, None), ("A is worse", AB, None),
        ("A>A", AB, None), ("ä", AB, None), ("gpt-4", AB, None),
        (1, ONE_TWO, "first"), (2, ONE_TWO, "second"), (2.0, ONE_TWO, "second"),
        ("1", ONE_TWO, "first"), ("output_2", ONE_TWO, "second"), ("a", ONE_TWO, "first"),
        ("Answer B", ONE_TWO, "second"), ("2>1", ONE_TWO, "second"), (0, ONE_TWO, "unsettled"),
        (0, ZERO_ONE, "first"), (1, ZERO_ONE, "second"), ("answer_1", ZERO_ONE, "second"),
        (2, ZERO_ONE, "unsettled"), ("first", ZERO_ONE, "first"),
        ("left", LEFT_RIGHT, "first"), ("b", LEFT_RIGHT, "second"), (1, LEFT_RIGHT, "unsettled"),
        (1, ("better", "worse"), "unsettled"), ("a", ("better", "worse"), "first"),
    ],
)  # fmt: skip
def test_who_wins(value, names, expected):
    assert winner(label(value, names)) == expected


@pytest.mark.parametrize(
    ("value", "models", "expected"),
    [
        ("llama", ("llama", "qwen"), "first"), ("qwen", ("llama", "qwen"), "second"),
        ("gpt-4", ("llama", "qwen"), None), ("llama", ("llama", "llama"), None),
        ("a", ("llama", "qwen"), "first"),
        # a model that is called like the other side
        ("b", ("b", "c"), "unsettled"), ("a", ("a", "b"), "first"),
    ],
)  # fmt: skip
def test_a_label_may_name_the_model(value, models, expected):
    assert winner(label(value, AB, models)) == expected


TIES = ("tie", "Tie", "tie (bothbad)", "both_bad", "both", "neither", "Equal", "draw", "same")
MISSING = (None, "", "  ", "null", "None", "NaN", "n/a", math.nan)


@pytest.mark.parametrize("value", TIES)
def test_ties(value):
    assert no_winner(said(value))
    assert LabelReader().better(label(value), "x:1") == "neither"
    assert LabelReader("1").better(label(value), "x:1") == "neither"


@pytest.mark.parametrize("value", MISSING)
def test_no_label(value):
    assert reason(LabelReader().better, label(value), "x:1") == "no label"
    assert reason(LabelReader("1").better, label(value), "x:1") == "no label"


@pytest.mark.parametrize("value", [["a"], {"winner": "a"}, "a" * 101, "who knows"])
def test_what_is_no_label(value):
    assert reason(LabelReader().better, label(value), "x:1") == "unknown label"


def test_an_unsettled_label_shows_the_values_and_the_way_out():
    labels = LabelReader()
    assert labels.better(label("a"), "x:1") == "first"
    with pytest.raises(UsageError) as caught:
        labels.better(label(0), "x:2")
    assert str(caught.value) == (
        "x:2: label is 0, which the names response_a and response_b do not explain "
        "(values so far: a, 0); "
        "say which value means that response_a is better: --first-wins-when VALUE"
    )


def test_a_third_value_is_refused():
    labels = LabelReader("1")
    read = [labels.better(label(v), "x:1") for v in (0, 1, "tie", 0.0, "1", "0")]
    assert read == ["second", "first", "neither", "second", "first", "second"]
    with pytest.raises(UsageError, match="more than two values besides ties: 1, 0, 2"):
        labels.better(label(2), "x:9")


def test_a_file_is_read_with_its_memory_and_the_next_one_without():
    def read(row, options):
        judgement = Judgement(prompt=(), first="A", second="B", better="neither", where=row.where)
        return judgement, label(take(row, "label"))

    begin, options = by_label(read), Options(first_wins_when="1")
    convert = begin(options)
    file = [Row(data={"label": value}, where="x:1") for value in (1, 0, 2)]
    assert [f.better for row in file[:2] for f in convert(row, options)] == ["first", "second"]
    with pytest.raises(UsageError, match="more than two values"):
        list(convert(file[2], options))
    assert [f.better for f in begin(options)(file[2], options)] == ["second"]
    assert [f.better for f in row_by_row(begin)(file[2], options)] == ["second"]


@given(
    st.sampled_from(["response", "Model Output", "completion", "human answer", ""]),
    st.sampled_from([("A", "B"), ("1", "2"), ("0", "1"), ("left", "right"), ("one", "two")]),
    st.sampled_from(["{0}_{1}", "{0} {1}", "{1} {0}", "{0}-{1}"]),
)
def test_the_name_of_a_column_names_its_side(noun, sides, form):
    names = tuple(form.format(noun, side).strip(" _-") for side in sides)
    assert winner(label(names[0], names)) == "first"
    assert winner(label(names[1].upper(), names)) == "second"
    assert winner(label(sides[1], names)) == "second"


@given(st.permutations(["prompt", "Response A", "Response B", "Winner", "model_a", "model_b"]))
def test_the_order_of_columns_says_nothing(names):
    found = find_columns(tuple(names))
    assert found is not None
    assert (found.first, found.second) == ("Response A", "Response B")
    assert found.models == ("model_a", "model_b")


@given(
    st.text(max_size=30) | st.integers() | st.floats() | st.booleans() | st.none() | st.just([1]),
    st.sampled_from([AB, ONE_TWO, ZERO_ONE, LEFT_RIGHT]),
    st.text(max_size=3),
)
def test_every_value_is_read_refused_or_asked_about(value, names, when):
    try:
        better = LabelReader(when).better(label(value, names), "x:1")
    except Unusable as error:
        assert error.reason in ("no label", "unknown label")
    except UsageError as error:
        assert not when.strip() and "--first-wins-when" in str(error)
    else:
        assert better in ("first", "second", "neither")


@given(st.integers(min_value=-9, max_value=9), st.sampled_from([AB, ONE_TWO, ZERO_ONE]))
def test_a_number_is_taken_only_where_a_column_carries_it(value, names):
    carried = [name[-1] for name in names]
    found = winner(label(value, names))
    if str(value) in carried:
        assert found == ("first", "second")[carried.index(str(value))]
    else:
        assert found == "unsettled"


@pytest.mark.parametrize(
    ("value", "expected"), [(2, 2.0), ("-2", -2.0), (" 0.5 ", 0.5), ("1e2", 100.0), (-1.5, -1.5)]
)
def test_numbers(value, expected):
    assert number(value, "strength") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *[(value, "no label") for value in MISSING],
        *[(v, "unknown label") for v in ("much", True, [1], math.inf, "inf", "1e999", 10**400)],
    ],
)
def test_what_is_no_number(value, expected):
    assert reason(number, value, "strength") == expected


def test_comparing():
    assert [compare(*pair, 0.0) for pair in ((1, 2), (2, 1), (1, 1))] == [
        "second", "first", "neither",
    ]  # fmt: skip
    assert compare(1.0, 2.0, 1.0) == "second"
    assert reason(compare, 1.0, 2.0, 1.5) == "small gap"


def test_fields_and_names():
    assert take(Row(data={"x": None}, where="f:1"), "x") is None
    assert reason(take, Row(data={}, where="f:1"), "x") == "missing field"
    assert reason(take, Row(data=[1], where="f:1"), "x") == "not an object"
    names = [name_of(value) for value in (" a ", 7, None, ["gpt-4", "v2"], {"a": 1})]
    assert names == ["a", "7", "", "gpt-4 v2", ""]


@pytest.mark.parametrize(
    ("names", "first", "second", "labels"),
    [
        (("q", "response_a", "response_b", "winner"), "response_a", "response_b", ("winner",)),
        (("Answer 1", "Answer 2", "Better Answer"), "Answer 1", "Answer 2", ("Better Answer",)),
        (("modelOutputB", "modelOutputA", "label"), "modelOutputA", "modelOutputB", ("label",)),
        (("response_b", "response_a", "verdict"), "response_a", "response_b", ("verdict",)),
        (("text 0", "text 1", "gold label", "vote"), "text 0", "text 1", ("gold label", "vote")),
        (("A", "B", "pref"), "A", "B", ("pref",)),
        (("left_response", "right_response", "human_preference"), "left_response",
         "right_response", ("human_preference",)),
    ],
)  # fmt: skip
def test_columns_are_found_by_name(names, first, second, labels):
    found = find_columns(names)
    assert found is not None
    assert (found.first, found.second, found.labels) == (first, second, labels)


@pytest.mark.parametrize(
    "names",
    [
        ("response_a", "response_b"),
        ("response_a", "response_b", "response_c", "winner"),
        ("response_0", "response_1", "response_2", "winner"),
        ("response_a", "response_b", "answer_1", "answer_2", "winner"),
        ("model_a", "model_b", "winner"),
        ("winner_model_a", "winner_model_b", "response_a", "response_b"),
        ("1", "2", "label"),
        ("response_a", "response_b", "preference_strength", "label_confidence"),
        (*(f"x{n}" for n in range(300)), "a", "b", "label"),
        ("réponse_a", "réponse_b", "label"),
        (),
    ],
)
def test_columns_that_are_no_comparison(names):
    assert find_columns(names) is None


def test_columns_beside_the_responses():
    found = find_columns(
        ("orig_response_A", "orig_response_B", "label", "model_a", "model_b", "Annotator ID")
    )
    assert found is not None
    assert found.prefix == "orig"
    assert found.models == ("model_a", "model_b")
    assert found.annotator == "Annotator ID"


@given(st.text(max_size=15), st.text(max_size=15))
def test_names_of_any_script(first, second):
    assert not first.isascii() or all(word.islower() or word.isdigit() for word in words(first))
    assert places(first, first) is None
    found = places(first, second)
    assert found is None or places(second, first) in (None, found[::-1])
