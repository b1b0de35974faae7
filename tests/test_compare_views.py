"""`specharness compare` as a user sees it: the table at any width, the files, the errors."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specharness.arms.known import ARMS, find_arms
from specharness.compare.commands import compare_command
from specharness.compare.comparing import Options, compare
from specharness.compare.comparison import Comparison, comparison_text
from specharness.compare.page import render_html
from specharness.compare.words import caveats, notes, render_terminal
from specharness.errors import UsageError
from specharness.model import Request
from tests.armsuites import Listener, make_suite, row, rows, split_of, write_pairs
from tests.runs import HOSTILE

ARMS_SHOWN = ["empty", "instruction", "few-shot", "handwritten", "compiled"]
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff]")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    root = tmp_path_factory.mktemp("views")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECHARNESS_CACHE", str(root / "cache"))
        suite = make_suite(root, split="compile = 0.4\ngate = 0.6\n")
        unread = split_of(suite).gate[0].prompt

        def refuse(request: Request) -> bool:
            return request.messages[-1:] == unread

        return compare(suite, find_arms(ARMS_SHOWN), Options(), Listener(refuse=refuse))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose comparison of two arms is recorded, so that no model is needed."""
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    suite = make_suite(tmp_path)
    compare(suite, find_arms(["instruction", "handwritten"]), Options(mode="record"), Listener())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*words: str) -> Result:
    return CliRunner().invoke(compare_command, words)


# the terminal


def test_the_table_says_what_was_measured(found: Comparison) -> None:
    text = render_terminal(found, 120)
    n = len(found.pairs)
    lines = text.splitlines()
    assert lines[0] == f"arms: 5 arms on {n} gate pairs, by obedient"
    assert re.search(r"^empty +reference +0\.500 ", text, re.MULTILINE)
    assert re.search(rf"^handwritten +100 % \({n}/{n}\) +\d\d to 100 +0\.731 ", text, re.MULTILINE)
    assert re.search(rf"^instruction +0 % \(0/{n}\) ", text, re.MULTILINE)
    assert len(re.findall(r"^\S+ > \S+  +\d", text, re.MULTILINE)) == 10
    won = re.search(r"^handwritten > instruction .*", text, re.MULTILINE)
    assert won and f" {n} / 0 " in won[0] and " +100.0 " in won[0]


