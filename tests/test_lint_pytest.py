"""The case `lint[suite]` that a suite has in pytest without a test being written."""

import json
from pathlib import Path

import pytest

from tests.lintsets import clean_rows
from tests.projects import make_project

pytest_plugins = ["pytester"]
WORKERS: list[list[str]] = [[], ["-n2"]]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "GITHUB_BASE_REF", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(pytester.path / "cache"))
    root = make_project(pytester.path, pairs=12)
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = suites\n")
    (root / "suites" / "tone" / "suite.toml").write_text("[gate]\nmargin = 0.3\n")
    return root


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args, timeout=120)


def plant(project: Path, *odd: object) -> None:
    path = project / "suites" / "tone" / "pairs.jsonl"
    lines = [one if isinstance(one, str) else json.dumps(one) for one in odd]
    path.write_text(path.read_text() + "".join(f"{line}\n" for line in lines))


def test_it_is_collected_first_without_a_model_and_by_its_name(
    pytester: pytest.Pytester, project: Path
) -> None:
    result = run(pytester, "--collect-only", "-q")
    listed = [line for line in result.outlines if "::" in line]
    assert listed[0] == "suites/test_suites.py::lint[tone]"
    assert sum("lint[" in line for line in listed) == 1
    name = "suites/test_suites.py::lint[tone]"
    run(pytester, name).assert_outcomes(passed=1)
    run(pytester, "-k", "lint").assert_outcomes(passed=1, deselected=13)
    alone = run(pytester, "--collect-only", "suites/test_suites.py::test_gate")
    alone.stdout.fnmatch_lines(["*1 test collected*"])
    assert not (project / "asked.log").exists() and not (project / "reports").exists()


@pytest.mark.parametrize("workers", WORKERS, ids=" ".join)
def test_errors_fail_and_warnings_are_told(
    pytester: pytest.Pytester, project: Path, workers: list[str]
) -> None:
    row = clean_rows(1)[0]
    plant(project, row | {"chosen": "Hello\u200b there."}, row | {"id": "t", "chosen": "a\u202eb"})
    result = run(pytester, *workers, "-k", "lint")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([
        "*= specharness lint: warnings =*",
        "suites/tone/pairs.jsonl:14: SH302 U+202E right-to-left override in chosen; *",
        "suites/tone/pairs.jsonl:13: SH303 U+200B zero width space in chosen; *",
    ])  # fmt: skip
    plant(project, row | {"id": "again", "chosen": "Hello\u200b there."})
    result = run(pytester, *workers, "-k", "lint", "--junitxml=out.xml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["suites/tone/pairs.jsonl:15: SH102 the same pair as in line 13;*"])
    assert "Traceback" not in result.stdout.str()
    assert 'name="spec_lint_errors" value="1"' in (project / "out.xml").read_text()


def test_many_findings_are_shortened_with_the_command_that_shows_all(
    pytester: pytest.Pytester, project: Path
) -> None:
    plant(project, *(clean_rows(1)[0] | {"id": f"same-{n}"} for n in range(6)))
    result = run(pytester, "suites/test_suites.py::lint[tone]")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["(+2 more: `specharness lint tone --all`)"])


def test_a_line_that_is_no_pair_fails_it_where_the_gate_alone_is_tested(
    pytester: pytest.Pytester, project: Path
) -> None:
    (project / "suites" / "test_suites.py").write_text("def test_gate(gate):\n    gate.check()\n")
    plant(project, "{", "[")
    result = run(pytester, "-k", "lint")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*pairs.jsonl:13: SH101 *", "*pairs.jsonl:14: SH101 *"])


def test_it_can_be_switched_off(pytester: pytest.Pytester, project: Path) -> None:
    off = run(pytester, "--collect-only", "-q", "--spec-lint=off")
    assert "test_gate[tone]" in off.stdout.str() and "lint[" not in off.stdout.str()
    (project / "pytest.ini").write_text("[pytest]\ntestpaths = suites\nspec_lint = off\n")
    assert "lint[" not in run(pytester, "--collect-only", "-q").stdout.str()
    assert "lint[tone]" in run(pytester, "--collect-only", "-q", "--spec-lint=on").stdout.str()


def test_a_suite_ignores_codes_here_too(pytester: pytest.Pytester, project: Path) -> None:
    plant(project, clean_rows(1)[0] | {"id": "p-00"})
    toml = project / "suites" / "tone" / "suite.toml"
    toml.write_text(toml.read_text() + '[lint]\nignore = ["SH103"]\n')
    (project / "suites" / "test_suites.py").write_text("def test_gate(gate):\n    gate.check()\n")
    run(pytester, "-k", "lint").assert_outcomes(passed=1, deselected=1)


def test_each_suite_has_one_whatever_tests_there_are(
    pytester: pytest.Pytester, project: Path
) -> None:
    again = "class TestMore:\n    def test_spec(self, compiled_spec):\n        pass\n"
    (project / "suites" / "test_more.py").write_text(again)
    listed = run(pytester, "--collect-only", "-q").stdout.str()
    assert listed.count("lint[tone]") == 1
    picked = run(pytester, "suites/test_suites.py::test_gate", "suites/test_suites.py::lint[tone]")
    picked.assert_outcomes(passed=2)


def test_projects_without_suites_have_none(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one():\n    pass\n")
    (pytester.path / "suite.toml").write_text("not = 'ours'\n")
    result = run(pytester, "--collect-only", "-q")
    assert "lint[" not in result.stdout.str()
    result.stdout.fnmatch_lines(["1 test collected*"])
