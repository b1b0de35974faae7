"""What a terminal, a pipe and a hook get of a verdict: real processes, on a real terminal."""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

from specharness.report.terminal import MOST_LINES
from specharness.runfile import write_run
from tests.rulebooks import History
from tests.runs import failing, make_run, make_suite, unproven

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"
COMMAND = [sys.executable, "-c", "from specharness.cli import main; main()"]
_PAINT = re.compile(r"\x1b\[[0-9;]*m")
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if name not in ("NO_COLOR", "COLUMNS", "LINES", "CI", "GITHUB_BASE_REF", "FORCE_COLOR")
}


def on_terminal(words: list[str], folder: Path, columns: int, more: Mapping[str, str]) -> str:
    """What a command writes to a terminal so many columns wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *words], cwd=folder, env={**CLEAN, "TERM": "xterm", **more},
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    told = b""
    try:
        while data := os.read(ours, 65536):
            told += data
    except OSError:  # Linux says so when the other side is closed
        pass
    process.wait(timeout=60)
    os.close(ours)
    return told.decode().replace("\r\n", "\n")


def piped(words: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], cwd=folder, env={**CLEAN, **more}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder with a stored run: one suite fails, one is unproven, one passes."""
    write_run(make_run(failing(), unproven(), make_suite()), tmp_path / "reports" / "run.json")
    return tmp_path


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite `brief` in a repository, recorded with the default model."""
    root = tmp_path_factory.mktemp("brief")
    shutil.copytree(ROOT / "suites" / "brief", root / "suites" / "brief")
    shutil.copytree(DATA / "recordings" / "brief", root / "fixtures" / "recordings" / "brief")
    History(root).commit("The suite")
    return root


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_terminal_gets_colours_in_its_width(stored: Path, columns: int) -> None:
    told = on_terminal(["report"], stored, columns, {})
    plain = _PAINT.sub("", told)
    assert "\x1b[1;31mFAIL\x1b[0m" in told and "\x1b" not in plain
    lines = [line for line in plain.splitlines() if "  next: " not in line]
    assert max(map(len, lines)) <= columns
    for block in plain.split("\n\n")[1:]:
        assert len(block.replace("report: reports/index.html", "").strip().splitlines()) <= 12
        assert "  next: " in block and "What to do:" in block
    assert MOST_LINES == 12


def test_no_colour_where_nobody_wants_it(stored: Path) -> None:
    painted = on_terminal(["report"], stored, 80, {})
    plain = on_terminal(["report"], stored, 80, {"NO_COLOR": "1"})
    assert "\x1b" not in plain and plain == _PAINT.sub("", painted)


@pytest.mark.parametrize("columns", ["40", "100"])
def test_a_pipe_gets_plain_text(stored: Path, columns: str) -> None:
    done = piped(["report"], stored, COLUMNS=columns)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout and "\r" not in done.stdout
    lines = [line for line in done.stdout.splitlines() if "  next: " not in line]
    assert max(map(len, lines)) <= int(columns)


def test_a_gate_that_passes_says_nothing(project: Path) -> None:
    done = piped(["gate", "brief", "--spec-mode=replay"], project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (project / "reports" / "index.html").is_file()
    assert on_terminal(["gate", "brief", "--spec-mode=replay"], project, 80, {}) == ""


def test_a_gate_that_fails_says_why_and_what_next(project: Path) -> None:
    spec = project / "suites" / "brief" / "spec.md"
    before = spec.read_bytes()
    try:
        shutil.copy(DATA / "edits" / "brief-harmful.md", spec)
        done = piped(["gate", "brief", "--spec-mode=replay"], project, COLUMNS="40")
    finally:
        spec.write_bytes(before)
    assert (done.returncode, done.stderr) == (1, "")
    *_, block = done.stdout.split("\n\n")
    lines = block.splitlines()
    assert lines[0] == "FAIL  brief" and lines[-1] == "report: reports/index.html"
    assert lines[-2].startswith("  next: pytest suites -k 'brief'") and len(lines) <= 13
