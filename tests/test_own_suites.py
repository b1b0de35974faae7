"""Our own suites: licensed, small enough, and replayed in seconds where no model can be loaded."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from specharness.pairs import load_pairs
from specharness.run import held_out
from specharness.suitefile import find_suites, load_suite

ROOT = Path(__file__).parent.parent
SUITES = find_suites(ROOT / "suites")
BLOCKED = ("torch", "transformers", "tokenizers", "safetensors", "gguf", "huggingface_hub")
WITHOUT_A_MODEL = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {BLOCKED}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
from specharness.cli import main
main(["run", "--spec-mode=replay"])
"""


def test_there_are_four() -> None:
    assert [s.name for s in SUITES] == ["brief", "code-review", "model-spec", "plain-prose"]


@pytest.mark.parametrize("folder", SUITES, ids=lambda f: f.name)
def test_pairs_are_licensed_and_few(folder: Path) -> None:
    source = ROOT / "fixtures" / "pairs" / folder.name
    assert (source / "LICENSE").read_text().strip() and (source / "SOURCE.md").read_text().strip()
    suite = load_suite(folder)
    pairs = load_pairs(suite.pairs_path)
    assert len(held_out(suite)) <= 120
    assert all(p.source for p in pairs)


def test_all_suites_replay_in_seconds_without_torch(tmp_path: Path) -> None:
    for name in ("suites", "fixtures", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    env = {**os.environ, "SPECHARNESS_CACHE": str(tmp_path / "cache")}
    begin = time.perf_counter()
    command = [sys.executable, "-c", WITHOUT_A_MODEL]
    done = subprocess.run(
        command, check=False, cwd=tmp_path, env=env, capture_output=True, text=True
    )
    took = time.perf_counter() - begin
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads((tmp_path / "reports" / "run.json").read_text())
    assert [s["trust"]["calls"] for s in run["suites"]] == [0] * len(SUITES)
    assert all(not c["error"] for s in run["suites"] for c in s["cases"])
    assert took < 20, took  # 5 s is the aim on an idle machine; this is the alarm on a busy one
