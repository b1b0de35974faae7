"""What specharness adds to pytest: start-up, and time per case with recorded pairs.

    python tests/benchmarks/overhead.py [--pairs 10000] [--runs 25]

Start-up: pytest on one empty test with and without our plugin, in turn: the median of the
differences with its 95 % interval (by order statistics), and beside it what importing the plugin
costs in a process that has pytest already. Cases: `pytest suites` with so many recorded pairs
(prompts of 40 words, responses of 100) against an empty test parametrized as often; what is done
once for the suite (reading, linting, the gate, the report) is in the figure, and shown beside it.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from scipy.stats import binom
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


def start_up(folder: Path, runs: int) -> tuple[float, list[float]]:
    """Median seconds of a bare pytest, and what the plugin added in every run, in rising order."""
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
    bare, added = [], []
    for _ in range(runs):
        without = seconds(folder, "-p", "no:specharness")
        bare.append(without)
        added.append(seconds(folder) - without)
    return median(bare), sorted(added)


def import_seconds(runs: int) -> float:
    """Median processor seconds of importing the plugin, once pytest is there."""
    code = (
        "import pytest, time; before = time.process_time(); import specharness.plugin; "
        "print(time.process_time() - before)"
    )
    command = [sys.executable, "-c", code]
    return median(
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(runs)
    )


def interval(values: list[float]) -> tuple[float, float]:
    """The order statistics that hold the median in at least 95 % (both ends for few values)."""
    rank = max(0, int(binom.ppf(0.025, len(values), 0.5)) - 1)
    return values[rank], values[-1 - rank]


def lengthen(file: Path) -> None:
    """Give prompts and responses of a suite the length of real ones, in words drawn at random."""
    rng = random.Random(0)
    known = ["".join(rng.choices("aeioulnrstdm", k=rng.randint(2, 9))) for _ in range(5_000)]
    often = [1 / (1 + rank) for rank in range(len(known))]  # as words of a language are: Zipf

    def words(n: int) -> str:
        return " ".join(rng.choices(known, often, k=n))

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        for name, length in (("prompt", 40), ("chosen", 100), ("rejected", 100)):
            line[name] += f" {words(length)}"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def cases(folder: Path, pairs: int) -> tuple[float, float, float]:
    """Seconds of empty cases, of our recorded cases, and of one recorded case of the same suite."""
    (folder / "empty").mkdir()
    (folder / "empty" / "test_empty.py").write_text(EMPTY.format(n=pairs))
    empty = seconds(folder / "empty", "-p", "no:specharness")
    project = make_project(folder / "ours", pairs=pairs)
    lengthen(project / "suites" / "tone" / "pairs.jsonl")
    seconds(project, "--spec-mode=record", "-k", "gate")
    ours = seconds(project, "--spec-mode=replay")
    once = seconds(project, "--spec-mode=replay", "-k", "gate or lint")
    assert (
        len(json.loads((project / "reports/run.json").read_text())["suites"][0]["cases"]) == pairs
    )
    return empty, ours, once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=25)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "start").mkdir()
        bare, added = start_up(Path(name) / "start", args.runs)
        empty, ours, once = cases(Path(name), args.pairs)
    low, high = interval(added)
    rows = [
        ["bare pytest, median CPU s", f"{bare:.3f}"],
        ["added by the plugin, median CPU ms (95 %)",
         f"{1000 * median(added):.0f} ({1000 * low:.0f} to {1000 * high:.0f})"],
        ["importing the plugin, median CPU ms", f"{1000 * import_seconds(args.runs):.1f}"],
        [f"{args.pairs} empty cases, CPU s", f"{empty:.1f}"],
        [f"{args.pairs} recorded pairs and the gate, CPU s", f"{ours:.1f}"],
        ["collecting, linting, gate and report alone, CPU s", f"{once:.1f}"],
        ["per case over an empty one, CPU ms", f"{1000 * (ours - empty) / args.pairs:.2f}"],
    ]  # fmt: skip
    print(tabulate(rows, headers=["figure", "value"], tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
