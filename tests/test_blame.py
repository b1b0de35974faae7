"""Blame on edits whose harm is known, and what reverting each of them shows a model."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from specharness.baseline import EMPTY, Baseline
from specharness.blame.commands import blame_command
from specharness.blame.explaining import explain_loss
from specharness.blame.finding import find_blame, revert
from specharness.blame.record import Blame
from specharness.blame.words import render_terminal
from specharness.choice import choose_model
from specharness.pairs import load_pairs
from specharness.panel import Asking, open_panel
from specharness.score.logprob import score_pairs
from specharness.score.trust import examine
from specharness.settings import Mode
from specharness.specdiff import diff_rules
from specharness.specfile import parse_spec
from specharness.suitefile import load_suite
from tests.rulebooks import History, Reader, make_suite

BASE = """# How to answer

- Be brief. {#brief}
- Be kind. {#kind}
- Be tidy. {#tidy}
- Be plain. {#plain}
"""
HEAD = """# How to answer

- Be thorough. {#brief}
- Be neat. {#tidy}
- Be plain. {#plain}
- Spell out every number. {#new}
"""
HEAD_SHOWN = parse_spec(HEAD).shown
PAIRS = {"brief": 30, "kind": 8, "other": 22}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)


def blame(root: Path, base: str, head: str, pairs: dict[str, int] | None = None) -> Blame:
    suite = make_suite(root, head, pairs or PAIRS)
    panel = open_panel(suite, Asking(room="blame", command="specharness blame tone"), Reader())
    return find_blame(panel, parse_spec(base), "the base")


def test_the_edits_that_carry_the_loss_are_named_most_of_it_first(tmp_path: Path) -> None:
    found = blame(tmp_path, BASE, HEAD)
    assert found.verdict == "FAIL" and len(found.lost) == 38
    assert [(e.kind, e.rule, e.regained, e.carries) for e in found.edits[:2]] == [
        ("reworded", "brief", 30, True), ("removed", "kind", 8, True),
    ]  # fmt: skip
    assert {(e.kind, e.rule, e.regained, e.carries) for e in found.edits[2:]} == {
        ("reworded", "tidy", 0, False), ("added", "new", 0, False),
    }  # fmt: skip
    brief, kind = (edit.share for edit in found.edits[:2])
    assert brief and kind and brief + kind == pytest.approx(1.0)


def test_the_sentences_name_rule_line_points_and_pairs(tmp_path: Path) -> None:
    found = blame(tmp_path, BASE, HEAD)
    first, second = found.sentences
    assert first.startswith("Reverting the reworded rule 'brief' (line 3) alone wins back ")
    assert first.endswith(", and 30 of 38 lost pairs.")
    assert second.startswith("Reverting the removed rule 'kind' (line 4 at base) alone wins back ")
    text = render_terminal(found, 100)
    assert text.startswith("tone: FAIL against the base; preference fell by ")
    assert "reworded *" in text and "added  " in text
    for width in (24, 40, 80):
        assert max(map(len, render_terminal(found, width).splitlines())) <= width


def test_a_single_edit_needs_no_text_of_its_own(tmp_path: Path) -> None:
    head = BASE.replace("Be brief", "Be long")
    found = blame(tmp_path, BASE, head)
    assert len(found.edits) == 1 and found.edits[0].share == pytest.approx(1.0)
    assert found.sentences == (
        "The only edit is the reworded rule 'brief' (line 3): it carries all of the change.",
    )


def test_what_edits_do_only_together_is_no_ones(tmp_path: Path) -> None:
    # either of the two rules asks for short answers: only without both the pairs are lost
    base = "- Be short. {#a}\n- Do not waste words. {#b}\n- Be plain."
    found = blame(tmp_path, base, "- Be plain.", {"short": 40, "other": 20})
    assert {edit.regained for edit in found.edits} == {40}
    found = blame(tmp_path / "b", "- Be plain.", base, {"code": 1, "other": 60})
    assert not any(edit.carries for edit in found.edits)
    assert found.sentences[0].startswith("No one of the 2 edits is shown to carry the loss alone")


def test_what_is_not_a_rule_is_an_edit_of_its_own(tmp_path: Path) -> None:
    head = BASE.replace("# How to answer", "# Write code")
    found = blame(tmp_path, BASE.replace("Be kind", "Be mild"), head, {"code": 30, "kind": 30})
    # a heading that is renamed moves all rules below it, and that is one edit, not five
    assert sorted(edit.kind for edit in found.edits) == ["other", "reworded"]
    other = next(edit for edit in found.edits if edit.kind == "other")
    assert other.name == "what changed outside the rules" and other.back.mean != 0


def test_no_edit_is_no_blame(tmp_path: Path) -> None:
    found = blame(tmp_path, BASE, BASE)
    assert found.edits == () and found.sentences == () and found.verdict in ("PASS", "UNPROVEN")


@pytest.mark.parametrize(
    ("head", "reverted"),
    [
        (BASE.replace("- Be tidy. {#tidy}\n", ""), BASE),
        (BASE + "- Spell out every number. {#new}\n", BASE),
        (BASE.replace("Be tidy", "Tidy up"), BASE),
        (BASE.replace("- Be brief. {#brief}\n", "") + "- Be brief. {#brief}\n", BASE),
    ],
)
def test_reverting_the_only_edit_gives_the_base(head: str, reverted: str) -> None:
    base, after = parse_spec(BASE), parse_spec(head)
    (change,) = diff_rules(base, after)
    assert revert(after, base, change).shown == parse_spec(reverted).shown


@pytest.mark.parametrize("mode", ["live", "replay"])
def test_a_run_that_failed_is_explained_by_its_own_model(tmp_path: Path, mode: Mode) -> None:
    suite = make_suite(tmp_path, HEAD, PAIRS)
    pairs = load_pairs(suite.pairs_path)
    base = Baseline(spec=parse_spec(BASE), label="the base")
    first = choose_model(suite, "record", tmp_path, Reader())
    texts = {"head": HEAD_SHOWN, "base": base.spec.shown}
    score_pairs(first.model, pairs, **texts, reading=first.reading)
    trust = examine(first.model, first.reading)
    first.save(whole=True)
    chosen = choose_model(suite, mode, tmp_path, Reader())
    told = explain_loss(suite, chosen, trust, pairs, base)
    if mode == "live":
        assert told.blame and told.sentences == told.blame.sentences
        assert told.sentences[0].startswith("Reverting the reworded rule 'brief'")
    else:  # the edits one by one were not recorded: that is told, and is no error
        assert told.sentences == (
            "`specharness blame tone` says which edit carries it (with a model).",
        )
    nothing = Baseline(spec=EMPTY, label="the empty spec")
    assert explain_loss(suite, chosen, trust, pairs, nothing).sentences == ()


def test_the_command_reads_the_base_from_git_and_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = make_suite(tmp_path, BASE, PAIRS)
    history = History(tmp_path)
    base = history.commit("Base")
    (suite.folder / "spec.md").write_text(HEAD)
    ours = load_suite(suite.folder)
    asking = Asking(room="blame", command="specharness blame tone", mode="record")
    panel = open_panel(ours, asking, Reader())
    find_blame(panel, parse_spec(BASE), "the base")
    panel.save()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "true")
    done = CliRunner().invoke(blame_command, ["tone"], standalone_mode=False)
    assert done.return_value == 1, done.exception
    assert f"tone: FAIL against {base[:7]} Base" in done.output
    words = ["tone", "--spec-base", base, "--json"]
    told = json.loads(CliRunner().invoke(blame_command, words, standalone_mode=False).output)
    assert [edit["rule"] for edit in told["edits"][:2]] == ["brief", "kind"]
    assert told["sentences"][0].startswith("Reverting the reworded rule 'brief'")
