"""The README tells the truth: its commands are CI's, its names exist."""

import re
from pathlib import Path

import specharness
from specharness.settings import (
    CompileSettings,
    EngineSettings,
    GateSettings,
    GenerateSettings,
    JudgeSettings,
    LintSettings,
    ReadSettings,
    ScoreSettings,
    SplitSettings,
    SuiteSettings,
)
from specharness.settings_remote import BudgetSettings, RemoteSettings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALL = (
    "python -m venv .venv && . .venv/bin/activate && "
    "pip install -e '.[local,test]' -c constraints.txt && "
)


def test_ci_runs_the_readme_command() -> None:
    line = INSTALL + "pytest tests"
    assert line in README.splitlines()
    assert line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_main_job_is_one_line() -> None:
    assert INSTALL + "pytest suites -k model-spec --spec-mode=live" in README.splitlines()


def test_every_setting_is_in_the_readme() -> None:
    records = (
        SuiteSettings, ReadSettings, GateSettings, SplitSettings, CompileSettings, ScoreSettings,
        EngineSettings, LintSettings, JudgeSettings, GenerateSettings,
        RemoteSettings, BudgetSettings,
    )  # fmt: skip
    names = {f for record in records for f in record.__dataclass_fields__}
    missing = {n for n in names if not re.search(rf"`{n}`|^{n} =|^\[{n}\]", README, re.M)}
    assert not missing


def test_public_names_are_few_exist_and_are_told() -> None:
    assert specharness.__all__ == sorted(specharness.__all__)
    assert len(specharness.__all__) <= 12
    for name in specharness.__all__:
        assert getattr(specharness, name).__doc__
        assert f"`{name}" in README or f"specharness.{name}" in README


def test_torch_is_pinned() -> None:
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()
