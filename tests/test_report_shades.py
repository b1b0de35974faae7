"""Tokens shaded by how far a spec moved them: steps, levels, and the page that shows them."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.report import words
from specharness.report.casedata import suite_data
from specharness.report.html import render_html
from specharness.report.shades import (
    END,
    LEVELS,
    edit_moves,
    letters,
    level,
    read_letters,
    shade,
    shade_pair,
)
from specharness.runfile import Case, PairMoves, SuiteRun, TokenMoves
from specharness.score.shading import MOST_PAIRS, MOST_TOKENS
from tests.runs import HOSTILE, make_case, make_run, make_suite, make_trust
from tests.test_report_html import Outline, page_data

MOVES = TokenMoves(sizes=(3, 6, 1), head=(0.0, 1.5, -0.4, 0.2), base=(0.0, 0.02, -0.4, 0.2))


def shaded(id: str = "p", **changes: object) -> Case:
    """A pair of which the tokens of both responses moved."""
    moves = PairMoves(chosen=MOVES, rejected=replace(MOVES, sizes=(2, 5, 0)))
    values = {"chosen": "Say brief.", "rejected": "Say more", "moves": moves}
    return make_case(id, "lost", **values | changes)


@given(st.lists(st.integers(-2047, 2047), min_size=1))
def test_letters_hold_hundredths_of_a_nat(hundredths: list[int]) -> None:
    nats = tuple(value / 100 for value in hundredths)
    assert read_letters(letters((*nats, 5.0))) == (*nats, 5.0)


def test_moves_end_somewhere_and_nothing_is_nothing() -> None:
    assert read_letters(letters((99.0, -99.0))) == (20.47, -20.47)
    assert letters((0.05, -0.05)) == letters(()) == ""


def test_levels() -> None:
    assert [level(x) for x in (0.0, 0.099, *LEVELS)] == [0, 0, 1, 2, 3]
    assert [level(-x) for x in LEVELS] == [-1, -2, -3]


def test_a_response_in_shades() -> None:
    found = shade("Say brief.", MOVES, "head")
    assert [(s.text, s.level) for s in found] == [("Say", 0), (" brief", 3), (".", -2), (END, 1)]
    assert found[-1].ends and found[1].nats == 1.5
    assert edit_moves(MOVES) == pytest.approx((0.0, 1.48, 0.0, 0.0))
    edit = shade("Say brief.", MOVES, "edit")
    assert [(s.text, s.level) for s in edit] == [("Say", 0), (" brief", 3), (".", 0), (END, 0)]


def test_a_token_within_a_character_moves_the_character() -> None:
    moves = TokenMoves(sizes=(1, 0, 0, 1), head=(0.1, 0.5, 0.5, 0.0), base=(0.0,) * 4)
    assert [(s.text, s.level) for s in shade("日a", moves, "head")] == [("日", 3), ("a", 0)]


def test_what_comes_after_the_limit_is_plain() -> None:
    moves = TokenMoves(sizes=(2, 2), head=(1.0, 0.0), base=(0.0, 0.0))
    assert [(s.text, s.level) for s in shade("abcdef", moves, "head")] == [
        ("ab", 3),
        ("cd", 0),
        ("ef", 0),
    ]


def test_hidden_characters_are_spelt_out_within_their_token() -> None:
    moves = TokenMoves(sizes=(1, 2), head=(1.0, 1.0), base=(0.0, 0.0))
    assert [s.text for s in shade("a\u202e\x1b", moves, "head")] == ["a", "⟦U+202E⟧␛"]


def test_the_tokens_that_moved_most_are_told() -> None:
    chosen, rejected = shade_pair(shaded(), "head")
    assert [s.text for s in chosen.more] == [" brief", END] and [s.text for s in chosen.less] == [
        "."
    ]
    assert rejected.name == "rejected"
    assert shade_pair(make_case(), "head") == ()
    still = replace(MOVES, head=(0.0,) * 4, base=(0.0,) * 4)
    assert shade_pair(shaded(moves=PairMoves(chosen=still, rejected=still)), "head") == ()


def test_the_page_has_the_shades_with_and_without_scripts() -> None:
    page = render_html(make_run(make_suite(cases=(shaded(), make_case("q")))))
    (row, other) = page_data(page)["cases"]
    assert row[-1] == [[[3, 6, 1], letters(MOVES.head), letters(edit_moves(MOVES))],
                       [[2, 5, 0], letters(MOVES.head), letters(edit_moves(MOVES))]]  # fmt: skip
    assert other[-1] is None
    assert page.count("Where the spec moved the model") == 1
    assert '<span class="token more-3" title="+1.5 nats"> brief</span>' in page
    assert "<b>chosen</b>: more likely <q>brief</q> +1.5, (end of turn) +0.20; less likely" in page
    Outline(page)


def test_lengths_are_those_the_script_counts() -> None:
    moves = TokenMoves(sizes=(1, 1), head=(1.0, 1.0), base=(0.0, 0.0))
    case = shaded(chosen="😀\x1b", rejected="ab", moves=PairMoves(chosen=moves, rejected=moves))
    page = render_html(make_run(make_suite(cases=(case,))))
    assert page_data(page)["cases"][0][-1][0][0] == [2, 1]


def test_hostile_responses_stay_text_when_shaded() -> None:
    moves = TokenMoves(
        sizes=(1,) * len(HOSTILE), head=(1.0,) * len(HOSTILE), base=(0.0,) * len(HOSTILE)
    )
    case = shaded(chosen=HOSTILE, rejected=HOSTILE, moves=PairMoves(chosen=moves, rejected=moves))
    page = render_html(make_run(make_suite(cases=(case,))))
    page.encode()
    assert "<script>window" not in page and "<img" not in page and "\x1b" not in page
    Outline(page)


@pytest.mark.parametrize(
    ("suite", "told"),
    [
        (make_suite(cases=(shaded(),)), "Open a pair to see"),
        (make_suite(cases=(shaded(), make_case("q"))), "is there for 1 pairs"),
        (make_suite(), "`specharness run tone --spec-mode=live` adds them"),
        (make_suite(mode="live"), "the model does not say how it cuts"),
        (make_suite(scorer="judge"), ""),
        (make_suite(trust=make_trust(may_gate=False)), ""),
        (make_suite(cases=()), ""),
    ],
)
def test_it_is_said_why_nothing_is_shaded(suite: SuiteRun, told: str) -> None:
    assert words.shading(suite).find(told) == 0 if not told else told in words.shading(suite)


def test_as_many_shades_as_there_can_be_are_a_few_megabytes() -> None:
    """A twentieth of the limits: 10 of 200 pairs, 2,000 tokens on each side, moves at random."""
    rng = Random(7)
    cases = []
    for n in range(MOST_PAIRS // 20):
        sides = [
            TokenMoves(
                sizes=(5,) * MOST_TOKENS,
                head=tuple(round(rng.gauss(0, 0.5), 2) for _ in range(MOST_TOKENS)),
                base=tuple(round(rng.gauss(0, 0.5), 2) for _ in range(MOST_TOKENS)),
            )
            for _ in range(2)
        ]
        moves = PairMoves(chosen=sides[0], rejected=sides[1])
        text = "abcd " * MOST_TOKENS
        cases.append(shaded(f"p-{n}", chosen=text, rejected=text, moves=moves))
    plain = [replace(case, moves=None) for case in cases]
    grown = len(suite_data(make_suite(cases=cases))) - len(suite_data(make_suite(cases=plain)))
    assert 0 < 20 * grown < 5e6
