"""What holds for every feature, and how pairs vote."""

import os
import subprocess
import sys
from dataclasses import replace
from math import isfinite
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.compile.conditions import QUESTION
from specharness.compile.features import catalog
from specharness.compile.features.candidate import Candidate, candidates
from specharness.compile.features.catalog import FAMILIES, FEATURES, feature_named
from specharness.compile.features.feature import DeadZone, Exchange
from specharness.compile.features.lexicon import Lexicon
from specharness.compile.features.measured import asked, judge, measure_pairs, vote_matrix
from specharness.compile.features.text import parse
from specharness.errors import UsageError
from specharness.records import Message, Pair

LISTS = "These are the points:\n\n- The first is short.\n- The second is long.\n\n## More\n\nEnd."
PROSE = "These are the points. The first is short, and the second is long. That is the end."
# what breaks parsers: marks, fences, tables, odd blanks, other scripts, control signs, surrogates
BITS = (
    "word ", "Word. ", "I'm ", "you? ", "# ", "- ", "\n", "\n\n", "1. ", "```", "```py\n", "**",
    "_", "|", "|-|\n", "[a](b)", "[1]", "$x$", "\\(", "http://a.b", "\t", "\r\n", "    ", "> ",
    "<b>", "\x00", "\ud800", "\u200b", "\u2028", "\ufeff", "日本語。", "ไทย", "हिन्दी ", "العربية ",
    "🙂", "Ã©", "%",
    "Sure! ", "12,5 ", "-3 km ", "{{x}}", "&amp;", "’", "—", "e.g. ", "\x85", "\x0c",
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(BITS), max_size=40).map("".join),
)


def pair(chosen: str, rejected: str, prompt: str = "What are the points?") -> Pair:
    turn = Message(role="user", content=prompt)
    return Pair(id="a", prompt=(turn,), chosen=chosen, rejected=rejected, group="g")


def test_there_are_sixteen_families_and_every_feature_is_documented():
    assert len(FEATURES) >= 60
    assert len(FAMILIES) == 16
    names = [feature.name for feature in FEATURES]
    assert len(set(names)) == len(names)
    for feature in FEATURES:
        assert feature.name.isidentifier() and feature.title
        assert len(feature.about) > 15
        assert feature.about.endswith(".")


def test_refusal_apology_and_damage_are_sensitive_and_nothing_else():
    sensitive = {feature.family for feature in FEATURES if feature.sensitive}
    assert sensitive == {"refusal", "damage"}
    assert all(f.sensitive for f in FEATURES if f.family in sensitive)


def test_what_is_english_only_says_so():
    for feature in FEATURES:
        assert feature.languages in (frozenset(), {"en"})
        if feature.languages:
            assert "English" in feature.about or feature.name == "answer_first", feature.name


def test_no_phrase_of_a_word_list_contains_another():
    found = 0
    for module in catalog._MODULES:
        for name, words in vars(module).items():
            if isinstance(words, Lexicon):
                found += 1
                phrases = [f" {p} " for _, listed in words.phrases for p in listed]
                inside = [(a, b) for a in phrases for b in phrases if a != b and a in b]
                assert not inside, (module.__name__, name)
    assert found > 15


def test_an_unknown_feature_is_named_with_those_there_are():
    with pytest.raises(UsageError, match=r"there is none of this name; use one of: .*words"):
        feature_named("wrods")


@given(texts, texts)
@settings(max_examples=80, deadline=None)
def test_any_two_texts_give_finite_values_or_none_and_the_same_again(prompt, response):
    for feature in FEATURES:
        value = feature.measure(prompt, response)
        assert value is None or (isinstance(value, float) and isfinite(value)), feature.name
        if feature.unit == "yes/no" and value is not None:
            assert value in (0, 1)
        if feature.unit == "share" and value is not None:
            assert 0 <= value <= 1
    both = [measure_pairs([pair(response, prompt, prompt)], FEATURES) for _ in range(2)]
    assert np.array_equal(both[0].chosen, both[1].chosen, equal_nan=True)


@given(texts, texts, texts)
@settings(max_examples=60, deadline=None)
def test_exchanging_the_responses_negates_every_vote(prompt, one, other):
    rules = candidates(FEATURES, [QUESTION])
    votes = vote_matrix(measure_pairs([pair(one, other, prompt)], FEATURES), rules)
    swapped = vote_matrix(measure_pairs([pair(other, one, prompt)], FEATURES), rules)
    assert np.array_equal(votes, -swapped)
    assert set(np.unique(votes)) <= {-1, 0, 1}
    opposites = [rule.opposite() for rule in rules]
    assert np.array_equal(
        votes, -vote_matrix(measure_pairs([pair(one, other, prompt)], FEATURES), opposites)
    )


@pytest.mark.parametrize("text", ["", LISTS, PROSE, "Sorry, I can't. \ufffd"])
def test_identical_responses_give_no_votes(text):
    assert not vote_matrix(measure_pairs([pair(text, text)], FEATURES), candidates(FEATURES)).any()


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 50), st.floats(0, 1))
def test_the_dead_zone_is_the_same_from_both_sides(one, other, absolute, relative):
    zone = DeadZone(absolute=absolute, relative=relative)
    assert zone.width(one, other) == zone.width(other, one) >= absolute


