"""How long `specharness lint` takes on many pairs, and how much memory.

    python tests/benchmarks/lint_speed.py [--pairs 100000] [--split]

The pairs are made of words drawn by their rank (Zipf), prompts of about 20 words and responses of
about 60; a share of them are faults of all kinds. With `--split` half of the pairs compile, so that
leaks between the sides are looked for too.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[2]))
from specharness.lint import checking
from specharness.lint.leaks import check_leaks
from specharness.lint.subject import Subject, read_subject
from specharness.suitefile import load_suite

SYLLABLES = ("ba", "ke", "lo", "mi", "tu", "ra", "ne", "sko", "pti", "vul", "da", "sen", "or", "ix")


def vocabulary(rng: np.random.Generator, size: int) -> np.ndarray:
    lengths = rng.integers(1, 5, size)
    return np.array(["".join(rng.choice(SYLLABLES, n)) for n in lengths])


def texts(rng: np.random.Generator, count: int, mean: int) -> Iterator[str]:
    """Texts of about `mean` words, whose words are as frequent as those of a language."""
    words = vocabulary(rng, 20_000)
    shares = 1 / np.arange(1, len(words) + 1)
    for _ in range(0, count, 1000):
        drawn = rng.choice(words, (1000, 2 * mean), p=shares / shares.sum())
        for row, length in zip(drawn, rng.integers(mean // 2, 2 * mean, 1000), strict=True):
            yield " ".join(row[:length]).capitalize() + "."


def rows(rng: np.random.Generator, count: int) -> Iterator[dict[str, object]]:
    """Pairs of which about one in a hundred has a fault."""
    sides = zip(texts(rng, count, 20), texts(rng, count, 60), texts(rng, count, 60), strict=False)
    row: dict[str, object] = {}
    for number, (prompt, chosen, rejected) in zip(range(count), sides, strict=False):
        if number % 100 == 1:
            row = row | {"chosen": f"{row['chosen']} Well."}  # nearly the one before
        elif number % 100 == 3:
            row = row | {"chosen": row["rejected"], "rejected": row["chosen"]}
        else:
            row = {"prompt": prompt, "chosen": chosen, "rejected": rejected}
        if number % 100 == 5:
            row["chosen"] = f"{chosen} jane.doe@mail.tld \u202e\u200b"
        yield {"id": f"p-{number}"} | row


def write_suite(folder: Path, count: int, split: bool) -> None:
    folder.mkdir()
    (folder / "spec.md").write_text("- Be brief. {#brief}\n- Name the harbour. {#harbour}\n")
    if split:
        (folder / "suite.toml").write_text("[split]\ncompile = 1.0\n")
    with (folder / "pairs.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(r) + "\n" for r in rows(np.random.default_rng(0), count))


def _into(read: list[Subject], subject: Subject) -> tuple[()]:
    read.append(subject)
    return ()


def timed(folder: Path) -> list[tuple[str, float, float, int]]:
    """Seconds by the clock, seconds of processor and findings of each step."""
    steps = []

    def step(name: str, work: Callable[[], Iterable[object]]) -> None:
        clock, processor = time.perf_counter(), time.process_time()
        found = sum(1 for _ in work())
        spent = time.perf_counter() - clock, time.process_time() - processor
        steps.append((name, *spent, found))

    read: list[Subject] = []
    step("read and split", lambda: _into(read, read_subject(load_suite(folder))))
    for _, check in checking.CHECKS:
        step(check.__name__, partial(check, read[0]))
    step("check_leaks", partial(check_leaks, read))
    return steps


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--split", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "many"
        write_suite(folder, options.pairs, options.split)
        size = (folder / "pairs.jsonl").stat().st_size
        steps = timed(folder)
    seconds, processor = (sum(column) for column in list(zip(*steps, strict=True))[1:3])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    heads = ["step", "seconds", "of processor", "findings"]
    print(tabulate(steps, headers=heads, floatfmt=".1f"))
    print(
        f"{options.pairs:,} pairs, {size / 1e6:.0f} MB: {seconds:.1f} s, {processor:.1f} s of "
        f"processor, {memory:.0f} MB at most"
    )


if __name__ == "__main__":
    main()
