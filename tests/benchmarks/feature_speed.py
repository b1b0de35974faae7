"""How long all features of the compiler take on many pairs, in processor seconds of one core.

    python tests/benchmarks/feature_speed.py [--pairs 1000] [--words 200] [--profile]

The pairs are made up: English prose, lists, headings and code from a seeded generator. The table
shows parsing and measuring, the votes of all candidates with four conditions, and the slowest
features by themselves (texts parsed before).
"""

import argparse
import os
import random
import sys
from pathlib import Path
from time import process_time

# one core, whatever the machine has: numpy reads this when it is loaded
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

from tabulate import tabulate

from specharness.compile.conditions import conditions_for
from specharness.compile.features.candidate import candidates
from specharness.compile.features.catalog import FEATURES
from specharness.compile.features.feature import Exchange
from specharness.compile.features.measured import measure_pairs, vote_matrix
from specharness.compile.features.text import parse
from specharness.records import Message, Pair

LISTED = (
    "the of and to in is that it for you with on as are this be or have from at can not when which "
    "we they may however because example important system people water process number different "
    "information temperature government usually several common history development create without "
    "I'm don't it's you're first then finally risk study according result 12 40 1999 3.5 percent"
)
WORDS = LISTED.split()


def sentence(rng: random.Random) -> str:
    words = rng.choices(WORDS, k=rng.randint(6, 24))
    return " ".join(words).capitalize() + rng.choice(".....?!")


def response(rng: random.Random, length: int) -> str:
    parts: list[str] = []
    while sum(len(part.split()) for part in parts) < length:
        kind = rng.random()
        if kind < 0.6:
            parts.append(" ".join(sentence(rng) for _ in range(rng.randint(1, 4))))
        elif kind < 0.8:
            parts.append("\n".join(f"- **{rng.choice(WORDS)}**: {sentence(rng)}" for _ in range(3)))
        elif kind < 0.9:
            parts.append(f"## {rng.choice(WORDS).title()}")
        else:
            parts.append("```python\nfor x in range(3):\n    print(x)  # shown\n```")
    return "\n\n".join(parts)


def make_pairs(count: int, length: int) -> list[Pair]:
    rng = random.Random(1)
    return [
        Pair(
            id=str(n),
            prompt=(Message(role="user", content=" ".join(sentence(rng) for _ in range(3))),),
            chosen=response(rng, length),
            rejected=response(rng, length),
            group=str(n),
        )
        for n in range(count)
    ]


def slowest(pairs: list[Pair], most: int) -> list[tuple[str, float]]:
    """Milliseconds per 1,000 responses of the slowest features, on texts that are parsed."""
    spent = dict.fromkeys((f.name for f in FEATURES), 0.0)
    for pair in pairs:
        exchange = Exchange(prompt=parse(pair.prompt[-1].content), response=parse(pair.chosen))
        for feature in FEATURES:
            feature.of(exchange)
        for feature in FEATURES:
            before = process_time()
            feature.of(exchange)
            spent[feature.name] += process_time() - before
    ordered = sorted(spent.items(), key=lambda item: -item[1])
    return [(name, 1e6 * seconds / len(pairs)) for name, seconds in ordered[:most]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--words", type=int, default=200)
    parser.add_argument("--profile", action="store_true", help="show the slowest features too")
    args = parser.parse_args()
    pairs = make_pairs(args.pairs, args.words)
    start = process_time()
    measure_pairs(pairs[:1], FEATURES)
    loaded = process_time()
    measured = measure_pairs(pairs, FEATURES)
    done = process_time()
    rules = candidates(FEATURES, conditions_for(pairs))
    conditions = process_time()
    vote_matrix(measured, rules)
    voted = process_time()
    rows = [
        ("load the language model and the parser", loaded - start),
        (f"measure {len(FEATURES)} features on {args.pairs} pairs", done - loaded),
        ("find the conditions", conditions - done),
        (f"vote on {len(rules)} candidates", voted - conditions),
    ]
    print(tabulate(rows, headers=["step", "CPU seconds"], floatfmt=".2f"))
    if args.profile:
        table = slowest(pairs[:200], 15)
        print()
        print(tabulate(table, headers=["feature", "ms per 1,000 responses"], floatfmt=".1f"))


if __name__ == "__main__":
    main()