@pytest.mark.parametrize("width", [1, 24, 40, 60, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal(found: Comparison, width: int) -> None:
    assert max(map(len, render_terminal(found, width).splitlines())) <= max(24, width)


def test_the_caveats_apply_where_they_are_printed(found: Comparison) -> None:
    told = " ".join(caveats(found))
    assert "arm > empty" in told and "A > B" in told and "one temperature" in told
    assert f"all arms are read on the same {len(found.pairs)} pairs" in told.lower()
    assert f"saw {found.fitted_on} pairs of pairs.jsonl and no gate pair" in told
    assert "Few pairs" in told and "10 comparisons" in told
    assert "no arm changes any" in told
    assert f"1 pair of {found.held_out} could not be measured" in told

    alone = replace(found, arms=found.arms[:2], contrasts=(), unscored=(), fitted_on=0)
    told = " ".join(caveats(alone))
    assert "A > B" not in told and "could not be measured" not in told
    assert "No arm was fitted on pairs." in told
    steered = replace(found.arms[3], cost=replace(found.arms[3].cost, parameters=576))
    assert "handwritten changes 576" in " ".join(caveats(replace(found, arms=(steered,))))


def test_notes_tell_of_fits_of_arms_left_out_and_of_pairs_without_a_score(
    found: Comparison,
) -> None:
    told = list(notes(replace(found, left_out=(("opposite", "no pairs; set some"),))))
    assert "compiled: 1 rule, no model asked" in told
    assert "left out opposite: no pairs; set some" in told
    (one,) = found.unscored
    assert f"not scored: {one.pair} under no system text: chosen: the toy refuses" in told
    many = (one,) * 5
    assert "not scored: 2 more" in list(notes(replace(found, unscored=many)))


# the page


def test_the_page_is_self_contained(found: Comparison) -> None:
    page = render_html(found)
    assert "default-src 'none'; style-src 'sha256-" in unescape(page)
    assert not re.search(r"<script|https?://|url\(|@import| on\w+=| style=", page)
    bars = page.count('<svg class="bar"')
    assert bars == 4 + len(found.contrasts)  # all arms but the reference, and all contrasts
    assert "handwritten &gt; instruction" in page
    assert comparison_text(found)  # and so is the data:
    assert json.loads(comparison_text(found))["arms"][3]["name"] == "handwritten"


def test_hostile_texts_neither_act_nor_hide(found: Comparison) -> None:
    arms = tuple(
        replace(arm, name=f"a{i} {HOSTILE}", about=HOSTILE, note=HOSTILE, text=HOSTILE)
        for i, arm in enumerate(found.arms)
    )
    bad = replace(
        found, suite=HOSTILE, model=HOSTILE, model_note=HOSTILE, fitted_from=HOSTILE, arms=arms,
        left_out=((HOSTILE, HOSTILE),),
        contrasts=tuple(replace(c, arm=HOSTILE, against=HOSTILE) for c in found.contrasts),
        unscored=tuple(replace(u, pair=HOSTILE, reason=HOSTILE) for u in found.unscored),
    )  # fmt: skip
    page = render_html(bad)
    assert not UNSAFE.search(page)
    assert not re.search(r"<script|<img|onerror=[^&]*>", page)
    page.encode()
    shown = render_terminal(bad, 80)
    assert not UNSAFE.search(shown)
    assert max(map(len, shown.splitlines())) <= 80


# the command


def test_the_command_writes_data_and_page(project: Path) -> None:
    done = command("arms", "--arms", "instruction,handwritten", "--spec-mode", "replay")
    assert done.exit_code == 0, done.exception
    assert done.output.endswith("wrote reports/compare.json and reports/compare.html\n")
    data = json.loads((project / "reports" / "compare.json").read_text())
    assert [arm["name"] for arm in data["arms"]] == ["instruction", "handwritten"]
    assert data["contrasts"][0]["won"] == data["held_out"] == len(data["pairs"])
    assert "<!doctype html>" in (project / "reports" / "compare.html").read_text()


def test_the_command_names_other_files_models_and_folders(project: Path) -> None:
    words = ("--arms", "handwritten", "--spec-mode", "replay", "--out", "elsewhere/x.json")
    assert command("suites/arms", *words).exit_code == 0
    assert {p.name for p in (project / "elsewhere").iterdir()} == {"x.json", "x.html"}
    other = command("arms", *words, "--model", "nobody")
    assert "no recordings to replay" in str(other.exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("arms", "--arms", "tone"), "--arms: no arm 'tone'; choose of empty"),
        (("arms", "--arms", ""), "--arms: no arm is named"),
        (("nowhere",), "nowhere: no suite here"),
        (("arms", "--out", "x.html"), "x.html: the page is written beside the data"),
        (
            ("arms", "--spec-mode", "replay", "--arms", "few-shot", "--shots", "0"),
            "--shots: 0 is out of range",
        ),
        (("arms", "--arms", "few-shot", "--pairs", "leak.jsonl"), "leak.jsonl: its pair"),
        (("arms", "--arms", "few-shot", "--pairs", "gone.jsonl"), "gone.jsonl"),
        (
            ("arms", "--arms", "handwritten", "--spec-mode", "replay", "--out", "f/x.json"),
            "f/x.json: cannot be written",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(project: Path, words: tuple[str, ...], told: str) -> None:
    write_pairs(project / "leak.jsonl", [row(p["id"], 99, prompt=p["prompt"]) for p in rows()])
    (project / "f").write_text("a file, no folder")
    done = command(*words)
    assert isinstance(done.exception, UsageError), done.exception
    assert str(done.exception).startswith(told)
    assert "\n" not in str(done.exception)


def test_help_names_every_arm() -> None:
    text = command("--help").output
    assert all(arm.name in text for arm in ARMS if arm.name != "compiled:evidence")
