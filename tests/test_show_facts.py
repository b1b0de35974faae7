"""What a look at pairs finds, against sets small enough to count by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.gate.stats import wilson
from specharness.records import Message, Pair
from specharness.settings import SplitSettings
from specharness.show.counting import count_pairs, count_positions, find_slices
from specharness.show.examples import find_examples
from specharness.show.facts import Quantiles, Sides
from specharness.show.lengths import difference_bins, length_edges, measure_lengths
from specharness.show.noise import estimate_noise
from specharness.show.separating import MOST_CHARACTERS, draw_sample, separate
from specharness.split import Split, split_pairs
from tests.showing import make_pair, make_pairs


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def turns(*said: str) -> tuple[Message, ...]:
    return tuple(Message(role=text.split(":")[0], content=text) for text in said)


# counts and slices

SEVEN = [
    make_pair("1", "One?", group="g", tags=("x", "y"), source="S"),
    make_pair("2", "One?", group="g", tags=("x",), source="S", must=True),
    make_pair("3", "Two?", group="g", tags=("x", "x"), source="S", weight=0.5),
    make_pair("4", prompt=turns("user: a", "assistant: b", "user: c"), group="h", source="T"),
    make_pair("5", prompt=turns("system: s", "user: c"), group="i"),
    make_pair("6", prompt=turns("developer: s", "user: c"), group="j"),
    make_pair("7", "Two?", group="k", chosen="No.", rejected="Yes, it is so."),
]


def test_counts() -> None:
    split = Split(compile=tuple(SEVEN[:1]), select=tuple(SEVEN[1:3]), gate=tuple(SEVEN[3:]))
    counts = count_pairs(SEVEN, split)
    assert (counts.pairs, counts.groups, counts.prompts) == (7, 5, 5)
    assert (counts.conversations, counts.systems) == (1, 2)
    assert (counts.must, counts.weighted) == (1, 1)
    assert counts.sides == Sides(compile=1, select=2, gate=4)
    assert count_pairs(SEVEN, None).sides is None


def test_slices_are_sources_tags_and_groups_of_several_pairs_with_their_length_rule() -> None:
    split = Split(compile=(), select=tuple(SEVEN[:2]), gate=tuple(SEVEN[2:]))
    found = {(part.kind, part.name): part for part in find_slices(SEVEN, split)}
    counted = {key: (part.pairs, part.gate) for key, part in found.items()}
    assert counted == {
        ("source", "S"): (3, 1),
        ("source", ""): (3, 3),
        ("source", "T"): (1, 1),
        ("tag", "x"): (3, 1),
        ("tag", "y"): (1, 0),
        ("group", "g"): (3, 1),
    }
    unnamed = found["source", ""].longer  # pairs 5 and 6 have the longer one chosen, 7 has not
    assert (unnamed.count, unnamed.n) == (2, 3)
    assert (unnamed.low, unnamed.high) == wilson(2, 3)


def test_slices_of_a_kind_come_by_size_then_name() -> None:
    assert [part.name for part in find_slices(SEVEN, None) if part.kind == "source"] == [
        "", "S", "T"
    ]  # fmt: skip
    assert {part.gate for part in find_slices(SEVEN, None)} == {None}


def test_positions_are_counted_where_the_data_say_them() -> None:
    pairs = [make_pair(str(i), position=side) for i, side in enumerate(["first"] * 3 + ["second"])]
    found = count_positions([*pairs, make_pair("x")])
    assert (found.first.count, found.first.n, found.unknown) == (3, 4, 1)
    assert not found.one_sided


@pytest.mark.parametrize("side", ["first", "second"])
def test_one_side_only_is_no_order_of_showing(side: str) -> None:
    assert count_positions([make_pair("a", position=side), make_pair("b")]).one_sided
    assert not count_positions([make_pair("b")]).one_sided


# lengths


def sized(*lengths: tuple[int, int]) -> list[Pair]:
    return [
        make_pair(str(i), chosen=" ".join(["w"] * c), rejected=" ".join(["v"] * r))
        for i, (c, r) in enumerate(lengths)
    ]


def test_lengths_are_words_and_the_length_rule_counts_equal_ones_half() -> None:
    found = measure_lengths(sized((1, 2), (3, 3), (5, 4), (7, 1), (9, 3)))
    assert found.chosen == Quantiles(low=1.4, lower=3.0, median=5.0, upper=7.0, high=8.6)
    assert found.rejected.median == 3.0
    assert found.ratio.median == 1.25
    assert found.prompt.median == 2.0
    assert (found.longer.count, found.longer.n, found.equal) == (3.5, 5, 1)
    assert not found.unspaced


def test_all_turns_of_a_prompt_are_counted() -> None:
    pair = make_pair(prompt=turns("system: be brief", "user: hello there you"))
    assert measure_lengths([pair]).prompt.median == 7.0


def test_differences_lie_in_bins_around_zero() -> None:
    found = difference_bins(np.array([0, 0, 1, -1, 2, -3]))
    centre = len(found.counts) // 2
    assert found.edges[centre] == -0.5 and found.edges[centre + 1] == 0.5
    assert found.counts[centre - 3 : centre + 3] == (1, 0, 1, 2, 1, 1)
    assert (found.below, found.above, sum(found.counts)) == (0, 0, 6)


def test_outliers_go_to_the_outer_bins() -> None:
    values = np.array([*range(-49, 50), 5000])
    found = difference_bins(values)
    assert found.edges[1] - found.edges[0] == 5
    assert found.counts[-1] == 3 and found.above == 1  # 48, 49 and 5000


def test_a_difference_and_its_opposite_lie_in_opposite_bins() -> None:
    values = rng().integers(-500, 500, 200)
    assert difference_bins(values).counts == difference_bins(-values).counts[::-1]


@given(st.lists(st.integers(min_value=0, max_value=10**7), min_size=1))
def test_length_bins_hold_every_length(values: list[int]) -> None:
    edges = length_edges(np.array(values))
    assert edges[0] <= max(1, min(values)) and max(values) < edges[-1]
    assert list(edges) == sorted(set(edges)) and len(edges) < 60


def test_texts_without_blanks_are_told() -> None:
    chinese = "这是一个没有空格的回答，所以词数没有意义。"
    assert measure_lengths([make_pair(chosen=chinese, rejected=chinese * 2)]).unspaced


# examples


def test_examples_are_the_extremes() -> None:
    texts = {
        "middle": ("one two three four", "one two three five"),
        "short": ("a", "b b"),
        "long": ("word " * 50, "other " * 60),
        "alike": ("the same words here now", "The same words here NOW again"),
        "most": ("red green blue", "pink grey black white"),
    }
    pairs = [make_pair(name, chosen=c, rejected=r) for name, (c, r) in texts.items()]
    found = {kind: e.pair.id for e in find_examples(pairs) for kind in e.kinds}
    assert found == {
        "shortest": "short",
        "median length": "middle",
        "longest": "long",
        "most different": "short",  # of three that share no word, the first
        "most alike": "alike",
    }


def test_one_pair_is_one_example() -> None:
    (only,) = find_examples([make_pair()])
    assert len(only.kinds) == 5


# what separates


def test_the_planted_property_is_found_and_length_is_not() -> None:
    found = separate(make_pairs(30), rng())
    best = found.separators[0]
    family = {best.label, *best.alike}
    assert "fewer list items" in family and best.tier == "supported"
    assert (best.support, best.contradict, best.silent) == (30, 0, 0)
    assert (best.held_out, best.coverage) == (1.0, 1.0)
    assert (best.low, best.high) == wilson(30, 30)
    assert best.p < 0.01
    assert found.leader is best
    assert set(found.leader_votes.values()) == {1} or set(found.leader_votes.values()) == {-1}


def test_groups_are_worth_less_than_their_pairs() -> None:
    grouped = [replace(pair, group=f"g{i // 3}") for i, pair in enumerate(make_pairs(30))]
    best = separate(grouped, rng()).separators[0]
    assert best.worth == 10 and best.low == wilson(10, 10)[0]


def test_random_labels_have_no_leader() -> None:
    coin = rng().integers(0, 2, 40)
    pairs = [
        replace(pair, chosen=pair.rejected, rejected=pair.chosen) if flip else pair
        for pair, flip in zip(make_pairs(40), coin, strict=True)
    ]
    assert separate(pairs, rng()).leader is None


def test_one_pair_and_equal_responses_separate_nothing() -> None:
    assert separate([make_pair()], rng()).leader is None
    same = make_pair(chosen="One two.", rejected="Two one.")
    assert separate([same], rng()).leader_votes.keys() <= {"a"}


def test_the_sample_is_bounded_seeded_and_in_file_order() -> None:
    pairs = make_pairs(1500)
    sample = draw_sample(pairs, rng())
    assert len(sample.pairs) == 1000
    assert list(sample.pairs) == sorted(sample.pairs, key=lambda pair: pair.id)
    assert sample == draw_sample(pairs, rng())
    assert draw_sample(pairs[:900], rng()).pairs == tuple(pairs[:900])


def test_the_sample_is_bounded_in_characters() -> None:
    pairs = [make_pair(str(i), chosen="x" * 50_000) for i in range(100)]
    sample = draw_sample([*pairs, make_pair("huge", chosen="x" * 10_000_000)], rng())
    assert len(sample.pairs) == MOST_CHARACTERS // 50_010
    assert sample.too_long == 1


# noise


def noise_of(pairs: list[Pair]):  # type: ignore[no-untyped-def]
    return estimate_noise(pairs, separate(pairs, rng()))


def test_agreement_is_told_where_somebody_disagreed() -> None:
    shares = [1.0, 1.0, 0.75, 0.5]
    found = noise_of([make_pair(str(i), f"{i}?", agreement=s) for i, s in enumerate(shares)])
    assert (found.split_labels, found.agreement) == (2, 0.8125)
    assert noise_of([make_pair()]).agreement is None


def test_comparisons_that_stand_there_twice_are_compared() -> None:
    one, other = "Yes, it is.", "No, it is not."
    pairs = [
        make_pair("1", chosen=one, rejected=other),
        make_pair("2", chosen=other, rejected=one),
        make_pair("3", "Again?", chosen=one, rejected=other),
        make_pair("4", "Again?", chosen=one, rejected=other),
        make_pair("5", "Other?", chosen=one, rejected=other),
    ]
    found = noise_of(pairs)
    assert (found.repeated, found.contradictory) == (2, 1)


def test_near_identical_prompts_with_opposite_votes_are_counted() -> None:
    pairs = make_pairs(30)
    asked = pairs[0].prompt[0].content
    again = make_pair("again", asked.upper(), chosen=pairs[1].chosen, rejected=pairs[1].rejected)
    assert noise_of([*pairs, again]).alike_both == 0
    turned = replace(again, chosen=again.rejected, rejected=again.chosen)
    found = noise_of([*pairs, turned])
    assert (found.alike, found.alike_both) == (1, 1)


def test_a_property_that_is_always_right_bounds_random_noise() -> None:
    pairs = make_pairs(60)
    properties = separate(pairs, rng()).properties
    found = noise_of(pairs)
    assert found.at_most == 1 - wilson(60, 60, 0.1 / properties)[0]
    assert 0.05 < found.at_most < 0.3 and found.bounded_by


@pytest.mark.parametrize("wrong", [3, 9])
def test_the_bound_holds_for_labels_turned_round_at_random(wrong: int) -> None:
    drawn = set(rng().permutation(120)[:wrong].tolist())
    pairs = [
        replace(p, chosen=p.rejected, rejected=p.chosen) if i in drawn else p
        for i, p in enumerate(make_pairs(120))
    ]
    bound = noise_of(pairs).at_most
    assert bound is not None and bound > wrong / 120


def test_no_property_no_bound() -> None:
    found = noise_of(make_pairs(4))
    assert found.at_most is None and found.bounded_by == "" and found.alike == 0


def test_the_split_of_the_suite_is_what_is_counted() -> None:
    pairs = make_pairs(20)
    split = split_pairs(pairs, SplitSettings(compile=0.5, select=0.25, gate=0.25))
    sides = count_pairs(pairs, split).sides
    assert sides is not None and sides.divided
    assert (sides.compile, sides.select, sides.gate) == (10, 5, 5)
