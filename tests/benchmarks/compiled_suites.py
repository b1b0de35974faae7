"""What a compiled spec does in the real scorer, beside a hand-written one and no rules at all.

    python tests/benchmarks/compiled_suites.py [SUITE ...] [--arms ...] [--model NAME]

For `brief` and `plain-prose` the compiler sees the 20 pairs of their kind that no gate uses; for
`model-spec` and `code-review` it sees two fifths of the suite's pairs, and the rest are judged. All
arms are judged on the same pairs: the share that the text moves towards chosen (against no system
text), with its 95 % interval, and the pairs won and lost against the hand-written spec. Results
are kept in the store, so a run that was broken off goes on where it was.
"""

import argparse
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from tabulate import tabulate

from specharness import load_pairs, load_suite
from specharness.compile.derivation import Policy, derive
from specharness.compile.featured import propose_features
from specharness.pairline import dump_pair
from specharness.records import Pair
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.settings import SplitSettings
from specharness.split import split_pairs
from specharness.stats import wilson

HERE = Path(__file__).parent
SUITES = HERE.parent.parent / "suites"
ASIDE = {"plain-prose": "r1", "brief": "r2"}
INSTRUCTION = "You are a helpful assistant. Answer the user's request well."
ARMS = ("hand-written", "compiled", "opposite", "instruction", "few-shot")
SHOTS = 2


def pairs_of(name: str) -> tuple[list[Pair], list[Pair]]:
    """The pairs to compile from, and those to judge on."""
    pairs = load_pairs(SUITES / name / "pairs.jsonl")
    if name in ASIDE:
        return list(load_pairs(HERE / f"data/known_rules_{ASIDE[name]}.jsonl")), list(pairs)
    split = split_pairs(pairs, SplitSettings(compile=0.4, gate=0.6))
    return list(split.compile), list(split.gate)


def few_shot(pairs: list[Pair]) -> str:
    """The shortest pairs in the text, in a layout that names the better answer."""
    short = sorted(pairs, key=lambda p: len(p.chosen) + len(p.rejected))[:SHOTS]
    shown = [
        f"Request: {p.prompt[-1].content}\nA good answer: {p.chosen}\nA bad answer: {p.rejected}"
        for p in short
    ]
    return "\n\n".join([INSTRUCTION, "Examples of what is wanted:", *shown])


def texts(name: str, seen: list[Pair], arms: list[str]) -> dict[str, str]:
    found = derive(seen, propose_features(seen), Policy(placebos=0)) if seen else None
    rules = found.rules if found else ()
    every = {
        "hand-written": (SUITES / name / "spec.md").read_text(encoding="utf-8"),
        "compiled": "\n".join([INSTRUCTION, "", *(f"- {r.wording.text}" for r in rules)]),
        "opposite": "\n".join([INSTRUCTION, "", *(f"- {r.wording.opposite}" for r in rules)]),
        "instruction": INSTRUCTION,
        "few-shot": few_shot(seen),
    }
    if not rules:
        print(f"{name}: the compiler finds no rule; its spec is the instruction")
        del every["compiled"], every["opposite"]
    else:
        print(f"{name}: " + " ".join(rule.wording.text for rule in rules))
    return {arm: every[arm] for arm in arms if arm in every}


def judged(home: Path, name: str, text: str, pairs: list[Pair], model: str | None) -> SuiteRun:
    folder = home / "suites" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "spec.md").write_text(text, encoding="utf-8")
    lines = "".join(dump_pair(replace(pair, must=False)) + "\n" for pair in pairs)
    (folder / "pairs.jsonl").write_text(lines, encoding="utf-8")
    (folder / "suite.toml").write_text(f'model = "{model}"\n' if model else "")
    return run_suite(load_suite(folder), Options(mode="live", base="empty"))


def rows(name: str, runs: dict[str, SuiteRun]) -> list[list[object]]:
    hand = {c.id: c for c in runs["hand-written"].cases} if "hand-written" in runs else {}
    found: list[list[object]] = []
    for arm, run in runs.items():
        scored = [c for c in run.cases if c.head]
        liked = [c.id for c in scored if c.head and c.head.verdict == "prefers chosen"]
        low, high = wilson(len(liked), len(scored))
        before = {i for i, c in hand.items() if c.head and c.head.verdict == "prefers chosen"}
        won, lost = len(set(liked) - before), len(before - set(liked))
        share = f"{len(liked)} of {len(scored)} ({100 * low:.0f} to {100 * high:.0f} %)"
        found.append([name, arm, len(run.head_spec.split()), share, f"{won} / {lost}"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="*", default=[*ASIDE, "model-spec", "code-review"])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--model")
    args = parser.parse_args()
    table: list[list[object]] = []
    for name in args.suites:
        seen, gate = pairs_of(name)
        with tempfile.TemporaryDirectory() as home:
            runs = {
                arm: judged(Path(home), name, text, gate, args.model)
                for arm, text in texts(name, seen, args.arms).items()
            }
        table += rows(name, runs)
        heads = ["suite", "text", "words", "moved towards chosen (95 %)", "won / lost"]
        print(tabulate(table, heads, tablefmt="github"), flush=True)


if __name__ == "__main__":
    main()
