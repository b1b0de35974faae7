"""The example workflows: YAML that parses, with commands and options that there are; JUnit too."""

import re
import shlex
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
import yaml

from specharness.cli import main
from tests.projects import commit_all, make_project, write_spec

pytest_plugins = ["pytester"]
CI = files("specharness").joinpath("example", "ci")
NAMES = ("github.yml", "gitlab.yml")
OPERATORS = {"||", "&&", "|", ";", ">", ">>"}


def load(name: str) -> dict[Any, Any]:
    found = yaml.safe_load(CI.joinpath(name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def scripts(name: str) -> dict[str, list[str]]:
    """The shell lines of each job."""
    data = load(name)
    if name == "github.yml":
        jobs = data["jobs"].items()
        steps = {job: [s.get("run", "") for s in facts["steps"]] for job, facts in jobs}
    else:
        steps = {job: [*f.get("script", []), *f.get("after_script", [])] for job, f in data.items()}
    return {job: "\n".join(texts).splitlines() for job, texts in steps.items()}


def commands(name: str, program: str) -> list[list[str]]:
    """The words after `program` wherever a job runs it, up to the next operator of the shell."""
    found = []
    for line in (line for lines in scripts(name).values() for line in lines):
        words = shlex.split(line, comments=True)
        if program in words[:1]:
            rest = words[1:]
            ends = [place for place, word in enumerate(rest) if word in OPERATORS]
            found.append(rest[: min(ends, default=len(rest))])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_of_ours_exists(name: str) -> None:
    found = commands(name, "specharness")
    assert {words[0] for words in found} == {"report", "run"}
    for words in found:
        command = main.commands[words[0]]
        # as it will be parsed: an unknown option or value is an error here
        context = command.make_context(words[0], [*words[1:]])
        offered = command.get_help(context)
        for word in words[1:]:
            if word.startswith("--"):
                assert word.partition("=")[0] in offered


@pytest.mark.parametrize("name", NAMES)
def test_every_option_of_pytest_exists(name: str) -> None:
    (words,) = commands(name, "pytest")
    program = [sys.executable, "-m", "pytest", *words[1:]]
    done = subprocess.run([*program, "--help"], capture_output=True, text=True, check=False)
    assert words[0] == "suites" and done.returncode == 0, done.stderr
    for word in words[1:]:
        option = word.partition("=")[0]
        assert re.search(rf"{option}\b|{option.replace('xml', '-xml')}\b", done.stdout), option


def test_an_unknown_option_would_be_noticed() -> None:
    with pytest.raises(click.ClickException):
        main.commands["report"].make_context("report", ["--format", "smoke-signals"])
    with pytest.raises(click.ClickException):
        main.commands["run"].make_context("run", ["--spec-mood=record"])


@pytest.mark.parametrize("name", NAMES)
def test_one_job_replays_and_another_one_records(name: str) -> None:
    gate, refresh = scripts(name).values()
    assert any("--spec-mode=replay" in line for line in gate)
    assert not any("record" in line or "[local]" in line for line in gate)
    assert any("--spec-mode=record" in line for line in refresh)
    assert any("specharness[local]" in line for line in refresh)
    assert "git add fixtures/recordings" in [line.strip() for line in refresh]


def test_a_fork_needs_nothing_to_be_gated() -> None:
    text = CI.joinpath("github.yml").read_text(encoding="utf-8")
    data = load("github.yml")
    gate = data["jobs"]["gate"]
    assert gate["permissions"] == {"contents": "read"} and data["permissions"] == {}
    assert "secrets." not in text and "pull_request_target" not in text
    assert set(data[True]) == {"pull_request", "workflow_dispatch", "schedule"}  # YAML's `on`
    assert "${{" not in "".join(line for lines in scripts("github.yml").values() for line in lines)
    assert "SPECS_TOKEN" not in "".join(scripts("gitlab.yml")["specs"])


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_kept_whatever_the_verdict(name: str) -> None:
    data = load(name)
    if name == "gitlab.yml":
        kept = data["specs"]["artifacts"]
        assert kept["when"] == "always" and kept["reports"]["junit"] == "reports/junit.xml"
    else:
        *_, told, kept = data["jobs"]["gate"]["steps"]
        assert told["if"] == kept["if"] == "${{ !cancelled() }}"
        assert kept["with"]["path"] == "reports/"
        assert "GITHUB_STEP_SUMMARY" in told["run"] and "--format github" in told["run"]


@pytest.mark.parametrize("name", NAMES)
def test_no_host_is_named(name: str) -> None:
    text = CI.joinpath(name).read_text(encoding="utf-8")
    assert not re.search(r"\b[\w-]+\.(com|org|io|net|dev)\b", text)


def test_junit_tells_outcomes_and_verdicts(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CI", "GITHUB_BASE_REF", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(pytester.path / "cache"))
    project = make_project(pytester.path, pairs=4)
    commit_all(project)
    write_spec(project, "Prefer the worst.")
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "--junitxml=junit.xml", timeout=60)
    cases = ElementTree.parse(Path("junit.xml")).iter("testcase")
    told = {c.attrib["name"]: properties(c) for c in cases}
    assert told["test_gate[tone]"]["spec_verdict"] == "FAIL"
    assert float(told["test_gate[tone]"]["spec_difference"]) == -1
    assert sum(name.startswith("test_preference") for name in told) == 4
    for i in range(4):
        pair = told[f"test_preference[tone-p-{i:02}]"]
        assert pair["spec_outcome"] == "lost" and float(pair["spec_margin"]) < 0


def properties(case: ElementTree.Element) -> dict[str, str]:
    return {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")}
