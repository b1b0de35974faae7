"""Of two anchors the later holds: the last release, or the last loss accepted knowingly."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from specharness.ledger.accepting import accept_verdict
from specharness.ledger.anchor import find_anchor, set_anchor
from specharness.ledger.commands import accept_command, anchor_command
from specharness.report.advice import advise
from specharness.reporting import make_run, write_reports
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.suitefile import Suite, load_suite
from tests.obedient import Obedient
from tests.projects import commit_all, git, make_project, write_spec

RUN = Path("reports/run.json")


def but_not(count: int, more: str = "") -> str:
    """A spec that loses so many pairs, in words that change with each."""
    return (
        f"Prefer the best, but not {' '.join(f'Question {i}?' for i in range(1, count + 1))}{more}"
    )


def commit() -> str:
    git("add", "-A")
    git("commit", "-qm", "more", "--allow-empty")
    return git("rev-parse", "HEAD")


def suite() -> Suite:
    return load_suite(Path("suites/tone"))


def run(spec: str, base: str | None = None) -> SuiteRun:
    """An edit, run; not committed."""
    write_spec(Path(), spec)
    found = run_suite(suite(), Options(mode="live", base=base), model=Obedient())
    write_reports(make_run([found]), RUN.parent)
    return found


def accept() -> str:
    """Accept the last run, knowingly if need be, and commit it; returns the commit."""
    accept_verdict(suite(), RUN, "Wanted.", anyway=True)
    return commit()


def anchor() -> str:
    found = find_anchor(suite())
    return found.label.partition(", ")[0] if found else ""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A released project of 100 pairs; a drop of 9 points is allowed, and 5 lost pairs are fine."""
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    root = make_project(tmp_path / "project", pairs=100)
    (root / "conftest.py").unlink()
    (root / "suites/tone/suite.toml").write_text("[gate]\nmargin = 0.09\n")
    commit_all(root)
    monkeypatch.chdir(root)
    git("tag", "v1.0")


def small_losses() -> SuiteRun:
    """Two edits that lose three pairs each: the first passes, the second fails by the anchor."""
    assert run(but_not(3)).gate.verdict == "PASS"
    commit()
    found = run(but_not(6))
    assert found.against_base is not None and found.against_base.verdict == "PASS"
    assert found.gate.verdict == "FAIL"
    return found


def test_a_loss_accepted_knowingly_is_not_held_against_the_next_edit() -> None:
    told = advise(small_losses())
    assert "specharness accept --anyway" in told and "losses are added up anew from there" in told
    lost = accept()
    harmless = run(but_not(6, " Truly."))
    assert harmless.gate.verdict == "PASS"
    assert (harmless.anchor, harmless.anchor_commit) == (None, "")  # it is what the base is
    commit()
    harmless = run(but_not(6, " Truly. Really."))
    assert harmless.gate.verdict == "PASS"
    assert harmless.anchor_commit == lost
    assert harmless.anchor_label.startswith("line 1 of the ledger, a loss accepted knowingly, ")


def test_small_losses_add_up_again_from_there() -> None:
    small_losses()
    accept()
    assert run(but_not(9)).gate.verdict == "PASS"
    commit()
    found = run(but_not(12))
    assert found.gate.verdict == "FAIL"
    assert "losses have added up, 6 of 100 pairs lost and 0 won" in found.gate.sentences[0]


def test_an_accepted_pass_moves_no_anchor() -> None:
    for lost, verdict in ((3, "PASS"), (6, "FAIL"), (7, "FAIL")):
        found = run(but_not(lost))
        assert found.gate.verdict == verdict
        if verdict == "PASS":
            accept()
        commit()
        assert anchor() == "release v1.0"


def test_a_loss_is_accepted_once_it_is_committed() -> None:
    small_losses()
    accept_verdict(suite(), RUN, "Wanted.", anyway=True)
    assert anchor() == "release v1.0"
    commit()
    assert anchor() == "line 1 of the ledger"


def test_a_later_release_is_the_anchor() -> None:
    small_losses()
    accept()
    git("tag", "v1.1")
    assert anchor() == "release v1.1"
    write_spec(Path(), but_not(6, " Truly."))
    commit()
    assert anchor() == "release v1.1"
    run(but_not(30))
    accept()
    assert anchor() == "line 2 of the ledger"
    git("tag", "v0.9", "HEAD~3")  # older than what was accepted
    git("tag", "-d", "v1.1")
    assert anchor() == "line 2 of the ledger"
    set_anchor(suite(), "v1.0")
    assert anchor() == "named in suite.toml"


def test_of_two_branches_the_accepted_loss_counts() -> None:
    """The release does not have the loss: held against it, every later edit would fail."""
    git("checkout", "-q", "-b", "release")
    Path("notes.md").write_text("v1.1\n")
    commit()
    git("tag", "v1.1")
    git("checkout", "-q", "main")
    run(but_not(30))
    accept()
    git("merge", "-q", "--no-ff", "-m", "merged", "release")
    assert git("describe", "--tags", "--abbrev=0") == "v1.1"
    assert anchor() == "line 1 of the ledger"


def test_a_line_that_a_merge_brought_is_found() -> None:
    """Two branches accepted; whoever merged wrote the lines anew, one after the other."""
    git("checkout", "-q", "-b", "other")
    run("Prefer the best. Really.")
    accept()
    git("checkout", "-q", "main")
    run(but_not(30))
    accept()
    ledger = Path("suites/tone/ledger.jsonl")
    subprocess.run(["git", "merge", "-q", "other"], capture_output=True, check=False)
    git("checkout", "-q", "--theirs", str(ledger), "suites/tone/spec.md")
    run(but_not(30), base="v1.0")
    accept_verdict(suite(), RUN, "Wanted.", anyway=True)
    merged = commit()
    assert len(git("rev-list", "--parents", "-n1", "HEAD").split()) == 3
    found = find_anchor(suite())
    assert found is not None and found.commit == merged


def test_what_a_user_reads() -> None:
    def typed(*words: str) -> str:
        done = CliRunner().invoke(anchor_command, list(words))
        assert done.exit_code == 0, done.exception
        return " ".join(done.output.split())

    assert "; a later release or accepted loss will be the next one" in typed("show")
    assert "the later of the last release (a tag v*) and the last loss" in typed("show", "--help")
    small_losses()
    done = CliRunner().invoke(accept_command, ["tone", "--reason", "Wanted.", "--anyway"])
    assert "from its commit on, losses of later edits are added up anew (the anchor)" in done.output
    commit()
    assert typed("show").startswith("tone: line 1 of the ledger, a loss accepted knowingly, ")
    typed("set", "tone", "v1.0")
    assert typed("show").endswith("9.0 points may be lost since then")
