"""How often the whole gate is right and wrong, by simulation; prints markdown tables.

    python tests/benchmarks/gate_error_rates.py [--quick] [--seed N] [--only NAME ...]

`wholegate` says how pairs and edits are simulated. Tables: `gate` is a run's verdict (judging,
not `decide` alone) with clusters, ties and drifting judges; `looks` decides on batches; `anchor`
lets twenty edits of -1 point each through; `must` and `quarantine` are what pairs near the line do;
`readings` is what the sign-flip test should look at: preferences or margins.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from time import process_time

import numpy as np
from numpy.typing import NDArray

from specharness.gate.confirmation import votes_needed
from specharness.gate.gates import decide
from specharness.gate.looks import Batch, Looked, decide_by_looks, decide_until, plan_batches
from specharness.gate.quarantine import combine, count_flips
from specharness.judging import judge_anchor
from specharness.ledger.anchor import hold_to_anchor
from tests.benchmarks.signflip_readings import reading_table
from tests.benchmarks.wholegate import (
    BASE,
    Edit,
    Floats,
    head,
    make_cases,
    make_suite,
    margins,
    mean_margin,
    noise,
    percent,
    preferences,
    two_orders,
    whole_gate,
)

RUNS = {20: 1000, 100: 400, 300: 200, 1000: 100}
KINDS = ("alone", "groups of 5", "ties", "both drift", "head drifts")
EDITS = {
    "no change": Edit(),
    "-2": Edit(0.02),
    "-5": Edit(0.05),
    "-10": Edit(0.10),
    "-10 on few": Edit(0.10, "few"),
}
DRIFT = 0.02  # of the pairs that a drifted judge no longer prefers


def simulate(rng: np.random.Generator, n: int, edit: Edit, kind: str) -> str:
    """The gate's verdict on one simulated edit."""
    size = 5 if kind == "groups of 5" else 1
    base, head = margins(rng, n, edit, size)
    drift = mean_margin() - mean_margin(DRIFT)
    if kind == "both drift":
        base, head = base - drift, head - drift
    if kind == "head drifts":
        head = head - drift
    read = partial(two_orders, rng) if kind == "ties" else preferences
    groups = [i // size for i in range(n)] if size > 1 else None
    seed = int(rng.integers(2**32))
    return whole_gate(read(base), read(head), groups, seed=seed).verdict


def gate_table(rng: np.random.Generator, share: float) -> None:
    """Error rates and power of a run's gate, in percent."""
    named = " | ".join(f"{name}: FAIL / PASS" for name in EDITS)
    head(f"| pairs | judge and pairs | {named} |")
    for n, most in RUNS.items():
        runs = max(20, round(share * most))
        for kind in KINDS:
            cells = []
            for edit in EDITS.values():
                said = Counter(simulate(rng, n, edit, kind) for _ in range(runs))
                cells.append(f"{percent(said['FAIL'], runs)} / {percent(said['PASS'], runs)}")
            print(f"| {n} | {kind} | {' | '.join(cells)} |", flush=True)


def looks_table(rng: np.random.Generator, share: float) -> None:
    """Deciding on batches: verdicts in percent, and the mean share of pairs that were measured."""
    names = ("no change", "-2", "-5", "-10")
    head("| pairs | way | " + " | ".join(f"{n}: FAIL / PASS / measured" for n in names) + " |")
    ways = {"one look": once, "three looks": planned, "until decided": until}
    for n, most in {300: 200, 1000: 60}.items():
        runs = max(20, round(share * most))
        for way, look in ways.items():
            for size in (1, 5) if way == "until decided" else (1,):
                cells = [looks_cell(rng, n, EDITS[name], (look, size, runs)) for name in names]
                told = way if size == 1 else f"{way}, groups of {size}"
                print(f"| {n} | {told} | {' | '.join(cells)} |", flush=True)


Look = Callable[[Floats, Floats, list[str]], Looked]


def looks_cell(rng: np.random.Generator, n: int, edit: Edit, how: tuple[Look, int, int]) -> str:
    """FAIL, PASS and the mean share measured, over `runs` edits."""
    look, size, runs = how
    said: Counter[str] = Counter()
    measured = 0
    for run in range(runs):
        base, after = (preferences(x) for x in margins(rng, n, edit, size))
        found = look(base, after, [f"{run}-{i // size}" for i in range(n)])
        said[found.verdict] += 1
        measured += found.looks[-1].n
    shown = percent(measured, n * runs)
    return f"{percent(said['FAIL'], runs)} / {percent(said['PASS'], runs)} / {shown}"


def once(base: Floats, after: Floats, groups: list[str]) -> Looked:
    """One look at all pairs."""
    return decide_by_looks([Batch(base=base, head=after, groups=groups)], base.size)  # type: ignore[arg-type]


def planned(base: Floats, after: Floats, groups: list[str]) -> Looked:
    """Looks at half, three quarters and all."""
    ends = [base.size // 2, 3 * base.size // 4, base.size]
    parts = [list(range(a, b)) for a, b in zip([0, *ends], ends, strict=False)]
    return decide_by_looks(batches(base, after, groups, parts), base.size)


def until(base: Floats, after: Floats, groups: list[str]) -> Looked:
    """E-values, after each batch."""
    largest = max(Counter(groups).values())
    return decide_until(batches(base, after, groups, plan_batches(groups)), largest)


def batches(
    base: Floats, after: Floats, groups: list[str], parts: list[list[int]]
) -> Iterator[Batch]:
    """The pairs of each part, handed over when asked for."""
    for part in parts:
        yield Batch(
            base=base[part].tolist(), head=after[part].tolist(), groups=[groups[i] for i in part]
        )


def twenty_edits(rng: np.random.Generator, n: int, *, anchored: bool) -> int:
    """After how many edits of -1 point each one is stopped (21: none), each compared with the last.

    A stopped edit is the end; `anchored` compares with the first spec, too. The common part of a
    pair's margin stays, what an edit moves is drawn anew.
    """
    common, seed = noise(rng, n, 1), int(rng.integers(2**32))
    suite = make_suite(seed=seed, budget=0.05)

    def measure(points: int) -> Floats:
        lower = mean_margin(points / 100)
        return preferences(lower + np.sqrt(0.954) * common + np.sqrt(0.046) * noise(rng, n, 1))

    first = last = measure(0)
    for edit in range(1, 21):
        after = measure(edit)
        gate = whole_gate(last, after, seed=seed)
        if anchored and edit > 1:
            found = judge_anchor(suite, make_cases(first, after), BASE)
            gate = hold_to_anchor(gate, found, "the anchor", suite.settings.gate)
        if gate.verdict == "FAIL":
            return edit
        last = after
    return 21


def anchor_table(rng: np.random.Generator, share: float) -> None:
    """How many of twenty edits of -1 point each get through, with the anchor and without."""
    head("| pairs | compared with | stopped by edit 3 | 4 | 5 | 6 | 7 | never |")
    for n, most in {300: 60, 1000: 60}.items():
        for name, anchored in (("base and anchor", True), ("base only", False)):
            runs = max(10, round(share * most))
            ends = np.array([twenty_edits(rng, n, anchored=anchored) for _ in range(runs)])
            cells = [percent(int(np.sum(ends <= k)), runs) for k in (3, 4, 5, 6, 7)]
            cells.append(percent(int(np.sum(ends == 21)), runs))
            print(f"| {n} | {name} | {' | '.join(cells)} |", flush=True)


def must_table(rng: np.random.Generator, share: float) -> None:
    """How often pairs that must hold block an edit: a harmless one, and one that turns one round.

    Half of what an edit moves is the edit's own and stays in every repeat; half is layout.
    """
    votes = 7
    needed = votes_needed(votes) or votes
    head(
        "| pairs that must hold | harmless: any lost / confirmed | one turned round: any / conf. |"
    )
    runs = max(500, round(share * 20_000))
    for m in (1, 5, 20):
        cells = []
        for turned in (False, True):
            common, edit = rng.standard_normal((2, runs, m))
            shifts = [
                np.sqrt(0.977) * common + mean_margin(),
                np.sqrt(0.954) * common + mean_margin(),
            ]
            fixed = [shifts[1], shifts[1] + np.sqrt(0.023) * edit]
            if turned:
                fixed[1][:, 0] = -np.abs(fixed[1][:, 0]) - 0.3
            own = np.sqrt(0.023)
            lost = np.zeros((votes + 1, runs, m), bool)
            for vote in range(votes + 1):
                before, after = (x + own * rng.standard_normal((runs, m)) for x in fixed)
                lost[vote] = (before > 0) & (after <= 0)
            first = lost[0]
            sure = first & (lost[1:].sum(axis=0) >= needed)
            cells.append(
                f"{percent(int(first.any(axis=1).sum()), runs)} / "
                f"{percent(int(sure.any(axis=1).sum()), runs)}"
            )
        print(f"| {m} | {' | '.join(cells)} |", flush=True)


def quarantine_table(rng: np.random.Generator, share: float) -> None:
    """What leaving out unstable pairs costs, by what decided on it: verdicts in percent."""
    head("| pairs | left out | how many | no change: FAIL / PASS | -5: FAIL / PASS |")
    for n, most in {100: 300, 300: 150}.items():
        runs = max(20, round(share * most))
        for way in QUARANTINES:
            print(f"| {n} | {way} | {quarantine_cells(rng, n, way, runs)} |", flush=True)


Chooses = Callable[[Floats], NDArray[np.bool_]]
QUARANTINES: dict[str, tuple[Chooses, bool]] = {  # which pairs, and whether a PASS counts them
    "nothing": (lambda signs: np.zeros(signs.shape[1], bool), False),
    "turned in 2 of 4 repeats, a PASS counts them (as shipped)": (lambda s: turned(s[1:], 2), True),
    "turned in 2 of 4 repeats": (lambda s: turned(s[1:], 2), False),
    "turned in 1 of 4 repeats, a PASS counts them": (lambda s: turned(s[1:], 1), True),
    "turned in 1 of 4 repeats": (lambda s: turned(s[1:], 1), False),
    "a repeat is not as the gate's own": (lambda s: np.any(s[1:] != s[0], axis=0), False),
}


def turned(signs: Floats, least: int) -> NDArray[np.bool_]:
    """Which pairs differ from their usual verdict in so many repeats."""
    return np.array([k >= least for k in count_flips(signs)])


def quarantine_cells(rng: np.random.Generator, n: int, way: str, runs: int) -> str:
    """One row of `quarantine_table`: a gate's measurement and four repeats of the base spec."""
    said: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    chooses, counts = QUARANTINES[way]
    out = 0
    for _ in range(runs):
        common = np.sqrt(0.954) * noise(rng, n, 1)
        layouts = [common + np.sqrt(0.046) * noise(rng, n, 1) for _ in range(5)]
        keep = np.logical_not(chooses(np.sign(mean_margin() + np.array(layouts))))
        out += n - int(np.sum(keep))
        before = preferences(mean_margin() + layouts[0])
        for seen, drop in zip(said, (0.0, 0.05), strict=True):
            after = preferences(mean_margin(drop) + common + np.sqrt(0.046) * noise(rng, n, 1))
            seed = int(rng.integers(2**32))
            found = decide(before[keep], after[keep], seed=seed)
            if counts:
                found = combine(decide(before, after, seed=seed), found)
            seen[found.verdict] += 1
    shown = [f"{percent(s['FAIL'], runs)} / {percent(s['PASS'], runs)}" for s in said]
    return " | ".join([f"{percent(out, n * runs)} %", *shown])


TABLES: dict[str, Callable[[np.random.Generator, float], None]] = {
    "gate": gate_table,
    "looks": looks_table,
    "anchor": anchor_table,
    "must": must_table,
    "quarantine": quarantine_table,
    "readings": reading_table,
}


def main() -> None:
    """Parse the arguments and print the tables, each from a random stream of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES))
    options = parser.parse_args()
    for number, (name, table) in enumerate(TABLES.items()):
        if name not in options.only:
            continue
        began = process_time()
        print(f"\n{(table.__doc__ or '').splitlines()[0]}")
        table(np.random.default_rng([options.seed, number]), 0.1 if options.quick else 1.0)
        print(f"\n({name}: {process_time() - began:.0f} s of processor time)", flush=True)


if __name__ == "__main__":
    main()
