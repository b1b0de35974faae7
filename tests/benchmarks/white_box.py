"""Arms that change the model itself, on pairs whose rule is known.

    python -m tests.benchmarks.white_box --rules R1 R2 --arms palrs [--model smollm2-135m]

R1 (plain prose) and R2 (the shorter answer), labelled by a program. Of each rule's pairs 45 % are
fitted on, 20 % are for choosing settings and 35 % judge; responses are cut to `--cut` characters
(0: whole). For every arm: the share of held-out pairs that it moves towards chosen from the plain
model (95 % Wilson interval), the mean margin (95 % bootstrap interval), and what it cost. What has
been weighed is stored, so a run that was stopped goes on from there.

    python -m tests.benchmarks.white_box --train dpo:beta=0.1 --pairs 100

trains on so many pairs of both rules and tells the implicit-reward accuracy before and after.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from tabulate import tabulate

from specharness.arms.arm import Condition, Materials
from specharness.arms.known import find_arms
from specharness.compare.comparing import ROUNDING
from specharness.compare.contrasts import share_ahead
from specharness.models.cache import cache_dir
from specharness.models.opening import find_candidate
from specharness.models.recorded import RecordedModel
from specharness.records import Pair
from specharness.runfile import Share
from specharness.score.margins import Weighed, shift_margin
from specharness.score.weigh import weigh_pairs
from specharness.settings import EngineSettings, SplitSettings
from specharness.split import split_pairs
from specharness.store import Store
from tests.benchmarks.compile_known_rules import known

HERE = Path(__file__)
SPLIT = SplitSettings(compile=0.45, select=0.2, gate=0.35)


def opened(name: str, threads: int) -> RecordedModel:
    candidate = find_candidate(name, EngineSettings(threads=threads), name)
    return RecordedModel(
        mode="live", factory=candidate.load, store=Store(cache_dir() / "store.sqlite"),
        expected=candidate.identity, suite=name,
    )  # fmt: skip


def cut(pairs: Sequence[Pair], characters: int) -> tuple[Pair, ...]:
    if not characters:
        return tuple(pairs)
    return tuple(
        replace(p, chosen=p.chosen[:characters], rejected=p.rejected[:characters]) for p in pairs
    )


def materials(
    model: RecordedModel, fitted: Sequence[Pair], select: Sequence[Pair], seed: int
) -> Materials:
    return Materials(
        pairs=tuple(fitted), select=tuple(select), spec=None, instruction="", where=HERE,
        model=model, seed=seed,
    )  # fmt: skip


def margins(
    model: RecordedModel, condition: Condition, pairs: Sequence[Pair], reduce: Any
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """How much further than the plain model each pair moves towards chosen, in nats."""
    plain = weigh_pairs(model, pairs, {"": ""}, "system")[""]
    with condition.enter(model) as answering:
        found = weigh_pairs(answering, pairs, {"": condition.text}, "system")[""]
    both = [(found[p.id], plain[p.id]) for p in pairs]
    moved = [
        shift_margin(here, there, reduce)
        for here, there in both
        if isinstance(here, Weighed) and isinstance(there, Weighed)
    ]
    return np.array([margin if abs(margin) > ROUNDING else 0.0 for margin in moved])


def told_share(share: Share) -> str:
    return f"{share.count:g}/{share.n} ({share.low:.2f} to {share.high:.2f})"


def bootstrap(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    drawn = np.random.default_rng(0).choice(values, (10_000, len(values))).mean(1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def row(rule: str, name: str, condition: Condition, seconds: float, gate: Any) -> Any:
    """One arm on one rule, as data."""
    moved, _ = share_ahead(gate, [str(i) for i in range(len(gate))])
    low, high = bootstrap(gate)
    return {
        "rule": rule, "arm": name, "note": condition.note,
        "parameters": condition.parameters, "vector": condition.vector,
        "moved": told_share(moved), "margin": float(gate.mean()), "low": low, "high": high,
        "fit seconds": round(seconds, 1), "margins": gate.tolist(),
    }  # fmt: skip


def over_control(rows: Sequence[Any], control: str) -> list[Any]:
    """An arm's margins over those of its control, pair by pair."""
    by_name = {row["arm"]: np.array(row["margins"]) for row in rows}
    found = []
    for name, values in by_name.items():
        if (other := by_name.get(f"{name}:{control}")) is not None:
            low, high = bootstrap(values - other)
            ahead, _ = share_ahead(values - other, [str(i) for i in range(len(values))])
            found.append(
                {"rule": rows[0]["rule"], "arm": name, "over": control, "ahead": told_share(ahead),
                 "margin": float((values - other).mean()), "low": low, "high": high}
            )  # fmt: skip
    return found


def measure_rule(args: argparse.Namespace, model: RecordedModel, rule: str) -> list[Any]:
    pairs = cut(known(rule), args.cut)
    split = split_pairs(pairs, replace(SPLIT, seed=args.seed))
    given = materials(model, split.compile, split.select, args.seed)
    rows = []
    for arm in find_arms(args.arms):
        began = perf_counter()
        condition = arm.fit(given)
        seconds = perf_counter() - began
        gate = margins(model, condition, split.gate, args.reduce)
        rows.append(row(rule, arm.name, condition, seconds, gate))
        print(json.dumps(rows[-1]), flush=True)
    return rows


def train(args: argparse.Namespace, model: RecordedModel) -> Any:
    """Train on `--pairs` pairs of both rules; implicit rewards are sums over a response."""
    both = cut([*known("R1"), *known("R2")], args.cut)
    order = np.random.default_rng(args.seed).permutation(len(both))[: args.pairs]
    pairs = tuple(replace(both[i], id=f"{i}") for i in order)
    (arm,) = find_arms([args.train])
    began = perf_counter()
    condition = arm.fit(materials(model, pairs, (), args.seed))
    seconds = perf_counter() - began
    moved = margins(model, condition, pairs, "sum")
    share, _ = share_ahead(moved, [str(i) for i in range(len(moved))])
    return {
        "arm": arm.name, "note": condition.note, "pairs": len(pairs), "cut": args.cut,
        "minutes": round(seconds / 60, 2), "accuracy before": 0.5, "after": told_share(share),
        "reward margin (nats, before beta)": float(moved.mean()),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--rules", nargs="+", default=["R1", "R2"])
    parser.add_argument("--arms", nargs="+", default=["palrs"])
    parser.add_argument("--train", default="")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--cut", type=int, default=0)
    parser.add_argument("--reduce", default="mean", choices=["mean", "sum"])
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=Path)
    args = parser.parse_args()
    model = opened(args.model, args.threads)
    if args.train:
        found = [train(args, model)]
    else:
        found = [row for rule in args.rules for row in measure_rule(args, model, rule)]
    shown = [{key: row[key] for key in row if key != "margins"} for row in found]
    print(tabulate(shown, headers="keys", tablefmt="github", floatfmt=".4f"))
    beside = [
        one
        for rule in args.rules
        for control in ("zero", "random", "flipped")
        for one in over_control([row for row in found if row.get("rule") == rule], control)
    ]
    print("\n" + tabulate(beside, headers="keys", tablefmt="github", floatfmt=".4f"))
    if args.save:
        told = {key: str(value) for key, value in vars(args).items() if key != "save"}
        data = {"args": told, "rows": found, "over controls": beside}
        args.save.write_text(json.dumps(data, indent=1))


if __name__ == "__main__":
    main()
