"""The terminal view: short, narrow when it has to be, and deaf to what texts ask of a terminal."""

import re
from dataclasses import replace

import pytest

from specharness.report.terminal import MOST_LINES, render_terminal
from specharness.runfile import Run
from tests.runs import (
    failing,
    hostile_suite,
    make_case,
    make_gate,
    make_run,
    make_suite,
    unproven,
    unverifiable,
)


def test_a_failing_run_reads_so() -> None:
    assert render_terminal(make_run(make_suite(), failing())) == "\n".join(
        [
            "suite    verdict      preferred (base)  difference [90 %]      lost    won    n"
            "  model",
            "-------  ---------  ------------------  -------------------  ------  -----  ---"
            "  ------------------",
            "safety   FAIL              69 % (83 %)  -13.6 [-21.9, -5.8]       9      1   59"
            "  qwen2.5-coder-0.5b",
            "tone     PASS              62 % (69 %)  0.0 [-4.0, +3.0]          2      2   13"
            "  qwen2.5-coder-0.5b",
            "",
            "FAIL  safety",
            "  The edit loses 9 pairs and wins 1 of 59: -13.6 points [-21.9, -5.8], p = 0.011.",
            "  A drop of up to 21.9 points is not excluded; the margin is 5 points.",
            "  Most of the loss is in rule 2 (End with a question).",
            *[f"  lost: +0.350 -> -0.250 nats  p-00{i}" for i in range(1, 6)],
            "  lost: 4 more",
            "  next: pytest suites --suite safety --lost",
        ]
    )


def test_nothing_to_say_is_nothing() -> None:
    assert render_terminal(Run(version="0.1.0", suites=())) == ""
    assert len(render_terminal(make_run()).splitlines()) == 3


@pytest.mark.parametrize("width", [1, 24, 36, 60, 80, 100, 200])
@pytest.mark.parametrize("suite", [failing(), unproven(), unverifiable(), hostile_suite()])
def test_it_keeps_to_its_width_and_lines(suite: object, width: int) -> None:
    text = render_terminal(make_run(suite), width)  # type: ignore[arg-type]
    lines = [line for line in text.splitlines() if not line.startswith("  next: ")]
    assert max(map(len, lines)) <= max(width, 24)
    assert len(text.split("\n\n")[1].splitlines()) <= MOST_LINES


def test_long_sentences_are_cut_before_the_command() -> None:
    gate = make_gate(verdict="FAIL", sentences=("word " * 999,), next_command="pytest suites")
    lines = render_terminal(make_run(replace(failing(), gate=gate))).splitlines()
    assert lines[-2:] == ["  ... more in the report", "  next: pytest suites"]


def test_pairs_that_must_not_be_lost_are_named() -> None:
    suite = replace(failing(), cases=(make_case("p", "lost", must=True),))
    assert "+0.350 -> -0.250 nats, must  p" in render_terminal(make_run(suite))


def test_colour_is_only_there_when_asked_for() -> None:
    run = make_run(failing(), make_suite())
    plain, coloured = render_terminal(run), render_terminal(run, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31mFAIL\x1b[0m  safety" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_hostile_text_cannot_reach_the_terminal() -> None:
    text = render_terminal(make_run(hostile_suite()))
    text.encode()
    assert not set(text) & set("\x00\x07\x1b\u202e\u200b\ud800\t\r")
    assert "␛[31mred" in text


@pytest.mark.parametrize("name", ["1e5", "0x10", "  padded", "-", "\x01", "|a|b|", "[bold]x"])
def test_a_name_is_not_interpreted(name: str) -> None:
    shown = render_terminal(make_run(make_suite(name))).splitlines()[2]
    assert shown.startswith(name.strip().replace("\x01", "␁"))
