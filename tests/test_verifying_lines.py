"""Every line of a ledger is computed again, from git where the files went on since."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from specharness import cli
from specharness.errors import UsageError
from specharness.ledger.accepting import accept_verdict
from specharness.ledger.chain import Entry, ledger_text, read_ledger
from specharness.ledger.checkout import checked_out
from specharness.ledger.commands import verify_command
from specharness.reporting import make_run, write_reports
from specharness.run import Options, run_suite
from specharness.suitefile import Suite, load_suite
from tests import judgeprojects, zebras
from tests.obedient import IDENTITY, Obedient
from tests.projects import commit_all, git, make_project, write_spec
from tests.test_sparing import LOST, Touchy, quarantined

LEDGER = Path("suites/tone/ledger.jsonl")
RECORDED = Path("fixtures/recordings/tone/obedient.jsonl")
RUN = Path("reports/run.json")
HARMFUL = "Prefer the best, but not Question 1? Question 2? Question 3? Question 4? Question 5?"
FINE = "Prefer the best. Truly."


def suite() -> Suite:
    return load_suite(Path("suites/tone"))


def commit() -> str:
    git("add", "-A")
    git("commit", "-qm", "more")
    return git("rev-parse", "HEAD")


def record(spec: str, model: Obedient | None = None, **options: Any) -> None:
    """An edit, run and recorded; what it leaves is the last run."""
    write_spec(Path(), spec)
    found = run_suite(suite(), Options(mode="record", **options), model=model or Obedient())
    write_reports(make_run([found]), RUN.parent)


def accept(spec: str, **options: Any) -> str:
    """An edit that is run, accepted and committed; returns the commit."""
    record(spec, **options)
    accept_verdict(suite(), RUN, "Wanted.", anyway=True)
    return commit()


def verify(*words: str) -> tuple[int, str]:
    RUN.unlink(missing_ok=True)
    done = CliRunner().invoke(verify_command, list(words), standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


def forge(number: int, **values: Any) -> None:
    """Change one line of the ledger and put all digests right."""
    lines: list[Entry] = []
    for entry in read_ledger(LEDGER):
        told = {name: getattr(entry, name) for name in asdict(entry)}
        told |= values if entry.number == number else {}
        told |= {"previous": lines[-1].digest} if lines else {}
        lines.append(Entry(**told))
    LEDGER.write_text(ledger_text(lines))


OTHER = Obedient(identity=replace(IDENTITY, revision="2"))
WHO = {
    f"GIT_{who}_{what}": "test@example.invalid"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}
VERIFY = "from specharness.cli import main; main()"
PASSED: dict[str, Any] = {"verdict": "PASS", "anyway": False, "lost": 0}


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_BASE_REF", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def begin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project of 20 pairs without anything accepted."""
    root = make_project(folder / "project", pairs=20)
    (root / "conftest.py").unlink()
    (root / "suites/tone/suite.toml").write_text("[gate]\nmargin = 0.2\n")
    commit_all(root)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return begin(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def accepted_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two accepted lines with a commit each: a loss accepted knowingly, and what mended it."""
    folder = tmp_path_factory.mktemp("twice")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECHARNESS_CACHE", str(folder / "cache"))
        patch.delenv("GITHUB_BASE_REF", raising=False)
        root = begin(folder, patch)
        accept(HARMFUL)
        accept(FINE)
        assert [(e.verdict, e.anyway) for e in read_ledger(LEDGER)] == [
            ("FAIL", True), ("PASS", False),
        ]  # fmt: skip
    return root


@pytest.fixture
def two(accepted_twice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that project."""
    root = shutil.copytree(accepted_twice, tmp_path / "project")
    monkeypatch.chdir(root)
    return root


def test_every_line_is_computed_again(two: Path) -> None:
    told = "tone: holds (2 accepted, the last PASS, each computed again from recordings)\n"
    assert verify() == (0, told)


@pytest.mark.parametrize("committed", [False, True])
def test_a_loss_turned_into_a_pass_is_found_in_any_line(two: Path, committed: bool) -> None:
    forge(1, **PASSED)
    if committed:
        commit()
    code, told = verify()
    assert code == 1
    assert told == (
        f'{LEDGER}:1: verdict is "PASS", but "FAIL" when computed again; restore the ledger from '
        "git\n"
    )


@pytest.mark.parametrize("committed", [False, True])
def test_a_forged_last_line_is_found_after_the_next_edit(two: Path, committed: bool) -> None:
    forge(2, lost=3)
    if committed:
        commit()
    write_spec(two, f"{FINE}.")
    code, told = verify()
    assert code == 1 and f"{LEDGER}:2: lost is 3, but 0 when computed again" in told


def test_the_first_line_that_does_not_hold_is_named(two: Path) -> None:
    forge(1, n=19)
    forge(2, lost=3)
    assert verify()[1].startswith(f"{LEDGER}:1: n is 19, but 20 when computed again")


@pytest.mark.parametrize("committed", [False, True])
def test_recordings_of_the_next_edit_are_no_fault(two: Path, committed: bool) -> None:
    record("Prefer the best of all.")
    if committed:
        commit()
    assert verify() == (
        0, "tone: holds (2 accepted, the last PASS, each computed again from recordings)\n",
    )  # fmt: skip


def test_a_suite_with_other_pairs_and_settings_by_now(two: Path) -> None:
    pairs = two / "suites/tone/pairs.jsonl"
    pairs.write_text("".join(pairs.read_text().splitlines(keepends=True)[:15]))
    (two / "suites/tone/suite.toml").write_text("[gate]\nmargin = 0.3\n")
    commit()
    accept("Prefer the best of all.")
    assert "3 accepted, the last PASS, each computed again" in verify()[1]
    forge(2, n=15)
    code, told = verify()
    assert code == 1 and f"{LEDGER}:2: n is 15, but 20 when computed again" in told


def test_a_line_is_computed_as_of_the_ledger_before_it(here: Path) -> None:
    """A quarantine that ends after one verdict held for the first line and not for the second."""
    quarantined(Path(), looks=1)
    base = commit()
    for number in (1, 2):
        model = Touchy("Prefer the very best.", LOST, layouts=True)
        write_spec(Path(), model.spec)
        found = run_suite(suite(), Options(mode="record", base=base), model=model)
        write_reports(make_run([found]), RUN.parent)
        accept_verdict(suite(), RUN, f"Reason {number}.", anyway=True)
        commit()
    assert [e.verdict for e in read_ledger(LEDGER)] == ["UNPROVEN", "FAIL"]
    write_spec(Path(), "Prefer the best.")
    code, told = verify()
    assert code == 0 and "each computed again from recordings" in told, told


# What cannot be computed again


def test_a_line_of_squashed_commits_is_told(here: Path) -> None:
    first = git("rev-parse", "HEAD")
    accept(HARMFUL)
    accept(FINE, base=first)
    git("reset", "-q", "--soft", first)
    commit()
    assert verify() == (
        0,
        "tone: holds in part (2 accepted, the last PASS; line 2 was computed again from "
        "recordings; line 1 was not computed again: no commit has the spec as accepted)\n",
    )


def test_a_line_whose_base_is_nowhere_is_told(two: Path) -> None:
    forge(1, base="0" * 40)
    code, told = verify()
    assert code == 0 and "tone: holds in part" in told
    assert "line 1 was not computed again: its base 0000000000 is not in this clone" in told


def test_what_is_not_committed_is_told_once_the_spec_changed(here: Path) -> None:
    record(FINE)
    accept_verdict(suite(), RUN, "Wanted.")
    write_spec(here, "Prefer the best, always.")
    assert verify() == (
        0,
        "tone: not computed again (1 accepted, the last PASS; line 1 was not computed again: it is "
        "not committed, and since then the spec changed)\n",
    )


def test_a_shallow_clone_is_told(two: Path, tmp_path: Path, monkeypatch: Any) -> None:
    git("clone", "-q", "--depth=1", f"file://{two}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    code, told = verify()
    assert code == 0 and "holds in part" not in told and "not computed again" in told
    assert "this clone has only a part of the history" in told


def test_without_git_the_files_are_all_there_is(tmp_path: Path, monkeypatch: Any) -> None:
    root = make_project(tmp_path / "project", pairs=20)
    (root / "conftest.py").unlink()
    monkeypatch.chdir(root)
    for spec in (FINE, "Prefer the best of all."):
        record(spec)
        accept_verdict(suite(), RUN, "Wanted.")
    code, told = verify()
    assert code == 0 and "line 2 was computed again" in told
    assert "line 1 was not computed again: there is no git repository to look in" in told


def test_recordings_that_were_never_committed_are_told(here: Path) -> None:
    (here / ".gitignore").write_text("fixtures\nreports\n")
    accept(HARMFUL)
    accept(FINE)
    code, told = verify()
    assert code == 0
    assert "line 1 was not computed again: no commit has the recordings as accepted" in told
    RECORDED.unlink()
    code, told = verify()
    assert code == 1 and f"{RECORDED}: is not there ({LEDGER}:2)" in told


def test_other_recordings_committed_with_a_line_are_found(here: Path) -> None:
    base = git("rev-parse", "HEAD")
    record(HARMFUL)
    accept_verdict(suite(), RUN, "Wanted.", anyway=True)
    record(HARMFUL, model=OTHER)
    bad = commit()[:10]
    write_spec(here, FINE)
    code, told = verify()
    assert code == 1
    assert f"{LEDGER}:1: its commit {bad} has other recordings than what was accepted; " in told
    record(HARMFUL, model=OTHER, base=base)  # what it says to do
    accept_verdict(suite(), RUN, "As recorded.", anyway=True)
    commit()
    code, told = verify()
    assert code == 0, told
    assert "line 2 was computed again" in told
    assert "line 1 was not computed again: no commit has the recordings as accepted" in told


def test_recordings_committed_later_will_do(here: Path) -> None:
    record(HARMFUL)
    accept_verdict(suite(), RUN, "Wanted.", anyway=True)
    right = RECORDED.read_bytes()
    record(HARMFUL, model=OTHER)
    commit()
    RECORDED.write_bytes(right)
    commit()
    write_spec(here, FINE)
    code, told = verify()
    assert code == 0 and "holds (1 accepted, the last FAIL, computed again" in told, told


def test_the_last_lines_only(two: Path) -> None:
    forge(1, **PASSED)
    assert verify("--last", "2")[0] == 1
    code, told = verify("--last", "1")
    assert code == 0
    assert "line 1 was not computed again: left out by --last 1" in told


# What is left alone


def test_verifying_writes_nothing_and_runs_no_hook(two: Path) -> None:
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        _hook(two, hook, f"echo {hook} >> '{two}/hooked'")
    write_spec(two, "Prefer the best of all.")
    RUN.unlink()
    before = _files(two)
    code, told = verify()
    assert code == 0 and "each computed again" in told
    assert _files(two) == before


def test_a_hook_can_verify(two: Path) -> None:
    """Git tells a hook where its repository is; nothing of that is for another one."""
    _hook(two, "pre-commit", f"'{sys.executable}' -c '{VERIFY}' verify tone > '{two}/told' 2>&1")
    write_spec(two, "Prefer the best of all.")
    RUN.unlink()
    head = git("rev-parse", "HEAD")
    subprocess.run(["git", "commit", "-qam", "on"], env={**os.environ, **WHO}, check=True)
    assert "each computed again from recordings" in (two / "told").read_text()
    assert git("rev-parse", "HEAD~1") == head
    assert git("show", "--stat", "--format=", "HEAD").startswith("suites/tone/spec.md")


def _hook(root: Path, name: str, script: str) -> None:
    file = root / ".git/hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def _files(root: Path) -> dict[str, tuple[bytes, int]]:
    every = [path for path in root.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in every}


@pytest.mark.parametrize("where", ["link", "outside", "top"])
def test_suites_whose_files_lie_elsewhere(here: Path, where: str) -> None:
    folder = here / "suites/tone"
    if where != "top":
        (here / "docs").mkdir()
        for name in ("spec.md", "pairs.jsonl"):
            (folder / name).rename(here / "docs" / name)
    if where == "link":
        for name in ("spec.md", "pairs.jsonl"):
            (folder / name).symlink_to(Path("../../docs") / name)
    elif where == "outside":
        named = 'spec = "../../docs/spec.md"\npairs = "../../docs/pairs.jsonl"\n'
        (folder / "suite.toml").write_text(named)
    else:
        for name in ("spec.md", "pairs.jsonl"):
            (folder / name).rename(here / name)
    path = here if where == "top" else folder
    file = path / "spec.md" if where == "top" else here / "docs/spec.md"
    commit()
    for spec in (FINE, "Prefer the best of all."):
        file.write_text(spec)
        found = run_suite(load_suite(path), Options(mode="record"), model=Obedient())
        write_reports(make_run([found]), RUN.parent)
        accept_verdict(load_suite(path), RUN, "Wanted.")
        commit()
    file.write_text("Prefer the best, always.")
    code, told = verify(str(path))
    assert code == 0 and "each computed again" in told, told


def test_a_checkout_is_the_suite_as_it_was(two: Path) -> None:
    first = git("rev-parse", "HEAD~1")
    with checked_out(two, first, two / "suites/tone") as then:
        assert then.spec.shown == HARMFUL and then.name == "tone"
        assert git("-C", str(then.folder), "rev-parse", "HEAD") == first
        gone = then.folder
    assert not gone.exists()
    with pytest.raises(UsageError), checked_out(two, first, two / "suites/none"):
        pass


# Judges and hidden pairs


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        root = tmp_path / name
        root.mkdir()
        monkeypatch.chdir(root)
        monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache" / name))
        return root

    return make


def test_lines_of_a_judge_are_computed_with_the_admission_of_then(
    enter: Callable[[str], Path],
) -> None:
    root = enter("judged")
    tone = judgeprojects.make_project(root, '[score]\nscorer = "judge"\n', pairs=24)
    judge = judgeprojects.judge_of()
    judgeprojects.admit(root, judge)
    commit()
    edited = judgeprojects.edit(tone, "Be the very best.")
    found = judgeprojects.run(edited, "record", model=judge)
    write_reports(make_run([found]), RUN.parent)
    accept_verdict(edited, RUN, "Reads better.")
    commit()
    judgeprojects.admit(root, judge, spec="Another spec.")
    assert "UNPROVEN, computed again from recordings" in verify()[1]
    forge(1, won=7)
    assert "won is 7, but 0 when computed again" in verify()[1]


def test_of_hidden_pairs_nothing_is_told(
    enter: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for lost in ("z1 z2 z3 z4 z5 z6 z7 z8 z9", "z3 z4 z5 z6 z7 z8 z9 z10 z11"):
        monkeypatch.setenv(zebras.LOST, lost)
        zebras.make_project(enter(lost[:2] + lost[-1]), horses=20, zebras=12)
        commit_all(Path())
        Path("suites/tone/spec.md").write_text(zebras.HEAD)
        done = CliRunner().invoke(cli.main, ["run", "--spec-mode", "record"])
        assert done.exit_code < 4, done.output
        accept_verdict(load_suite(Path("suites/tone")), RUN, "Known.", anyway=True)
        commit()
        Path("suites/tone/spec.md").write_text(zebras.BASE)
        told.append(verify())
        assert "computed again from recordings" in told[-1][1]
        forge(1, verdict="PASS", anyway=False)
        told.append(verify())
        assert 'verdict is "PASS", but "FAIL" when computed again' in told[-1][1]
    assert told[:2] == told[2:]
    assert not any("zebra" in text for _, text in told)
