"""The plugin in real pytest runs, plain and under xdist, with a toy model brought by a conftest."""

import json
from pathlib import Path
from typing import Any

import pytest

from specharness.runfile import read_run
from tests.projects import CONFTEST, commit_all, make_project, write_spec

pytest_plugins = ["pytester"]
WORKERS: list[list[str]] = [[], ["-n0"], ["-n2"]]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "GITHUB_BASE_REF", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(pytester.path / "cache"))
    return make_project(pytester.path, pairs=12)


def files(project: Path) -> set[str]:
    """What lies in a project, less what Python and pytester themselves leave there."""
    return {
        str(p)
        for p in project.rglob("*")
        if "__pycache__" not in p.parts
        and not p.relative_to(project).parts[0].startswith(("runpytest", "stdout", "stderr"))
    }


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    # the cases of lint have tests of their own
    options = ("-p", "no:cacheprovider", "--spec-lint=off")
    return pytester.runpytest_subprocess(*options, *args, timeout=120)


@pytest.mark.parametrize("workers", WORKERS, ids=" ".join)
def test_a_first_run_passes_or_xfails_and_reports(
    pytester: pytest.Pytester, project: Path, workers: list[str]
) -> None:
    result = run(pytester, *workers)
    outcomes = result.parseoutcomes()
    assert outcomes.get("passed", 0) + outcomes.get("xfailed", 0) == 13
    assert "failed" not in outcomes and "errors" not in outcomes
    suite = read_run(project / "reports" / "run.json").suites[0]
    assert (suite.name, len(suite.cases), suite.held_out) == ("tone", 12, 12)
    assert (project / "reports" / "index.html").stat().st_size > 10_000
    result.stdout.fnmatch_lines(["*specharness*", "report: reports/index.html"])


def test_one_process_scores_and_the_others_read(pytester: pytest.Pytester, project: Path) -> None:
    run(pytester, "-n2")
    asked = (project / "asked.log").read_text().splitlines()
    # 12 pairs, two responses, two conditions (spec and reference), and the examination: once
    assert len(asked) == len(set(asked)) == 12 * 2 * 2 + 96 + 3


def test_a_second_run_asks_the_model_nothing(pytester: pytest.Pytester, project: Path) -> None:
    run(pytester)
    (project / "asked.log").unlink()
    run(pytester)
    assert not (project / "asked.log").exists()


def test_only_selected_pairs_are_scored(pytester: pytest.Pytester, project: Path) -> None:
    run(pytester, "-k", "p-03").assert_outcomes(passed=1)
    asked = (project / "asked.log").read_text().splitlines()
    assert len(asked) == 1 * 2 * 2 + 96 + 3
    suite = read_run(project / "reports" / "run.json").suites[0]
    assert [c.id for c in suite.cases] == ["p-03"]


def test_collecting_starts_no_model_and_writes_nothing(
    pytester: pytest.Pytester, project: Path
) -> None:
    before = files(project)
    result = run(pytester, "--collect-only", "-q")
    result.stdout.fnmatch_lines(["*test_preference[[]tone-p-00]", "*test_gate[[]tone]"])
    assert files(project) == before


@pytest.mark.parametrize("workers", WORKERS, ids=" ".join)
def test_outcomes_against_a_base(
    pytester: pytest.Pytester, project: Path, workers: list[str]
) -> None:
    commit_all(project)
    write_spec(project, "Prefer the worst.")
    result = run(pytester, *workers, "-rA", "--junitxml=out.xml")
    result.assert_outcomes(failed=2, xfailed=11)
    text = result.stdout.str()
    assert "lost: does worse than at base" in text
    assert "FAILED suites/test_suites.py::test_preference[tone-p-00]" in text  # must = true
    assert "tone: FAIL" in text and "12 were lost" in text
    assert 'name="spec_outcome" value="lost"' in (project / "out.xml").read_text()
    write_spec(project, "Prefer the best. Truly.")
    run(pytester, *workers).assert_outcomes(passed=12, xfailed=1)


def test_won_pairs_xpass(pytester: pytest.Pytester, project: Path) -> None:
    write_spec(project, "Prefer the worst.")
    commit_all(project)
    write_spec(project, "Prefer the best.")
    result = run(pytester)
    result.assert_outcomes(xpassed=12, xfailed=1)


def test_an_unmeasured_pair_is_an_error(pytester: pytest.Pytester, project: Path) -> None:
    (project / "conftest.py").write_text(CONFTEST.replace("REFUSE = ''", "REFUSE = 'Question 3?'"))
    result = run(pytester)
    assert result.parseoutcomes()["errors"] == 1
    result.stdout.fnmatch_lines(["*p-03: could not be measured: *the toy refuses*"])


