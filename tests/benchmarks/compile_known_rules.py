"""Does the compiler find a rule that is known? Features only, no model.

    python tests/benchmarks/compile_known_rules.py [--splits 50] [--noise 40]

R1 (plain prose), R2 (the shorter answer) and R5 (plain prose for questions, lists otherwise):
pairs labelled by a program, so the right rule is known. For each seeded split the compiler sees 20
or 40 pairs; the rule counts as found when the spec has a rule of the named features, and the spec's
votes are judged on the pairs it did not see, beside those of the best single rule there is (the one
that labelled them). Then the same pairs with labels flipped at random: how often is a rule found?
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from time import perf_counter

import numpy as np
from tabulate import tabulate

from specharness import load_pairs
from specharness.compile.derivation import Derivation, Policy, derive
from specharness.compile.featured import propose_features
from specharness.compile.proposal import Proposal
from specharness.records import Pair

HERE = Path(__file__).parent
SUITES = HERE.parent.parent / "suites"
NAMES = {
    "R1": {"structure_marks", "list_items", "headings", "bullets", "numbered_items"},
    "R2": {"words", "prose_words", "sentences", "paragraphs"},
    "R5": {"structure_marks", "list_items", "headings", "bullets", "numbered_items"},
}
QUICK = Policy(placebos=0)


def known(rule: str) -> list[Pair]:
    suite = {"R1": "plain-prose", "R2": "brief"}.get(rule)
    pairs = load_pairs(HERE / f"data/known_rules_{rule.lower()}.jsonl")
    return [*pairs, *(load_pairs(SUITES / suite / "pairs.jsonl") if suite else ())]


def names(found: Derivation, wanted: set[str], conditional: bool) -> bool:
    rules = [rule.name.partition(" if ") for rule in found.rules]
    return any(
        plain.split(" ")[1] in wanted and (not conditional or condition.startswith("question"))
        for plain, _, condition in rules
    )


def restricted(proposals: Sequence[Proposal], rows: list[int]) -> list[Proposal]:
    return [replace(p, votes=p.votes[rows]) for p in proposals]


def one_split(pairs: list[Pair], size: int, seed: int) -> tuple[Derivation, float]:
    """What is found on some pairs, and its accuracy on the others."""
    order = np.random.default_rng(seed).permutation(len(pairs)).tolist()
    seen, rest = order[:size], order[size:]
    offered = propose_features([pairs[i] for i in seen])
    found = derive([pairs[i] for i in seen], offered, QUICK)
    votes = {p.named(d): d * p.votes for p in propose_features([pairs[i] for i in rest])
             for d in (1, -1)}  # fmt: skip
    score = sum((votes.get(rule.name, 0) for rule in found.rules), np.zeros(len(rest)))
    return found, float(np.mean((1 + np.sign(score)) / 2))


def flipped(pairs: list[Pair], seed: int) -> list[Pair]:
    coins = np.random.default_rng(seed).integers(0, 2, size=len(pairs))
    return [
        replace(p, chosen=p.rejected, rejected=p.chosen) if coin else p
        for p, coin in zip(pairs, coins, strict=True)
    ]


def known_rows(splits: int) -> list[list[object]]:
    rows: list[list[object]] = []
    for rule in ("R1", "R2", "R5"):
        pairs = known(rule)
        for size in (20, 40):
            if size > len(pairs) - 5:
                continue
            runs = [one_split(pairs, size, seed) for seed in range(splits)]
            hits = sum(names(found, NAMES[rule], rule == "R5") for found, _ in runs)
            shares = [share for _, share in runs]
            sizes = mean(len(found.rules) for found, _ in runs)
            rows.append(
                [rule, len(pairs), size, f"{hits}/{splits}", f"{mean(shares):.3f}",
                 f"{min(shares):.2f}", f"{sizes:.2f}"]
            )  # fmt: skip
    return rows


def noise_rows(runs: int) -> list[list[object]]:
    rows: list[list[object]] = []
    for rule in ("R1", "R2"):
        pairs = known(rule)[:40]
        found = [
            derive(p, propose_features(p), QUICK) for p in (flipped(pairs, s) for s in range(runs))
        ]
        rows.append([rule, 40, f"{sum(not one.rules for one in found)}/{runs}"])
    return rows


def speed(count: int) -> float:
    """Seconds to measure and weigh `count` pairs (known pairs, repeated as other groups)."""
    source = known("R1")
    pairs = [replace(source[n % len(source)], id=f"p{n}", group=f"g{n}") for n in range(count)]
    began = perf_counter()
    derive(pairs, propose_features(pairs), QUICK)
    return perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=50)
    parser.add_argument("--noise", type=int, default=40)
    args = parser.parse_args()
    heads = ["rule", "pairs", "seen", "rule found", "held-out accuracy", "lowest", "rules"]
    print(tabulate(known_rows(args.splits), heads, tablefmt="github"))
    print(tabulate(noise_rows(args.noise), ["flipped", "pairs", "no rule"], tablefmt="github"))
    print(f"1,000 pairs: {speed(1000):.1f} s")


if __name__ == "__main__":
    main()
