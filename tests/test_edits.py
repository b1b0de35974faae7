"""Edits of a real spec, gated with the recorded default model: the harmful one fails.

The recordings hold the answers of the 0.5B model for all pairs of the suite `brief` under its spec,
a harmful edit (the key rule turned round) and a benign one (rules reordered, a word changed).
"""

import shutil
from pathlib import Path

import pytest

from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.suitefile import load_suite
from tests.projects import commit_all

ROOT = Path(__file__).parent.parent
RECORDED = Path(__file__).parent / "data" / "recordings" / "brief"


def gate_edit(tmp_path: Path, edit: str) -> SuiteRun:
    suite = tmp_path / "suites" / "brief"
    shutil.copytree(ROOT / "suites" / "brief", suite)
    shutil.copytree(RECORDED, tmp_path / "fixtures" / "recordings" / "brief")
    commit_all(tmp_path)
    shutil.copy(ROOT / "tests" / "data" / "edits" / f"brief-{edit}.md", suite / "spec.md")
    return run_suite(load_suite(suite), Options(mode="replay"))


@pytest.fixture(autouse=True)
def no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)


def test_a_harmful_edit_fails(tmp_path: Path) -> None:
    run = gate_edit(tmp_path, "harmful")
    assert run.gate.verdict == "FAIL", run.gate.sentences
    assert run.gate.n == 40
    assert run.trust.may_gate and run.trust.calls == 0


def test_a_benign_edit_does_not_fail(tmp_path: Path) -> None:
    run = gate_edit(tmp_path, "benign")
    assert run.gate.verdict in ("PASS", "UNPROVEN"), run.gate.sentences
    assert run.gate.n == 40