def test_a_model_that_does_not_react_may_not_gate(pytester: pytest.Pytester, project: Path) -> None:
    (project / "conftest.py").write_text(CONFTEST.replace("REACTS = True", "REACTS = False"))
    result = run(pytester, "-k", "gate")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*tone: UNVERIFIABLE*", "*it may not gate*"])


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("modle = 'x'", "*suite.toml: unknown key 'modle'*"),
        ("[gate]\nmargin = 'a'", "*suite.toml: *margin*"),
    ],
)
def test_a_mistake_in_a_suite_is_one_line(
    pytester: pytest.Pytester, project: Path, toml: str, told: str
) -> None:
    (project / "suites/tone/suite.toml").write_text(toml)
    result = run(pytester)
    text = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in text
    pytest.LineMatcher(text.splitlines()).fnmatch_lines([told])


def test_replay_without_recordings_names_the_command(
    pytester: pytest.Pytester, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "conftest.py").unlink()
    monkeypatch.setenv("CI", "true")
    result = run(pytester, "-k", "gate")
    result.stdout.fnmatch_lines(["*next: specharness run tone --spec-mode=record*"])


def test_recorded_runs_replay_without_a_model(pytester: pytest.Pytester, project: Path) -> None:
    run(pytester, "--spec-mode=record")
    first: dict[str, Any] = json.loads((project / "reports/run.json").read_text())
    (project / "asked.log").unlink()
    run(pytester, "--spec-mode=replay")
    second = json.loads((project / "reports/run.json").read_text())
    assert not (project / "asked.log").exists()
    assert first["suites"][0]["cases"] == second["suites"][0]["cases"]
    assert first["suites"][0]["gate"] == second["suites"][0]["gate"]


def with_cache(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """A run that remembers for --lf what failed."""
    return pytester.runpytest_subprocess("--spec-lint=off", *args, timeout=120)


def test_last_failed_asks_for_those_pairs_only(pytester: pytest.Pytester, project: Path) -> None:
    (project / "conftest.py").write_text(CONFTEST.replace("REFUSE = ''", "REFUSE = 'Question 3?'"))
    with_cache(pytester).assert_outcomes(errors=1, passed=11, xfailed=1)
    again = with_cache(pytester, "--lf")
    again.assert_outcomes(errors=1)
    again.stdout.fnmatch_lines(["*p-03: could not be measured: *"])
    (project / "conftest.py").write_text(CONFTEST)
    (project / "asked.log").unlink()
    with_cache(pytester, "--lf").assert_outcomes(passed=1)
    asked = (project / "asked.log").read_text().splitlines()
    assert len(asked) == 4 and all("Question 3?" in line for line in asked)
    suite = read_run(project / "reports" / "run.json").suites[0]
    assert ([c.id for c in suite.cases], suite.held_out) == (["p-03"], 12)


def test_last_failed_with_a_gate_judges_the_whole_suite(
    pytester: pytest.Pytester, project: Path
) -> None:
    commit_all(project)
    write_spec(project, "Prefer the worst.")
    with_cache(pytester).assert_outcomes(failed=2, xfailed=11)
    with_cache(pytester, "--lf", "-n2").assert_outcomes(failed=2)
    suite = read_run(project / "reports" / "run.json").suites[0]
    assert (len(suite.cases), suite.gate.verdict) == (12, "FAIL")
    write_spec(project, "Prefer the best. Truly.")
    with_cache(pytester, "--lf").assert_outcomes(passed=1, xfailed=1)  # too few pairs for a PASS


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=" ".join)
def test_stopping_at_the_first_failure_still_reports(
    pytester: pytest.Pytester, project: Path, workers: list[str]
) -> None:
    commit_all(project)
    write_spec(project, "Prefer the worst.")
    result = run(pytester, "-x", *workers)
    if not workers:  # the other worker may finish what it has begun
        result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["FAILED *tone-p-00*", "*stopping after 1 failures*"])
    suite = read_run(project / "reports" / "run.json").suites[0]
    assert (suite.gate.verdict, len(suite.cases)) == ("FAIL", 12)
    asked = (project / "asked.log").read_text().splitlines()
    repeats = 7 * 2 * 2  # the lost pair that must hold, under seven layouts of both specs
    assert len(asked) == 12 * 2 * 3 + 96 + 3 + repeats