def test_a_difference_inside_the_dead_zone_is_none():
    words = Candidate(feature=feature_named("words"), more=True)
    lengths = [(100, 100), (109, 100), (112, 100), (100, 112), (3, 1), (5, 1)]
    pairs = [pair("a " * one, "a " * other) for one, other in lengths]
    assert judge(words, measure_pairs(pairs, [words.feature])).tolist() == [0, 0, 1, -1, 0, 1]
    width = words.feature.dead.width
    assert (width(109, 100), width(3, 1)) == (pytest.approx(10.9), 3)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_votes_at_once_are_those_of_the_dead_zone_one_by_one(lengths):
    words = Candidate(feature=feature_named("words"), more=True)
    pairs = [pair("a " * one, "a " * other) for one, other in lengths]
    gaps = [
        0 if abs(one - other) <= words.feature.dead.width(one, other) else np.sign(one - other)
        for one, other in lengths
    ]
    assert judge(words, measure_pairs(pairs, [words.feature])).tolist() == gaps


def test_what_could_not_be_measured_is_no_vote():
    tags = Candidate(feature=feature_named("language_tags"), more=True)
    measured = measure_pairs([pair("```py\nx\n```", "no code")], [tags.feature])
    assert measured.chosen.tolist() == [[1.0]] and np.isnan(measured.rejected).all()
    assert judge(tags, measured).tolist() == [0]


def test_votes_of_all_forms_of_a_rule():
    lists = feature_named("structure_marks")
    pairs = [pair(PROSE, LISTS), pair(LISTS, PROSE, "Tell me."), pair(PROSE, PROSE)]
    rules = candidates([lists], [QUESTION])
    assert [rule.name for rule in rules] == [
        "more structure_marks",
        "more structure_marks if question",
        "more structure_marks if not question",
        "more structure_marks if question else opposite",
    ]
    measured = measure_pairs(pairs, [lists])
    assert vote_matrix(measured, rules).tolist() == [[-1, -1, 0, -1], [1, 0, 1, -1], [0, 0, 0, 0]]
    assert rules[3].toward(-1).name == "less structure_marks if question else opposite"
    assert rules[3].toward(1) is rules[3]
    assert vote_matrix(measured, [rules[3].toward(-1)])[:, 0].tolist() == [1, 1, 0]


def test_rows_and_sides_of_what_was_measured():
    pairs = [pair("a b", "a"), pair("a", "a b c d e f"), pair("a", "a")]
    measured = measure_pairs(pairs, [feature_named("prose_words")])
    some = measured.rows([1, 0])
    assert some.chosen.tolist() == [[1], [2]] and some.pairs == (pairs[1], pairs[0])
    assert some.swapped().chosen.tolist() == [[6], [1]]
    assert measured.rows([]).chosen.shape == (0, 1)


def test_no_pairs_and_no_rules():
    measured = measure_pairs([], FEATURES)
    assert vote_matrix(measured, candidates(FEATURES, [QUESTION])).shape[0] == 0
    assert vote_matrix(measure_pairs([pair("a", "b")], FEATURES), []).shape == (1, 0)


def test_a_rule_over_a_feature_that_was_not_measured_is_told():
    measured = measure_pairs([pair("a", "b")], [feature_named("words")])
    rule = Candidate(feature=feature_named("emoji"), more=True)
    with pytest.raises(UsageError, match="feature emoji: it was not measured"):
        judge(rule, measured)


def test_the_last_user_turn_is_what_was_asked():
    turns = [("system", "S"), ("user", "first"), ("assistant", "A"), ("user", "last")]
    prompt = tuple(Message(role=role, content=text) for role, text in turns)
    made = replace(pair("a", "b"), prompt=prompt)
    assert asked(made) == "last"
    assert asked(replace(made, prompt=prompt[:1])) == "S"
    assert asked(replace(made, prompt=())) == ""


def test_values_do_not_depend_on_the_hash_seed():
    code = (
        "from tests.test_compile_features import *;"
        "m = measure_pairs([pair(LISTS, PROSE), pair(PROSE * 3, 'Hi!')], FEATURES);"
        "print(m.chosen.tolist(), m.rejected.tolist())"
    )
    root = str(Path(__file__).parent.parent)
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": root},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1] and "nan" in runs[0]


HOSTILE = (
    "do you ", "1,", ".", "\n", " ", "(", '"a', "[1,", "$a", "- a\n", "`", "**a ", "AB ", "{{",
    "[your ", "i'm sorry, ", "https://", "|a|\n", "write see ask ", "```\n", "    a\n\n", "> ",
    "? ",
)  # fmt: skip


@pytest.mark.parametrize("bit", HOSTILE)
def test_no_text_takes_a_time_that_grows_faster_than_its_length(bit):
    def seconds(size: int) -> float:
        text = bit * (size // len(bit))
        exchange = Exchange(prompt=parse("Why?"), response=parse(text))
        start = process_time()
        for feature in FEATURES:
            feature.of(exchange)
        return process_time() - start

    # quadratic patterns took minutes at this size
    assert seconds(20_000) < 2
