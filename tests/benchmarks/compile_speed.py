"""How long the compiler takes without a model, in processor seconds, step by step.

    python tests/benchmarks/compile_speed.py [--pairs 1000] [--words 200] [--profile]

Made-up pairs: with labels by chance (nothing to find), and where the chosen response is shorter and
without lists or headings (so many properties go along with it that as many candidates as may be
are looked at in every combination). Every step counts: measuring all features, votes of all
candidates, 2,000 permutations of the labels, ten folds, and twenty placebos with 500 each.
Processor seconds are over all threads of the process, so that a busy machine reads the same.
"""

import argparse
import cProfile
import pstats
import sys
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).parents[2]))

import random
from dataclasses import replace

from tabulate import tabulate

from specharness.compile.derivation import Policy, derive
from specharness.compile.featured import propose_features
from specharness.records import Pair
from tests.benchmarks.feature_speed import make_pairs, response, sentence

LIMIT = 20.0  # seconds for 1,000 pairs on two cores


def plain(rng: random.Random, length: int) -> str:
    parts: list[str] = []
    while sum(len(part.split()) for part in parts) < length:
        parts.append(" ".join(sentence(rng) for _ in range(rng.randint(1, 4))))
    return "\n\n".join(parts)


def with_signal(pairs: list[Pair], length: int) -> list[Pair]:
    """Nine in ten chosen responses are shorter plain prose; the others are turned round."""
    rng = random.Random(2)
    found = []
    for pair in pairs:
        sides = plain(rng, rng.randint(length // 4, length)), response(rng, length)
        chosen, rejected = sides[:: -1 if rng.random() < 0.1 else 1]
        found.append(replace(pair, chosen=chosen, rejected=rejected))
    return found


def timed(name: str, pairs: list[Pair]) -> tuple[list[object], list[str]]:
    began, wall = process_time(), perf_counter()
    proposals = propose_features(pairs)
    proposed = process_time()
    found = derive(pairs, proposals, Policy())
    done = process_time()
    times = proposed - began, done - proposed, done - began, perf_counter() - wall
    return [name, len(proposals), *times], [rule.name for rule in found.rules]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--words", type=int, default=200)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    args = parser.parse_args()
    pairs = make_pairs(args.pairs, args.words)
    propose_features(pairs[:12])  # the language model and the parser are loaded once
    rows = []
    profile = cProfile.Profile()
    for name, made in (("chance", pairs), ("a rule", with_signal(pairs, args.words))):
        if args.profile:
            profile.enable()
        row, rules = timed(name, made)
        profile.disable()
        rows.append([*row, ", ".join(rules)])
    heads = ["labels", "candidates", "propose", "derive", "CPU seconds", "wall", "rules"]
    print(tabulate(rows, headers=heads, floatfmt=".1f"))
    if args.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(15)
    slow = [row for row in rows if args.pairs <= 1000 and float(str(row[4])) > 2 * LIMIT]
    sys.exit(f"more than {2 * LIMIT:.0f} CPU seconds, {LIMIT:.0f} on two cores" if slow else 0)


if __name__ == "__main__":
    main()
