"""A judged suite in a real pytest run: the fixtures bring a writer and a judge."""

from pathlib import Path

import pytest

from specharness.runfile import read_run
from tests.judgeprojects import SCORER, admit, edit, judge_of, likes_good, make_project
from tests.projects import TESTS, commit_all

pytest_plugins = ["pytester"]
CONFTEST = """
import pytest
from tests.judgeprojects import Writer, judge_of, likes_good

@pytest.fixture
def model():
    return Writer()

@pytest.fixture
def judge_model():
    return judge_of(likes_good)
"""


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["plain", "xdist"])
def test_the_judge_of_a_fixture_decides(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: list[str]
) -> None:
    for name in ("CI", "GITHUB_BASE_REF", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(pytester.path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    root = pytester.path
    suite = make_project(root, SCORER.format("generate"), pairs=60)
    (root / "conftest.py").write_text(CONFTEST)
    (root / "suites" / "test_suites.py").write_text(TESTS)
    admit(root, judge_of(likes_good))
    commit_all(root)
    edit(suite, "Be the worst.")
    options = ("-p", "no:cacheprovider", "--spec-lint=off", *workers)
    result = pytester.runpytest_subprocess(*options, timeout=240)
    result.assert_outcomes(xfailed=60, failed=1)
    result.stdout.fnmatch_lines(["*judge toyjudge, right on 100 of 100*"])
    found = read_run(root / "reports" / "run.json").suites[0]
    assert (found.gate.verdict, found.model) == ("FAIL", "writer")
