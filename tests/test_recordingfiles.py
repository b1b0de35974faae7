"""`specharness recordings check | prune | diff`, and `run --dry-run`: nothing is ever asked."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specharness.cli import main
from specharness.model import Logprobs
from specharness.recordings import read_recordings, write_recordings
from specharness.run import Options, run_suite
from specharness.suitefile import load_suite
from tests.obedient import IDENTITY, Obedient
from tests.projects import commit_all, make_project, write_spec

FILE = Path("fixtures/recordings/tone/python-nowhere-make.jsonl")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite of a model that is not at hand, with recordings that a replay can do with."""
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    monkeypatch.setenv("CI", "true")
    root = make_project(tmp_path / "project", pairs=4)
    (root / "suites/tone/suite.toml").write_text('model = "python:nowhere:make"\n')
    commit_all(root)
    write_spec(root, "Prefer the best. Truly.")
    run_suite(load_suite(root / "suites/tone"), Options(mode="record"), model=Obedient())
    (made,) = (root / "fixtures/recordings/tone").glob("*.jsonl")
    made.rename(root / FILE)
    monkeypatch.chdir(root)
    return root


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def spoil(**changes: int) -> None:
    """Take some results away, and put others in."""
    there = read_recordings(FILE)
    kept = dict(list(there.results.items())[changes.get("less", 0) :])
    more = {f"{n:032x}": Logprobs(tokens=(-1.0, -2.0)) for n in range(changes.get("more", 0))}
    write_recordings(FILE, there.identity, {**kept, **more}, prune=True)


def test_recordings_that_suffice(project: Path) -> None:
    found = call("recordings", "check")
    assert found.exit_code == 0, found.output
    assert f"results of {IDENTITY.name}; all of them are used" in found.output


def test_missing_results_are_counted(project: Path) -> None:
    spoil(less=5)
    found = call("recordings", "check", "tone")
    assert (found.exit_code, "5 that a run asks for are missing" in found.output) == (1, True)
    assert "next: specharness run tone --spec-mode=record" in found.output
    refused = call("recordings", "prune", "tone")
    assert (refused.exit_code, "5 results are missing; record them" in refused.output) == (4, True)


def test_unused_results_are_pruned(project: Path) -> None:
    before = FILE.read_bytes()
    spoil(more=3)
    assert "3 are not used" in call("recordings", "check").output
    pruned = call("recordings", "prune")
    assert pruned.exit_code == 0 and "3 of " in pruned.output
    assert FILE.read_bytes() == before


def test_a_damaged_line_is_named(project: Path) -> None:
    lines = FILE.read_text().splitlines()
    data = json.loads(lines[3])
    data["sum"] -= 1
    FILE.write_text("\n".join([*lines[:3], json.dumps(data), *lines[4:]]) + "\n")
    found = call("recordings", "check")
    assert found.exit_code == 4 and f"{FILE.name}:4: not a recording (sum and count" in found.output


def test_no_recordings_are_all_missing(project: Path) -> None:
    FILE.unlink()
    found = call("recordings", "check")
    assert found.exit_code == 1 and "0 results of" in found.output


def test_recordings_are_compared(project: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "add", "-A"], check=True)
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", *who, "commit", "-qm", "Record"], check=True)
    assert call("recordings", "diff", str(FILE)).exit_code == 0
    there = read_recordings(FILE)
    keys = sorted(there.results)
    results = {k: r for k, r in there.results.items() if k != keys[0]}
    results[keys[1]] = Logprobs(tokens=(-1.0, -2.5))
    results["f" * 32] = Logprobs(tokens=(-1.0,))
    write_recordings(FILE, there.identity, results, prune=True)
    for words in ([str(FILE)], [f"HEAD:{FILE}", str(FILE)]):
        found = call("recordings", "diff", *words)
        assert found.exit_code == 1
        assert f"{len(keys) - 2} the same, 1 changed, 1 added, 1 removed" in found.output
        assert f"changed: {keys[1]}" in found.output and " nats" in found.output
    assert "no such file at HEAD" in call("recordings", "diff", "elsewhere.jsonl").output


def test_a_dry_run_says_what_a_run_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    root = make_project(tmp_path / "project", pairs=4)
    (root / "suites/tone/suite.toml").write_text(
        'model = "litellm:openai/some-model"\n[remote]\napi_base = "http://127.0.0.1:9/v1"\n'
        "[budget]\ncalls = 50\nusd_per_million_input = 2.0\n"
    )
    commit_all(root)
    write_spec(root, "Prefer the best. Truly.")
    monkeypatch.chdir(root)
    found = call("run", "--dry-run")
    assert found.exit_code == 0, found.output
    # what the model that follows planted rules is asked: 3 probes, 24 planted pairs under two
    # texts, 4 pairs under head, base and no text (planted responses are two each)
    calls = 3 + 24 * 4 + 4 * 2 * 3
    assert f"0 results are at hand; to ask: about {calls} calls" in found.output
    assert ", $0.0" in found.output and "the budget of 50 calls would end it before" in found.output
    assert not (root / "reports").exists() and not (root / "fixtures").exists()
    asked = Obedient()
    done = run_suite(load_suite(root / "suites/tone"), Options(mode="live"), model=asked)
    assert done.trust.calls == calls
