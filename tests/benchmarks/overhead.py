"""What specharness adds to pytest: start-up, and time per case with recorded pairs.

    python tests/benchmarks/overhead.py [--pairs 10000] [--runs 7]

Start-up: `pytest --collect-only` of an empty test file with and without our plugin, in turn, the
median of the differences. Cases: `pytest suites` with so many recorded pairs against an empty test
parametrized as often; the suite's scoring (reading recordings, the gate, the report) is shown apart
from what each case costs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.projects import make_project

EMPTY = """import pytest

@pytest.mark.parametrize("n", range({n}))
def test_nothing(n):
    pass
"""


def seconds(folder: Path, *args: str) -> float:
    """Processor seconds of one pytest run: steadier than the clock on a busy machine."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args]
    env = {k: v for k, v in os.environ.items() if k not in ("CI", "PYTEST_ADDOPTS")}
    env["SPECHARNESS_CACHE"] = str(folder / "cache")
    before = os.times()
    subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def start_up(folder: Path, runs: int) -> tuple[float, float]:
    """Median seconds of a bare pytest, and median of what the plugin adds."""
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
    bare, added = [], []
    for _ in range(runs):
        without = seconds(folder, "-p", "no:specharness")
        bare.append(without)
        added.append(seconds(folder) - without)
    return median(bare), median(added)


def cases(folder: Path, pairs: int) -> tuple[float, float, float]:
    """Seconds of empty cases, of our recorded cases, and of one recorded case of the same suite."""
    (folder / "empty").mkdir()
    (folder / "empty" / "test_empty.py").write_text(EMPTY.format(n=pairs))
    empty = seconds(folder / "empty", "-p", "no:specharness")
    project = make_project(folder / "ours", pairs=pairs)
    seconds(project, "--spec-mode=record", "-k", "gate")
    ours = seconds(project, "--spec-mode=replay")
    gate = seconds(project, "--spec-mode=replay", "-k", "gate")
    assert (
        len(json.loads((project / "reports/run.json").read_text())["suites"][0]["cases"]) == pairs
    )
    return empty, ours, gate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "start").mkdir()
        bare, added = start_up(Path(name) / "start", args.runs)
        empty, ours, gate = cases(Path(name), args.pairs)
    rows = [
        ["bare pytest, median CPU s", f"{bare:.3f}"],
        ["added by the plugin, median CPU ms", f"{1000 * added:.0f}"],
        [f"{args.pairs} empty cases, CPU s", f"{empty:.1f}"],
        [f"{args.pairs} recorded pairs and the gate, CPU s", f"{ours:.1f}"],
        ["the gate alone (collecting and scoring all pairs), CPU s", f"{gate:.1f}"],
        ["per case over an empty one, CPU ms", f"{1000 * (ours - empty) / args.pairs:.2f}"],
    ]
    print(tabulate(rows, headers=["figure", "value"], tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
