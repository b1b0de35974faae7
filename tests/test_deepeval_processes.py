"""deepeval in processes: no telemetry, no files; suites by a metric, replayed without deepeval."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from specharness.runfile import read_run
from tests.deepevals import WHY, write_ours
from tests.judgeprojects import SCORER, edit, make_project
from tests.judges import make_pairs
from tests.projects import commit_all

there = pytest.mark.skipif(find_spec("deepeval") is None, reason=WHY)
METRIC = "deepeval:ourmetrics:make"
SUITE = SCORER.format("judge") + f'[judge]\nmodel = "{METRIC}"\n'
CLI = "from specharness.cli import main; main()"
# Everything that touches the network or a file named like deepeval's own, written down.
WATCH = """
import os, sys
seen = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        seen.append(event)
    elif event in ("open", "os.mkdir", "os.rename"):
        name = os.path.basename(str(args[0]))
        if name.startswith((".env", ".deepeval")):
            seen.append(f"{event} {name}")
sys.addaudithook(watch)
"""
MEASURE = """
from specharness.evals import ArenaPreference, MetricJudge, PreferenceMetric, Referee, as_deepeval
from specharness.score.judge.scorer import judge_pairs
from specharness.score.judge.manner import Manner
from tests.deepevals import Evaluator
from tests.judges import make_pairs
from tests.toy import ToyModel
from deepeval.metrics import ArenaGEval, GEval
from deepeval.test_case import LLMTestCase, SingleTurnParams as Shown

shown, model = [Shown.INPUT, Shown.ACTUAL_OUTPUT], as_deepeval(Evaluator())
for kind in (GEval, ArenaGEval):
    def make(spec):
        return kind(name="t", evaluation_params=shown, evaluation_steps=[spec], model=model)
    found = judge_pairs(MetricJudge(make), make_pairs(2), ["Be good."], Manner(by="metric"))
    assert all(j.preference == 1.0 for j in found["Be good."].judgements)
case = LLMTestCase(input="x", actual_output="[/oops]", expected_output="y")
PreferenceMetric(Referee("Be good.", ToyModel(), examined=False)).measure(case)
"""
# What ends a process well flushes telemetry: so does this, and then says what was seen.
TELL = """
import atexit, json
atexit._run_exitfuncs()
print(json.dumps([sorted(set(seen)), os.environ.get("PLANTED"), "posthog" in sys.modules]))
"""


def python(
    folder: Path, code: str, *args: str, **changes: str
) -> "subprocess.CompletedProcess[str]":
    known = {k: v for k, v in os.environ.items() if not k.startswith(("DEEPEVAL", "CONFIDENT"))}
    env = known | {
        "SPECHARNESS_CACHE": str(folder / "cache"),
        "PYTHONPATH": str(Path(__file__).parent.parent),
        **changes,
    }
    return subprocess.run(
        [sys.executable, "-c", code, *args], cwd=folder, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def plant(folder: Path) -> None:
    """What deepeval would read where it is started."""
    for name in (".env", ".env.local"):
        (folder / name).write_text("PLANTED=yes\nDEEPEVAL_TELEMETRY_OPT_OUT=0\n")


@there
def test_nobody_is_called_and_no_file_is_touched(tmp_path: Path) -> None:
    plant(tmp_path)
    done = python(tmp_path, WATCH + MEASURE + TELL, DEEPEVAL_TELEMETRY_OPT_OUT="0")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[], None, False]
    assert done.stderr == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == [".env", ".env.local"]


@there
def test_left_to_itself_it_would_be_seen(tmp_path: Path) -> None:
    """The control: the same watch sees what the import alone does."""
    plant(tmp_path)
    tell = "print(json.dumps([sorted(set(seen)), os.environ.get('PLANTED')]), flush=True)"
    done = python(tmp_path, f"{WATCH}\nimport json, deepeval\n{tell}\nos._exit(0)")
    seen, planted = json.loads(done.stdout)
    assert planted == "yes" and "open .env" in seen


@there
def test_a_metric_gates_a_suite_and_replays_without_deepeval(tmp_path: Path) -> None:
    suite = make_project(tmp_path, SUITE, pairs=40)
    write_ours(tmp_path)
    plant(tmp_path)
    rows = [
        {"id": p.id, "prompt": p.prompt[0].content, "chosen": p.chosen, "rejected": p.rejected}
        for p in make_pairs(100)
    ]
    (tmp_path / "labelled.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "judged.md").write_text("Be the best.\n")

    trial = ["judges", "admit", METRIC, "--pairs", "labelled.jsonl", "--spec", "judged.md"]
    tried = python(tmp_path, CLI, *trial, "--suite", "tone", "--votes", "1", "--more", "0")
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "judged 100 labelled pairs: right on 100 (100%" in tried.stdout
    commit_all(tmp_path)
    edit(suite, "Be the worst.")

    recorded = python(tmp_path, CLI, "run", "--spec-mode=record")
    assert recorded.returncode == 1, recorded.stdout + recorded.stderr
    found = read_run(tmp_path / "reports" / "run.json").suites[0]
    assert (found.gate.verdict, found.gate.lost, found.model) == ("FAIL", 40, METRIC)
    assert found.trust.judge and found.trust.judge.by == "metric"
    assert (found.trust.judge.votes_each, found.trust.judge.anchors) == (1, 12)
    (recordings,) = (tmp_path / "fixtures" / "recordings" / "tone").iterdir()
    assert recordings.name == "deepeval-ourmetrics-make.jsonl"
    assert "[0.9, 0.1]" in recordings.read_text()

    gone = "import sys; sys.modules.update(deepeval=None, ourmetrics=None); "
    replayed = python(tmp_path, gone + CLI, "run", "--spec-mode=replay")
    assert replayed.returncode == 1, replayed.stdout + replayed.stderr
    again = read_run(tmp_path / "reports" / "run.json").suites[0]
    assert (again.cases, again.gate.verdict) == (found.cases, "FAIL")
    assert not (tmp_path / ".deepeval").exists()


def test_a_missing_extra_is_one_line(tmp_path: Path) -> None:
    make_project(tmp_path, SUITE, pairs=3)
    write_ours(tmp_path)
    gone = "import sys; sys.modules['deepeval'] = None; "
    done = python(tmp_path, gone + CLI, "run", "--spec-mode=live")
    told = f"{METRIC}: needs deepeval; `pip install 'specharness[deepeval]'`"
    assert told in done.stdout + done.stderr and done.returncode == 3
    assert "Traceback" not in done.stdout + done.stderr


def test_a_missing_extra_is_told_to_python_too(tmp_path: Path) -> None:
    gone = "import sys; sys.modules['deepeval'] = None; "
    done = python(tmp_path, f"{gone}from specharness.evals import PreferenceMetric")
    told = "specharness.evals: needs deepeval; `pip install 'specharness[deepeval]'`"
    assert done.stderr.splitlines()[-1].endswith(told)
    # who does not use it does not import it
    others = "import specharness.plugin, specharness.cli, specharness.run, specharness.dryrun"
    fine = python(tmp_path, f"{gone}from specharness.evals import Referee; {others}")
    assert (fine.returncode, fine.stderr) == (0, "")
