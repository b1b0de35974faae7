"""Ranks and ratings into judgements, and what names of fields say about responses."""

import doctest
from collections import Counter
from fractions import Fraction
from importlib import import_module
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.importers.fields import user
from specharness.importers.judgement import Dropped, Judgement, Unusable
from specharness.importers.naming import asked, is_tie, named_side, siblings
from specharness.importers.rankings import Candidate, Question, compared, mean, number
from specharness.importers.turnmarks import marked_prompt

DOCUMENTED = (
    "mapped", "mapping", "naming", "paths", "questions", "rankings", "suggestions", "turnmarks",
    "verdicts",
)  # fmt: skip
ASKED = Question(prompt=user("Q"), group="g", tags=("t",), weight=0.5, source="s", annotator="a")
MERITS = st.lists(st.integers(-3, 3), max_size=8)
BETTER = {1: "first", 0: "neither", -1: "second"}


def candidates(merits: list[Any]) -> list[Candidate]:
    return [
        Candidate(text=str(n), merit=(Fraction(merit),), where=f"f:{n}")
        for n, merit in enumerate(merits)
    ]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_examples_in_docstrings_run(name: str) -> None:
    assert doctest.testmod(import_module(f"specharness.importers.{name}")).failed == 0


@given(MERITS)
def test_every_two_candidates_are_compared_once(merits: list[int]) -> None:
    found = list(compared(ASKED, candidates(merits)))
    judged = [one for one in found if isinstance(one, Judgement)]
    assert len(judged) == len(merits) * (len(merits) - 1) // 2
    assert [(int(one.first), int(one.second)) for one in judged] == list(
        combinations(range(len(merits)), 2)
    )
    for one in judged:
        gap = merits[int(one.first)] - merits[int(one.second)]
        assert one.better == BETTER[(gap > 0) - (gap < 0)]
        assert (one.group, one.tags, one.weight, one.source) == ("g", ("t",), 0.5, "s")
    assert len(found) - len(judged) == (len(merits) == 1)


@given(MERITS, st.integers(0, 5))
def test_small_gaps_are_dropped_and_ties_stay(merits: list[int], min_gap: int) -> None:
    found = list(compared(ASKED, candidates(merits), min_gap))
    gaps = Counter(abs(a - b) for a, b in combinations(merits, 2))
    small = sum(count for gap, count in gaps.items() if 0 < gap < min_gap)
    told = Counter(one.reason for one in found if isinstance(one, Dropped))
    assert told["small gap"] == small
    ties = sum(isinstance(one, Judgement) and one.better == "neither" for one in found)
    assert ties == gaps[0]


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_without_ties_each_good_one_meets_each_bad_one(good: list[bool]) -> None:
    found = list(compared(ASKED, candidates([int(one) for one in good]), ties=False))
    judged = [one for one in found if isinstance(one, Judgement)]
    assert len(judged) == sum(good) * (len(good) - sum(good))
    assert all(good[int(one.first)] == (one.better == "first") for one in judged)
    alone = [one for one in found if isinstance(one, Dropped)]
    assert {one.reason for one in alone} <= {"no partner"}
    assert len(alone) == (0 if judged else len(good))


def test_the_first_number_that_differs_decides_and_only_the_last_has_a_gap() -> None:
    merits = [(1, 0), (0, 5), (0, 4)]
    passed = [
        Candidate(text=str(n), merit=tuple(map(Fraction, merit)), where="f:1")
        for n, merit in enumerate(merits)
    ]
    found = list(compared(ASKED, passed, min_gap=2))
    assert [getattr(one, "better", "gap") for one in found] == ["first", "first", "gap"]


def test_a_gap_is_exact_in_decimals() -> None:
    rated = [
        Candidate(text=str(value), merit=(number(value, "r"),), where="f:1") for value in (0.3, 0.1)
    ]
    (found,) = compared(ASKED, rated, min_gap=0.2)  # 0.3 - 0.1 < 0.2 in floating point
    assert isinstance(found, Judgement)


@given(st.lists(st.sampled_from(["0.1", 0.2, 0.3, 1, "7"]), min_size=1), st.randoms())
def test_a_mean_does_not_depend_on_the_order(ratings: list[Any], random: Any) -> None:
    shuffled = random.sample(ratings, len(ratings))
    one, other = (mean([number(value, "r") for value in some]) for some in (ratings, shuffled))
    assert one == other


def test_a_mean_of_nothing_is_no_label() -> None:
    with pytest.raises(Unusable, match="no label"):
        mean([])


