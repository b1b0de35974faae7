"""The anchor: which it is, and that small losses cannot add up against it."""

import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from specharness.errors import UsageError
from specharness.gate.gates import decide
from specharness.ledger.accepting import accept_verdict
from specharness.ledger.anchor import find_anchor, set_anchor
from specharness.ledger.commands import anchor_command
from specharness.ledger.verifying import run_difference
from specharness.model import Logprobs, Request
from specharness.reporting import make_run, write_reports
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun, read_run, write_run
from specharness.suitefile import Suite, load_suite
from tests.obedient import Obedient
from tests.projects import commit_all, git, make_project, write_spec

FIRST = "Prefer the best."


def but_not(count: int) -> str:
    """A spec that loses so many pairs, in words that change with each."""
    return "Prefer the best, but not " + " ".join(f"Question {i}?" for i in range(1, count + 1))


def edits(rng: np.random.Generator, number: int, n: int, flips: int) -> list[np.ndarray]:
    """The share preferred after each of `number` edits that lose 1 point net: `flips` + n/100 lost.

    Preferences lie well off 0.5; an edit turns some round, whichever they are.
    """
    current = np.where(np.arange(n) < 0.9 * n, 0.8, 0.2)
    specs = [current]
    for _ in range(number):
        after = specs[-1].copy()
        lost = rng.choice(np.flatnonzero(after > 0.5), flips + n // 100, replace=False)
        won = rng.choice(np.flatnonzero(after < 0.5), flips, replace=False)
        after[lost], after[won] = 0.2, 0.8
        specs.append(after)
    return specs


@pytest.mark.parametrize("flips", [0, 10, 30])
def test_twenty_edits_of_one_point_are_stopped_by_five(flips: int) -> None:
    for seed in range(5):
        specs = edits(np.random.default_rng(seed), 20, 1000, flips)
        steps = [decide(a, b).verdict for a, b in pairwise(specs)]
        assert "FAIL" not in steps  # each edit alone is within the margin
        since = [decide(specs[0], spec) for spec in specs[1:]]
        stopped = next(i for i, found in enumerate(since) if found.verdict == "FAIL")
        assert 0.01 < -since[stopped].difference <= 0.05
        assert all(found.verdict == "FAIL" for found in since[5:])


def test_edits_that_do_no_harm_are_not_stopped() -> None:
    """Each turns some pairs round, on average as many one way as the other."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        first = current = np.where(np.arange(1000) < 800, 0.8, 0.2)
        for _ in range(20):
            counts = rng.poisson(5, 2)
            lost = rng.choice(np.flatnonzero(current > 0.5), counts[0], replace=False)
            won = rng.choice(np.flatnonzero(current < 0.5), counts[1], replace=False)
            current = current.copy()
            current[lost], current[won] = 0.2, 0.8
            assert decide(first, current).verdict != "FAIL"


# Real repositories


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    root = make_project(tmp_path / "project", pairs=200)
    (root / "conftest.py").unlink()
    (root / "suites/tone/suite.toml").write_text("# ours\n[gate]  # strict\nmargin = 0.05\n")
    commit_all(root)
    monkeypatch.chdir(root)
    return root


def suite() -> Suite:
    return load_suite(Path("suites/tone"))


def commit(text: str, root: Path) -> str:
    write_spec(root, text)
    git("commit", "-qam", text[:20])
    return git("rev-parse", "HEAD")


def run(mode: Any = "live", **options: Any) -> SuiteRun:
    return run_suite(suite(), Options(mode=mode, **options), model=Obedient())


def test_without_releases_or_ledger_there_is_no_anchor(here: Path) -> None:
    write_spec(here, but_not(3))
    found = run()
    assert find_anchor(suite()) is None
    assert (found.anchor, found.anchor_label, found.anchor_commit) == (None, "", "")


def test_small_losses_add_up_against_the_last_release(here: Path) -> None:
    git("tag", "v1.0")
    released = git("rev-parse", "HEAD")
    verdicts = []
    for lost in (2, 4, 6, 8, 10):
        write_spec(here, but_not(lost))
        found = run()
        verdicts.append(found.gate.verdict)
        if found.anchor is not None:
            assert found.anchor.lost == lost
            assert found.anchor_commit == released
            assert found.anchor_label.startswith("release v1.0, ")
        git("commit", "-qam", "worse")
    assert verdicts == ["PASS", "PASS", "FAIL", "FAIL", "FAIL"]
    first = found.gate.sentences[0]
    assert first.startswith("Against the anchor (release v1.0, ")
    assert "losses have added up, 10 of 200 pairs lost and 0 won since then (-5.0 points)" in first
    assert found.gate.lost == 2
    assert found.gate.next_command == f"specharness blame tone --spec-base={released[:10]}"


def test_what_is_not_edited_is_not_held_against_the_anchor(here: Path) -> None:
    git("tag", "v1.0")
    commit(but_not(40), here)
    found = run()
    assert (found.gate.verdict, found.anchor) == ("PASS", None)


def test_a_wider_budget_lets_more_pass(here: Path) -> None:
    git("tag", "v1.0")
    with (here / "suites/tone/suite.toml").open("a") as file:
        file.write("budget = 0.12\n")
    git("commit", "-qam", "a budget")
    commit(but_not(8), here)
    write_spec(here, but_not(10))
    found = run()
    assert found.anchor is not None
    assert (found.gate.verdict, found.anchor.verdict) == ("PASS", "PASS")
    assert (found.gate.margin, found.anchor.margin) == (0.05, 0.12)
    assert "not worse than the budget of 12.0 points allows" in found.gate.sentences[-1]


def test_the_order_of_anchors(here: Path, tmp_path: Path) -> None:
    commit(f"{FIRST} Really.", here)
    write_spec(here, f"{FIRST} Truly.")
    write_reports(make_run([run("record")]), Path("reports"))
    accept_verdict(suite(), Path("reports/run.json"), "first")
    assert find_anchor(suite()) is None  # not committed yet
    git("add", "-A")
    git("commit", "-qm", "accepted")
    by_ledger = find_anchor(suite())
    assert by_ledger is not None and by_ledger.label.startswith("line 1 of the ledger, ")
    assert by_ledger.spec.shown == f"{FIRST} Truly."
    write_spec(here, but_not(30))
    write_reports(make_run([run("record")]), Path("reports"))
    accept_verdict(suite(), Path("reports/run.json"), "wanted", anyway=True)
    git("commit", "-qam", "a loss accepted knowingly")
    by_loss = find_anchor(suite())
    assert by_loss is not None and by_loss.label.startswith("line 2 of the ledger, ")
    git("tag", "v1")
    git("tag", "very-new")
    by_tag = find_anchor(suite())
    assert by_tag is not None and by_tag.label.startswith("release v1, ")
    named = set_anchor(suite(), "HEAD~1")
    by_name = find_anchor(suite())
    assert by_name is not None and by_name.commit == named == git("rev-parse", "HEAD~1")
    set_anchor(suite(), "none")
    assert find_anchor(suite()) is None


def test_setting_an_anchor_changes_one_line(here: Path) -> None:
    path = Path("suites/tone/suite.toml")
    head = git("rev-parse", "HEAD")
    set_anchor(suite(), "main")
    assert path.read_text() == f'# ours\n[gate]  # strict\nanchor = "{head}"\nmargin = 0.05\n'
    set_anchor(suite(), "none")
    assert path.read_text() == '# ours\n[gate]  # strict\nanchor = "none"\nmargin = 0.05\n'
    path.write_text('description = "x"')
    set_anchor(suite(), "HEAD")
    assert tomllib.loads(path.read_text()) == {"description": "x", "gate": {"anchor": head}}
    path.write_text("gate.margin = 0.1\n")
    with pytest.raises(UsageError, match=r"\[gate\] is written in another way"):
        set_anchor(suite(), "HEAD")
    assert path.read_text() == "gate.margin = 0.1\n"


def test_an_anchor_that_git_does_not_know_is_told(here: Path) -> None:
    with pytest.raises(UsageError, match=r"suite\.toml: anchor: git knows no commit 'v9'"):
        set_anchor(suite(), "v9")
    Path("suites/tone/suite.toml").write_text('[gate]\nanchor = "v9"\n')
    write_spec(here, "Be the best.")
    with pytest.raises(UsageError, match=r"suite\.toml: anchor: git knows no commit 'v9'"):
        run()


def test_moving_the_anchor_along_with_an_edit_is_no_verdict(here: Path) -> None:
    set_anchor(suite(), "HEAD")
    write_spec(here, but_not(1))
    found = run().gate
    assert found.verdict == "UNVERIFIABLE"
    assert 'gate.anchor "" -> ' in " ".join(found.sentences)


def test_an_anchor_that_nobody_recorded_is_unverifiable(here: Path) -> None:
    commit(but_not(1), here)
    write_spec(here, but_not(2))
    run("record")
    assert run("replay").gate.verdict == "PASS"
    git("tag", "v1.0", "HEAD~1")
    found = run("replay")
    assert found.gate.verdict == "UNVERIFIABLE"
    assert found.gate.next_command == "specharness run tone --spec-mode=record"
    assert "is not recorded: 400 of 1200 results" in found.gate.sentences[0]
    run("record")
    again = run("replay")
    assert (again.gate.verdict, again.trust.calls) == ("PASS", 0)


class Deaf(Obedient):
    """Its numbers pass the probe, and no spec moves them."""

    def weigh(self, request: Request) -> Logprobs:
        return super().weigh(replace(request, messages=request.messages[-1:]))


def test_a_model_that_does_not_react_gives_no_number_here_either(here: Path) -> None:
    git("tag", "v1.0")
    commit(but_not(2), here)
    write_spec(here, but_not(9))
    found = run_suite(suite(), Options(mode="live"), model=Deaf())
    assert (found.gate.verdict, found.anchor) == ("UNVERIFIABLE", None)


def test_a_stored_run_with_an_anchor_can_be_computed_again(here: Path, tmp_path: Path) -> None:
    git("tag", "v1.0")
    commit(but_not(2), here)
    write_spec(here, but_not(9))
    stored = make_run([run("record")])
    write_run(stored, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == stored
    assert stored.suites[0].anchor is not None
    git("tag", "v1.1")  # what is a release later changes nothing
    assert run_difference(suite(), stored.suites[0]) == ""


def test_what_a_user_types(here: Path) -> None:
    def typed(*words: str) -> str:
        done = CliRunner().invoke(anchor_command, list(words))
        assert done.exit_code == 0, done.exception
        return done.output

    assert typed("show").startswith("tone: no anchor (no release tag v*, ")
    git("tag", "v0.1")
    assert " Base; 5.0 points may be lost since then" in typed("show", "tone")
    head = git("rev-parse", "HEAD")
    assert f'suites/tone/suite.toml: anchor = "{head}"' in typed("set", "tone", "HEAD")
    assert typed("show").startswith("tone: named in suite.toml, ")
    typed("set", "tone", "none")
    assert typed("show") == "tone: no anchor (switched off in suite.toml)\n"
