"""The command line as a user types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAIRS = '{"prompt": "Hi", "chosen": "Hello.", "rejected": "Go away."}\n'
TRL = (
    '{"prompt": [{"role": "user", "content": "Hi"}], '
    '"chosen": [{"role": "assistant", "content": "Hello."}], '
    '"rejected": [{"role": "assistant", "content": "Go away."}]}\n'
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)


def type_in(*words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("specharness")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_help_names_the_commands() -> None:
    done = type_in("--help")
    assert done.returncode == 0
    for command in ("init", "run", "gate", "models", "report"):
        assert f"  {command} " in done.stdout


def test_init_writes_a_suite_that_collects() -> None:
    done = type_in("init")
    assert done.returncode == 0 and done.stdout.endswith("next: pytest suites\n")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    listed = subprocess.run(
        [*command, "suites"], capture_output=True, text=True, check=True, env=os.environ
    ).stdout
    assert "test_gate[tone]" in listed
    assert listed.count("test_preference[tone-") >= 8


def test_init_points_at_a_prompt_file_that_is_there() -> None:
    Path("prompts").mkdir()
    Path("prompts/bot.txt").write_text("Be kind to everyone.\n")
    Path("mine.jsonl").write_text(TRL)
    words = ("--spec", "prompts/bot.txt", "--pairs", "mine.jsonl", "--name", "bot")
    assert type_in("init", *words).returncode == 0
    assert 'spec = "../../prompts/bot.txt"' in Path("suites/bot/suite.toml").read_text()
    assert Path("suites/bot/pairs.jsonl").read_text() == TRL
    assert not Path("suites/bot/spec.md").exists()


def test_init_overwrites_nothing() -> None:
    type_in("init")
    done = type_in("init")
    assert done.returncode == 4
    assert done.stderr == "suites/tone: exists already; choose another --name\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run",), "suites: no suites here; `specharness init` makes one\n"),
        (("run", "nowhere"), "nowhere: no suite here; "),
        (("report",), "reports/run.json: no run is stored here; run `pytest suites` first\n"),
        (("init", "--spec", "no.md"), "no.md: "),
    ],
)
def test_mistakes_are_one_line_and_exit_4(words: tuple[str, ...], told: str) -> None:
    done = type_in(*words)
    assert done.returncode == 4
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


def test_replay_without_recordings_is_unverifiable() -> None:
    Path("suites/tone").mkdir(parents=True)
    Path("suites/tone/spec.md").write_text("Be kind.\n")
    Path("suites/tone/pairs.jsonl").write_text(PAIRS)
    done = type_in("run", "--spec-mode=replay")
    assert done.returncode == 3
    assert "UNVERIFIABLE" in done.stdout
    assert "next: specharness run tone --spec-mode=record" in done.stdout
    again = type_in("report")
    assert again.returncode == 0 and again.stdout == done.stdout


def test_an_instruction_alone_is_a_spec() -> None:
    Path("suites/tone").mkdir(parents=True)
    Path("suites/tone/suite.toml").write_text('instruction = "Be kind."\n')
    Path("suites/tone/pairs.jsonl").write_text(PAIRS)
    assert type_in("run", "--spec-mode=replay").returncode == 3
    assert '"head_spec": "Be kind."' in Path("reports/run.json").read_text()