def test_more_than_a_thousand_candidates_are_refused() -> None:
    with pytest.raises(UsageError, match="1001 responses to one prompt"):
        next(compared(ASKED, candidates([0] * 1001)))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no label"), ("", "no label"), (" N/A ", "no label"), ("-", "no label"),
        (float("nan"), "no label"), ("nan", "no label"),
        (True, "unknown label"), ("good", "unknown label"), ([1], "unknown label"),
        (float("inf"), "unknown label"), ("1e999", "unknown label"), (10**400, "unknown label"),
    ],
)  # fmt: skip
def test_what_is_no_rating(value: Any, reason: str) -> None:
    with pytest.raises(Unusable) as raised:
        number(value, "rating")
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["prompt", "response_1", "response_2"], ("response_1", "response_2")),
        (["response-2", "response-1", "q"], ("response-1", "response-2")),
        (["answerA", "answerB"], ("answerA", "answerB")),
        (["text left", "text right"], ("text left", "text right")),
        (["first", "second"], ("first", "second")),
        (["a", "b"], ("a", "b")),
        (["generations-0", "generations-1", "generations-2"],
         ("generations-0", "generations-1", "generations-2")),
        (["answer1", "answer2", "source1", "source2"], ("answer1", "answer2")),
        (["ref1", "ref2", "source1", "source2"], ()),
        (["answer1", "answer2", "text1", "text2"], ()),
        (["response_1"], ()),
        (["response_1", "response_3"], ()),
        (["phone", "gone", "bright", "secondhand"], ()),
        (["prompt", "answer"], ()),
    ],
)  # fmt: skip
def test_siblings(names: list[str], found: tuple[str, ...]) -> None:
    assert siblings(dict.fromkeys(names, "x")) == found


@pytest.mark.parametrize(
    ("label", "names", "side"),
    [
        ("response_1", ("response_1", "response_2"), 0),
        ("Response 2", ("response_1", "response_2"), 1),
        ("2", ("response_1", "response_2"), 1),
        ("1", ("answer_0", "answer_1"), 1),
        ("0", ("answer_1", "answer_2"), None),
        ("1", ("text_a", "text_b"), None),
        ("Answer B", ("answer1", "answer2"), 1),
        ("right", ("text1", "text2"), 1),
        ("second", ("text1", "text2"), 1),
        ("C", ("text1", "text2"), None),
        ("C", ("text1", "text2", "text3"), 2),
        ("About equal", ("text1", "text2"), "tie"),
        ("banana B", ("text1", "text2"), None),
        ("", ("text1", "text2"), None),
    ],
)
def test_the_side_a_label_names(label: str, names: tuple[str, ...], side: Any) -> None:
    assert named_side(label, names) == side


@pytest.mark.parametrize("label", ["tie", "TIE", "Tie (both bad)", "Neither", "no preference"])
def test_ties(label: str) -> None:
    assert is_tie(label)


@pytest.mark.parametrize("label", ["", "A", "not equal in style", "both are short", "tie " * 50])
def test_no_ties(label: str) -> None:
    assert not is_tie(label)


@pytest.mark.parametrize(
    ("fields", "prompt"),
    [
        ({"question": "Q", "context": "C"}, ["Q\n\nC"]),
        ({"instruction": "Q", "input": "", "system": "S"}, ["S", "Q"]),
        ({"topic": "Q"}, ["Q"]),
        ({"prompt": "", "question": "Q"}, ["Q"]),
        ({"input": "Q", "instruction": "Q"}, ["Q"]),
        (
            {
                "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}],
                "instruction": "Q",
            },
            ["S", "Q"],
        ),
    ],
)
def test_what_is_asked(fields: dict[str, Any], prompt: list[str]) -> None:
    assert [turn.content for turn in asked(fields)] == prompt


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"topic": "Q", "mood": "X"}, "missing field"),
        ({"prompt": "P", "question": "Q"}, "missing field"),
        ({"messages": [{"role": "user", "content": "Q"}], "input": "x"}, "missing field"),
        ({"prompt": ""}, "empty prompt"),
        ({"prompt": 3}, "not text"),
        ({"prompt": "What is this?", "image": "a.png"}, "not text"),
    ],
)
def test_what_is_no_prompt(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unusable) as raised:
        asked(fields)
    assert raised.value.reason == reason


TURNS = st.lists(st.text(alphabet="ab \n", min_size=1).filter(str.strip), min_size=1, max_size=5)


@settings(max_examples=60)
@given(TURNS.filter(lambda turns: len(turns) % 2 == 1))
def test_marked_turns_come_back(turns: list[str]) -> None:
    said = [turn.strip() for turn in turns]
    who = ("Human", "Assistant")
    human = "".join(f"\n\n{who[n % 2]}: {turn}" for n, turn in enumerate(said)) + "\n\nAssistant: "
    assert [turn.content for turn in marked_prompt(human)] == said
    extra = said[0] + "".join(
        f"\n<extra_id_1>{('User', 'Assistant')[n % 2]}\n{turn}" for n, turn in enumerate(said) if n
    )
    assert [turn.content.strip() for turn in marked_prompt(extra)] == said
    roles = [("user", "assistant")[n % 2] for n in range(len(said))]
    assert [turn.role for turn in marked_prompt(human)] == roles
    assert [turn.role for turn in marked_prompt(extra)] == roles
