"""`specharness compare` as a user sees it: the table at any width, the files, the errors."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from specharness.arms.known import ARMS, find_arms
from specharness.compare.commands import compare_command
from specharness.compare.comparing import Options, compare
from specharness.compare.comparison import ArmResult, Comparison, comparison_text
from specharness.compare.page import render_html
from specharness.compare.tables import fit_row, fitted_arms
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


LONG_NAMES = ["empty", "compiled:spec-learning", "alignment-vector:from=dpo:lambda=0.5", "dpo:a=1"]
LONG_NAMES += ["alignment-vector:from=adapters/of/somebody/else:lambda=0.25/0.5/0.75/1:flipped"]


def renamed(found: Comparison, names: list[str]) -> Comparison:
    """The same figures under other names."""
    new = dict(zip([arm.name for arm in found.arms], names, strict=True))
    return replace(
        found,
        arms=tuple(replace(arm, name=new[arm.name]) for arm in found.arms),
        contrasts=tuple(
            replace(c, arm=new[c.arm], against=new[c.against]) for c in found.contrasts
        ),
    )


@pytest.mark.parametrize("width", [80, 81, 90, 100, 120, 160, 240])
@pytest.mark.parametrize("names", [ARMS_SHOWN, LONG_NAMES])
def test_intervals_stand_whatever_the_names_are(
    found: Comparison, names: list[str], width: int
) -> None:
    text = render_terminal(renamed(found, names), width)
    assert "…" not in text
    rows = re.findall(r"^\S+ > \S+ .*", text, re.MULTILINE)
    assert len(rows) == 11  # the titles, and all contrasts
    share, difference = r"\(\S+/\d+\) +\d+ to \d+", r"-?\d+\.\d +[+-]\d+\.\d to [+-]\d+\.\d$"
    assert all(re.search(share, r) and re.search(difference, r) for r in rows[1:]), text
    named = [r for r in text.splitlines() if re.search(r"\(\S+/\d+\) +\d+ to \d+ +0\.\d{3}", r)]
    assert len(named) == 4  # every arm but the reference, with its preference
    for place, name in enumerate(names):  # by its name, or by a letter that the legend tells
        assert re.search(rf"^{re.escape(name)}  +", text, re.MULTILINE) or (
            f"\n{'ABCDE'[place]}  {name[:50]}" in text
        )


def test_many_arms_have_letters(found: Comparison) -> None:
    arms = tuple(replace(found.arms[1], name=f"align3:stage={n}") for n in range(30))
    contrast = replace(found.contrasts[0], arm=arms[29].name, against=arms[0].name)
    text = render_terminal(replace(found, arms=arms, contrasts=(contrast,)), 75)
    assert "\nAD  align3:stage=29\n" in text and re.search(r"^AD > A  +", text, re.MULTILINE)


@pytest.mark.parametrize("width", [30, 50, 70, 80, 100, 160])
def test_the_caption_explains_the_columns_that_stand(found: Comparison, width: int) -> None:
    text = render_terminal(renamed(found, LONG_NAMES), width)
    tables, _, told = text.partition("Towards chosen:")
    told = " ".join(told.split())
    heads = " ".join(line for line in tables.splitlines() if line.startswith(("arm ", "X > Y ")))
    assert ("expected" in heads) is ("Bradley" in told)
    assert ("won / lost" in heads) is ("Won and lost count" in told)
    is_shown = "difference" in heads
    assert is_shown is ("The difference (points)" in told or "the difference is won less" in told)
    assert ("seconds" in heads) is ("and seconds" in told)
    assert ("  tokens" in heads) is ("what weighing the pairs cost" in told)
    assert ("words" in heads) is ("Words go with" in told)


def made(found: Comparison) -> Comparison:
    """Arms that were fitted, changed the model, or came from elsewhere."""
    empty, adapter, vector, zero, kept = renamed(found, ["empty", "dpo", "p", "p:zero", "q"]).arms
    pairs = {"fitted": 12, "chosen_on": 4, "files": ("pairs.jsonl",)}

    def cost(arm: ArmResult, **changes: Any) -> ArmResult:
        given = {key: changes.pop(key) for key in list(changes) if not hasattr(arm.cost, key)}
        return replace(arm, cost=replace(arm.cost, **changes), **given)

    arms = (
        cost(empty),
        cost(adapter, fitted=1, files=("a.jsonl", "b.jsonl"), parameters=12_288, fit_seconds=61.5),
        cost(vector, vector=32, fit_tokens=3456, fit_seconds=2.25, **pairs),
        cost(zero, fit_kept=True, fit_seconds=0.5, fit_tokens=0, **pairs),
        cost(
            kept,
            fitted=0,
            fitted_elsewhere=True,
            fit_kept=True,
            fit_tokens=70,
            fit_seconds=0.1,
            parameters=1,
        ),
    )
    return replace(found, arms=arms, contrasts=())


def test_what_a_fit_step_cost_and_changed_is_told(found: Comparison) -> None:
    rows = [fit_row(arm) for arm in fitted_arms(made(found))]
    assert rows == [
        ["dpo", "1 pair", "no pair", "not counted", "61.5", "12,288 weights"],
        ["p", "12 pairs", "4 pairs", "3,456", "2.2", "vector of 32 numbers"],
        ["p:zero", "12 pairs", "4 pairs", "kept", "kept", "nothing"],
        ["q", "not known", "no pair", "70+", "0.1+", "1 weight"],
    ]
    text = render_terminal(made(found), 100)
    assert all(f"\n{row[0]}  " in text and row[5] in text for row in rows)
    page = render_html(made(found))
    assert all(f">{cell}</td>" in page for row in rows for cell in row[1:])
    told = " ".join(caveats(made(found)))
    assert (
        "pairs of a.jsonl and b.jsonl: dpo. Fitted or chosen on pairs of pairs.jsonl: p, p:z"
        in (told)
    )
    assert "q was fitted elsewhere: whether on gate pairs is not known." in told
    assert "No gate pair is among the pairs that are known." in told and "no gate pair." not in told
    assert "Where 'kept' stands, an earlier fit" in told and "its seconds and tokens count" in told
    assert "A vector is added" in told and "No arm changes" not in told
    left_out = replace(found, taken_out=2, fitted_from="more.jsonl")
    assert "Left out of more.jsonl, being nearly select pairs: 2 pairs." in " ".join(
        caveats(left_out)
    )


def test_arms_of_texts_alone_have_no_fit_steps(found: Comparison) -> None:
    texts = replace(found, arms=(found.arms[0], found.arms[1], found.arms[3]))
    assert not fitted_arms(texts) and "Fit steps" not in render_html(texts)
    told = " ".join(caveats(texts))
    assert "No arm was fitted on pairs." in told and "fit steps" not in told


def test_the_caveats_apply_where_they_are_printed(found: Comparison) -> None:
    told = " ".join(caveats(found))
    assert "arm > empty" in told and "X > Y" in told and "one temperature" in told
    assert f"all arms are read on the same {len(found.pairs)} pairs" in told.lower()
    fitted = "Fitted or chosen on pairs of pairs.jsonl: few-shot, compiled. No gate pair is among"
    assert fitted in told
    assert "Few pairs" in told and "10 comparisons" in told
    assert "No arm changes the model itself." in told
    assert f"1 pair of {found.held_out} could not be measured" in told

    alone = replace(found, arms=found.arms[:2], contrasts=(), unscored=(), fitted_on=0)
    told = " ".join(caveats(alone))
    assert "X > Y" not in told and "could not be measured" not in told
    assert "No arm was fitted on pairs." in told


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
