"""A bisection and a blame by the default model, replayed, over a git history that is made here.

The recordings hold the answers of the 0.5B model for all pairs of the suite `brief` under its spec,
a benign edit and a harmful one (the key rule turned round).
"""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from specharness import cli
from specharness.baseline import find_baseline
from specharness.blame.finding import find_blame
from specharness.history.bisecting import find_first_bad
from specharness.history.commits import list_versions
from specharness.history.timeline import read_timeline
from specharness.panel import Asking, Panel, open_panel
from specharness.runfile import read_run
from specharness.suitefile import load_suite
from tests.benchmarks.histories import make_history

RECORDED = Path(__file__).parent / "data" / "recordings" / "brief"
COMMITS = ("benign", "spec", "benign", "harmful", "harmful-remark", "spec", "harmful")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The suite in a repository, and the hashes of its commits."""
    root = tmp_path_factory.mktemp("brief")
    shutil.copytree(RECORDED, root / "fixtures" / "recordings" / "brief")
    _, hashes = make_history(root, "brief", COMMITS)
    return root, hashes


@pytest.fixture(autouse=True)
def no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)


def replaying(root: Path) -> Panel:
    asking = Asking(room="bisect", command="specharness bisect", mode="replay")
    return open_panel(load_suite(root / "suites" / "brief"), asking)


def test_the_commit_that_turned_the_rule_round_is_found(project: tuple[Path, list[str]]) -> None:
    root, hashes = project
    panel = replaying(root)
    versions = list_versions(panel.suite, hashes[5], hashes[0])
    found = find_first_bad(panel, versions)
    assert found.first is not None and found.first.commit == hashes[4]
    assert found.first.label.endswith("To harmful") and found.first.verdict == "FAIL"
    assert "brief" in [rule for _, rule, _, _ in found.edits]
    assert len(found.steps) == 3 and panel.chosen.model.calls == 0


def test_the_timeline_falls_and_rises_with_the_rule(project: tuple[Path, list[str]]) -> None:
    root, hashes = project
    panel = replaying(root)
    found = read_timeline(panel, list_versions(panel.suite, "HEAD", hashes[0]))
    verdicts = {point.label.split(" ", 1)[1]: point.verdict for point in found.points[1:]}
    assert [point.verdict == "FAIL" for point in found.points] == [
        False, False, False, False, True, False, True,
    ]  # fmt: skip
    assert verdicts["To harmful"] == "FAIL"


def test_the_edited_rule_is_blamed(project: tuple[Path, list[str]]) -> None:
    root, hashes = project
    panel = replaying(root)
    base = find_baseline(panel.suite, hashes[0], panel.pairs)
    found = find_blame(panel, base.spec, base.label)
    assert found.verdict == "FAIL" and found.lost
    assert found.sentences == (
        "The only edit is the reworded rule 'brief' (line 5): it carries all of the change.",
    )


def test_from_a_fail_to_the_first_bad_commit_as_a_user_types_it(
    project: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, hashes = project
    monkeypatch.chdir(root)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(root / "no-cache"))

    def type_(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli.main, [*words, "--spec-mode=replay"])
        return done.exit_code, done.output

    good = hashes[2]  # the last good commit that anybody remembers; one between is good, too
    code, told = type_("run", "brief", f"--spec-base={good}")
    assert code == 1 and told.startswith("verdict") and "\nFAIL  brief" in told
    assert "which edit: The only edit is the reworded rule 'brief' (line 5)" in told
    (run,) = read_run(Path("reports/run.json")).suites
    assert (run.gate.verdict, run.gate.lost, run.base_commit) == ("FAIL", 5, good)
    code, told = type_("bisect", f"{good}..{hashes[5]}", "--suite", "brief")
    assert code == 1
    first = f"The first with a loss is {hashes[4][:7]} To harmful (2 of 2 later versions of the"
    assert first in told and "reworded brief: Be brief" in told
    assert type_("bisect", f"{hashes[0]}..{good}", "--suite", "brief")[0] == 0
