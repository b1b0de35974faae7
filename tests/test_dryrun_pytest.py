"""`pytest --spec-dry-run`: the plan of every selected suite, once; nothing runs."""

from pathlib import Path

import pytest

from tests.judgeprojects import SCORER, admit, judge_of, likes_good
from tests.judgeprojects import make_project as make_judged
from tests.projects import TESTS, commit_all, make_project, write_spec

pytest_plugins = ["pytester"]
HOSTED = 'model = "litellm:openai/some-model"\n[remote]\napi_base = "http://127.0.0.1:9/v1"\n'
DRY = "*= specharness: dry run =*"
LOUD = """
import pytest

@pytest.fixture
def {name}():
    raise SystemExit("a model was made")
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "GITHUB_BASE_REF", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(pytester.path / "cache"))
    root = make_project(pytester.path, pairs=4)
    (root / "conftest.py").write_text("")
    (root / "suites/tone/suite.toml").write_text(HOSTED)
    commit_all(root)
    write_spec(root, "Prefer the best. Truly.")
    return root


def dry(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    options = ("-p", "no:cacheprovider", "--spec-dry-run")
    return pytester.runpytest_subprocess(*options, *args, timeout=120)


def about(calls: int) -> str:
    return f"*0 results are at hand; to ask: about {calls} calls, *"


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["plain", "xdist"])
def test_the_plan_is_told_once_and_nothing_runs(
    pytester: pytest.Pytester, project: Path, workers: list[str]
) -> None:
    (project / "suites/test_own.py").write_text("def test_own():\n    assert False\n")
    found = dry(pytester, *workers)
    assert found.ret == 0
    found.assert_outcomes(skipped=4 + 1 + 1 + 1)  # pairs, gate, lint, a test of the user's own
    # 3 probes, 24 planted pairs under two texts, 4 pairs under head, base and no text
    calls = 3 + 24 * 4 + 4 * 2 * 3
    found.stdout.fnmatch_lines([DRY, "tone: litellm:openai/some-model", about(calls)])
    assert found.stdout.str().count("tone: litellm") == 1
    assert not any((project / name).exists() for name in ("reports", "fixtures", "cache"))


def test_only_selected_pairs_are_planned(pytester: pytest.Pytester, project: Path) -> None:
    found = dry(pytester, "-k", "p-03", "-rs")
    assert found.ret == 0
    found.assert_outcomes(skipped=1)
    found.stdout.fnmatch_lines([DRY, about(3 + 24 * 4 + 1 * 2 * 3), "*a dry run runs nothing*"])


def test_a_fixtures_model_is_not_made(pytester: pytest.Pytester, project: Path) -> None:
    (project / "conftest.py").write_text(LOUD.format(name="model"))
    found = dry(pytester)
    assert found.ret == 0
    told = "  what is at hand is not known before the fixture has run; to ask: about 123 calls, *"
    found.stdout.fnmatch_lines([DRY, "tone: the model of the fixture `model`", told])
    again = dry(pytester, "--spec-mode=replay")
    assert again.ret == 0
    again.stdout.fnmatch_lines([DRY, "*before the fixture has run, nothing would be asked"])


def test_what_breaks_off_is_no_plan(pytester: pytest.Pytester, project: Path) -> None:
    found = dry(pytester, "--spec-mode=replay", "-k", "gate")
    assert found.ret == 1
    found.assert_outcomes(errors=1)
    told = "*planning broke off: *no recordings to replay; record them with `specharness run tone*"
    found.stdout.fnmatch_lines([told, DRY])
    toml = '[remote]\napi_key = "sk-not-a-variable"\n'
    (project / "suites/tone/suite.toml").write_text(f'model = "litellm:openai/x"\n{toml}')
    wrong = dry(pytester, "-k", "gate")
    wrong.assert_outcomes(errors=1)
    wrong.stdout.fnmatch_lines(["*suite.toml: 'remote.api_key' is not the name of an env*"])
    assert "sk-not" not in wrong.stdout.str()


def test_a_fixtures_judge_is_known_by_its_admission(
    pytester: pytest.Pytester, project: Path
) -> None:
    make_judged(project, f"{HOSTED}{SCORER.format('judge')}", pairs=20)
    write_spec(project, "Be the worst.")
    (project / "suites/test_suites.py").write_text(TESTS)
    (project / "conftest.py").write_text(LOUD.format(name="judge_model"))
    unknown = dry(pytester, "-k", "gate")
    assert unknown.ret == 0
    told = "*the fixture `judge_model` brings the judge, and no admission says who that is: *"
    unknown.stdout.fnmatch_lines([DRY, told])
    admit(project, judge_of(likes_good))
    known = dry(pytester, "-k", "gate")
    # 12 anchors, then 20 pairs under head and base: both orders, one call for A and B
    calls = (12 + 20 * 2) * 2
    known.stdout.fnmatch_lines([DRY, "tone: toyjudge", f"*to ask: about {calls} calls, *"])
