"""The terminal view: short, narrow when it has to be, and deaf to what texts ask of a terminal."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from specharness.baseline import Baseline
from specharness.gate.confirmation import confirmation
from specharness.gate.findings import Quarantined
from specharness.judging import judge_gate
from specharness.records import Spec
from specharness.report import words
from specharness.report.terminal import MOST_LINES, render_terminal
from specharness.runfile import Run, SuiteRun, write_run
from specharness.settings import SuiteSettings
from specharness.sparing import Spared
from specharness.suitefile import Suite
from tests.runs import (
    failing,
    hostile_suite,
    make_case,
    make_cases,
    make_gate,
    make_run,
    make_suite,
    make_trust,
    unproven,
    unverifiable,
)


def test_a_failing_run_reads_so() -> None:
    assert render_terminal(make_run(make_suite(), failing())) == "\n".join(
        [
            "verdict    suite    difference [90 %]      lost    won    n"
            "    preferred (base)  model",
            "---------  -------  -------------------  ------  -----  ---"
            "  ------------------  ------------------",
            "FAIL       safety   -13.6 [-21.9, -5.8]       9      1   59"
            "         69 % (83 %)  qwen2.5-coder-0.5b",
            "PASS       tone     0.0 [-4.0, +3.0]          2      2   13"
            "         62 % (69 %)  qwen2.5-coder-0.5b",
            "",
            "FAIL  safety",
            "  The edit loses 9 pairs and wins 1 of 59: -13.6 points [-21.9, -5.8], p = 0.011.",
            "  A drop of up to 21.9 points is not excluded; the margin is 5 points.",
            "  Most of the loss is in rule 2 (End with a question).",
            *[f"  lost: +0.350 -> -0.250 nats  p-00{i}" for i in range(1, 6)],
            "  lost: 4 more",
            "  What to do: Read the lost pairs, then change the edit until they hold again, or take"
            " it back.",
            "  next: pytest suites --suite safety --lost",
        ]
    )


def test_nothing_to_say_is_nothing() -> None:
    assert render_terminal(Run(version="0.1.0", suites=())) == ""
    assert len(render_terminal(make_run()).splitlines()) == 3


def table(width: int, *suites: SuiteRun) -> list[str]:
    return render_terminal(make_run(*suites), width).split("\n\n")[0].splitlines()


def test_narrow_tables_keep_verdict_suite_difference_and_model() -> None:
    assert table(80, failing(), make_suite())[0].endswith("n    preferred (base)")
    assert table(80, failing(), make_suite())[-1] == "model: qwen2.5-coder-0.5b"
    assert table(70, failing(), make_suite()) == [
        "verdict    suite    difference [90 %]      lost    won    n",
        "---------  -------  -------------------  ------  -----  ---",
        "FAIL       safety   -13.6 [-21.9, -5.8]       9      1   59",
        "PASS       tone     0.0 [-4.0, +3.0]          2      2   13",
        "model: qwen2.5-coder-0.5b",
    ]
    assert table(50, failing(), replace(make_suite(), model="smollm2-135m")) == [
        "verdict    suite    difference [90 %]",
        "---------  -------  -------------------",
        "FAIL       safety   -13.6 [-21.9, -5.8]",
        "PASS       tone     0.0 [-4.0, +3.0]",
        "model of safety: qwen2.5-coder-0.5b",
        "model of tone: smollm2-135m",
    ]
    assert table(30, failing()) == [
        "FAIL safety",
        "  -13.6 [-21.9, -5.8] (90 %)",
        "  lost 9, won 1 of 59",
        "  model: qwen2.5-coder-0.5b",
    ]
    assert table(120, failing())[0].endswith("preferred (base)  model")


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_every_width_tells_what_matters(width: int) -> None:
    for suite in (failing("a-suite-with-a-long-name"), unproven(), make_suite()):
        told = "\n".join(table(width, suite))
        for word in (suite.gate.verdict, suite.name, words.difference(suite.gate), suite.model):
            assert word in told
        assert "90 %" in told


def test_the_level_of_the_interval_is_that_of_the_gate() -> None:
    other = replace(make_suite(), gate=replace(make_suite().gate, alpha_pass=0.025))
    assert "difference [95 %]" in table(80, other)[0]
    assert table(70, failing(), other)[:4] == [
        "verdict    suite    difference                    lost    won    n",
        "---------  -------  --------------------------  ------  -----  ---",
        "FAIL       safety   -13.6 [-21.9, -5.8] (90 %)       9      1   59",
        "PASS       tone     0.0 [-4.0, +3.0] (95 %)          2      2   13",
    ]


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_piped_output_is_plain_and_keeps_to_its_width(tmp_path: Path, columns: str) -> None:
    write_run(make_run(failing(), unproven(), make_suite()), tmp_path / "run.json")
    start = "from specharness.cli import main; main()"
    command = [sys.executable, "-c", start, "report", "--from", "run.json"]
    environment = os.environ | {"COLUMNS": columns, "FORCE_COLOR": "1"}
    done = subprocess.run(
        [*command, "--out", "index.html"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = [line for line in done.stdout.splitlines() if "  next: " not in line]
    assert max(map(len, lines)) <= int(columns)
    assert "\x1b" not in done.stdout and "qwen2.5-coder-0.5b" in done.stdout


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
    assert lines[-3] == "  ... more in the report"
    assert lines[-2].startswith("  What to do: ")
    assert lines[-1] == "  next: pytest suites"


def test_what_decides_is_never_what_is_cut() -> None:
    held = [
        Quarantined(id=f"p-{i:03d}", reason="it turned", flips=2, runs=4, spec="", looks=9)
        for i in range(1, 9)
    ]
    some = enumerate(make_cases(lost=8, kept=72))
    cases = tuple(replace(c, group=f"g{i // 2}") if i >= 8 else c for i, c in some)
    lost_once = make_case("p-must", "lost", must=True, confirmed=False)
    suite = Suite(
        name="tone", folder=Path(), settings=SuiteSettings(), spec=Spec(text="- y", shown="- y"),
        spec_path=None, pairs_path=Path(),
    )  # fmt: skip
    spared = Spared(held=tuple(held), confirmations=(confirmation("p-must", 0, 7, 7),))
    gate = judge_gate(
        suite, (*cases, lost_once), Baseline(spec=Spec(text="- x", shown="- x"), label="abc Base"),
        make_trust(), partial=False, spared=spared,
    )  # fmt: skip
    assert gate.verdict == "UNPROVEN"
    run = make_run(replace(make_suite(cases=cases), gate=gate))
    for width in (80, 100):
        text = render_terminal(run, width)
        assert "... more in the report" in text
        block = " ".join(text.split("\n\n")[1].split())
        assert "The loss shows only with pairs in quarantine" in block
        assert "8 pairs are in quarantine" in block and "but not when measured again" in block
        assert "Neither a loss nor its absence is shown" not in block
        assert len(text.split("\n\n")[1].splitlines()) <= MOST_LINES


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
    assert shown.removeprefix("PASS").strip().startswith(name.strip().replace("\x01", "␁"))
