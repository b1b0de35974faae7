"""Judgements settled into pairs: every comparison is kept or dropped with a reason."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.importers.judgement import REASONS, Better, Dropped, Finding, Judgement
from specharness.importers.marks import Marks
from specharness.importers.summary import one_line, summary_table
from specharness.importers.tally import Kept, Tally, settle
from specharness.pairline import content_id, dump_pair
from specharness.pairs import parse_pairs
from specharness.records import Message

ASKED = (Message(role="user", content="Why?"),)
SWAPPED: dict[Better, Better] = {"first": "second", "second": "first", "neither": "neither"}


def judged(better: Better = "first", **changes: Any) -> Judgement:
    fields = {"prompt": ASKED, "first": "A", "second": "B", "where": "f.jsonl:1"} | changes
    return Judgement(better=better, **fields)


def settled(findings: Iterable[Finding], votes: bool = False, annotator: str = "") -> Any:
    return list(settle(((f, votes) for f in findings), annotator))


def test_the_better_one_is_chosen_wherever_it_stood() -> None:
    one, two = settled([judged(), judged("second", first="C", second="D", where="f.jsonl:9")])
    assert (one.pair.chosen, one.pair.rejected, one.pair.position) == ("A", "B", "first")
    assert (two.pair.chosen, two.pair.rejected, two.pair.position) == ("D", "C", "second")
    assert (one.pair.line, two.pair.line) == (1, 9)
    assert one.pair.id == content_id(ASKED, "A", "B")


@pytest.mark.parametrize(
    ("reason", "judgement"),
    [
        ("tie", judged("neither")),
        ("empty side", judged(first=" \n")),
        ("identical sides", judged(second="A")),
        ("empty prompt", judged(prompt=(Message(role="user", content=""),))),
        ("wrong turn", judged(prompt=(Message(role="assistant", content="Hi"),))),
        ("wrong turn", judged(prompt=())),
        ("half a character", judged(second="\ud800")),
    ],
)
def test_what_makes_no_pair_has_a_reason(reason: str, judgement: Judgement) -> None:
    (dropped,) = settled([judgement])
    assert isinstance(dropped, Dropped)
    assert (dropped.reason, dropped.where) == (reason, "f.jsonl:1")


def test_the_same_pair_twice_is_dropped_the_second_time_and_the_opposite_is_kept() -> None:
    outcomes = settled([judged(), judged(where="f.jsonl:2"), judged("second", where="f.jsonl:3")])
    assert [getattr(o, "reason", "kept") for o in outcomes] == ["kept", "duplicate", "kept"]


def test_an_id_of_the_data_is_used_once() -> None:
    outcomes = settled([judged(id="x"), judged(id="x", first="C"), judged(id=" a\nb ", first="D")])
    ids = [o.pair.id for o in outcomes]
    assert ids == ["x", content_id(ASKED, "C", "B"), content_id(ASKED, "D", "B")]


def test_a_prompt_can_be_given_where_the_data_has_none() -> None:
    unasked = judged(prompt=(Message(role="user", content=""),))
    (kept, also) = settle([(unasked, False), (judged(), False)], "", "Write.")
    assert isinstance(kept, Kept)
    assert isinstance(also, Kept)
    assert kept.pair.prompt == (Message(role="user", content="Write."),)
    assert also.pair.prompt == ASKED


def test_votes_become_weight_and_agreement() -> None:
    votes = [judged(annotator="x"), judged("second", first="B", second="A"), judged("second")]
    (kept,) = settled(votes, votes=True)
    assert (kept.pair.chosen, kept.votes) == ("A", 3)
    assert kept.pair.weight == pytest.approx(1 / 3)
    assert kept.pair.agreement == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("votes", "reason"),
    [
        (["first", "second"], "split vote"),
        (["first", "second", "neither"], "split vote"),
        (["neither", "neither", "first"], "tie"),
    ],
)
def test_votes_without_a_winner_make_no_pair(votes: list[Better], reason: str) -> None:
    (dropped,) = settled([judged(v) for v in votes], votes=True)
    assert dropped.reason == reason


def test_one_annotator_can_be_asked_for() -> None:
    votes = [judged(annotator="x"), judged("second", annotator="y")]
    (kept,) = settled(votes, votes=True, annotator="y")
    assert (kept.pair.chosen, kept.pair.agreement) == ("B", 1)
    (dropped,) = settled(votes, votes=True, annotator="z")
    assert dropped.reason == "other annotator"
    assert [o.reason for o in settled([judged(annotator="x")], annotator="y")] == [
        "other annotator"
    ]


TEXTS = st.sampled_from(["A", "B", "C", " ", ""])
JUDGEMENTS = st.builds(
    judged, st.sampled_from(["first", "second", "neither"]), first=TEXTS, second=TEXTS,
    annotator=st.sampled_from(["", "x", "y"]),
)  # fmt: skip
DROPS = st.builds(Dropped, reason=st.sampled_from(sorted(REASONS)), where=st.just("f:1"))


@given(st.lists(JUDGEMENTS | DROPS), st.booleans())
def test_kept_plus_dropped_is_read(findings: list[Finding], votes: bool) -> None:
    tally, outcomes = Tally(), settled(findings, votes)
    for outcome in outcomes:
        tally.count(outcome)
    kept = [o.pair for o in outcomes if isinstance(o, Kept)]
    assert tally.read == len(outcomes) == len(kept) + tally.dropped.total()
    if not votes:
        assert tally.read == len(findings)
    assert set(tally.dropped) <= set(REASONS)
    assert len({p.id for p in kept}) == len(kept)
    again = parse_pairs([dump_pair(pair) for pair in kept], "pairs.jsonl")
    assert [p.chosen for p in again] == [p.chosen for p in kept]


@given(st.lists(JUDGEMENTS, min_size=1))
def test_turning_both_sides_round_changes_the_position_only(judgements: list[Judgement]) -> None:
    turned = [
        judged(SWAPPED[j.better], first=j.second, second=j.first, annotator=j.annotator)
        for j in judgements
    ]
    one, other = settled(judgements, votes=True), settled(turned, votes=True)
    facts = [(o.pair.chosen, o.pair.weight) if isinstance(o, Kept) else o.reason for o in one]
    assert facts == [
        (o.pair.chosen, o.pair.weight) if isinstance(o, Kept) else o.reason for o in other
    ]


def test_the_table_names_the_first_places() -> None:
    tally = Tally()
    for n in range(5):
        tally.count(Dropped(reason="tie", where=f"f.jsonl:{n}"))
    tally.count(settled([judged(notes=("role marker",))])[0])
    tally.layouts["trl"] += 6
    table = summary_table(tally)
    assert [line.split()[:2] for line in table.splitlines()] == [
        ["read", "6"], ["kept", "1"], ["dropped", "5"], ["noted", "1"],
    ]  # fmt: skip
    assert "f.jsonl:0, :1, :2, ..." in table
    assert one_line(tally) == "6 comparisons read, 1 kept; dropped: 5 tie"


@given(st.lists(st.integers(1, 2**64 - 1) | st.integers(1, 40), max_size=3000))
def test_marks_are_a_set(numbers: list[int]) -> None:
    marks, seen = Marks(), set[int]()
    for number in numbers:
        assert marks.add(number) == (number not in seen)
        seen.add(number)


def test_marks_grow() -> None:
    marks = Marks()
    assert all(marks.add(n * 1024) for n in range(1, 5000))
    assert not any(marks.add(n * 1024) for n in range(1, 5000))
