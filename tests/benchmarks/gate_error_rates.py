"""How often the gate is right and wrong, by simulation; prints two markdown tables.

    python tests/benchmarks/gate_error_rates.py [--quick] [--seed N]

The model: a pair's margins at base and head share most of their variance (correlation 0.95), and
the model prefers 80 % of the chosen responses. So a harmless edit flips some 7 % of the pairs, as
often one way as the other. A harmful one shifts all margins ("even") or turns a few round ("few").
A third kind makes all margins 10 % smaller and prefers what was preferred before. The first table
is about `decide`, the second about what the sign-flip test should look at: changes of preference
or of the margin itself.
"""

import argparse
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm, t

from specharness.gate.gates import decide
from specharness.gate.stats import sign_flip_p

Floats = NDArray[np.float64]

SHARE, CORRELATION, SCALE = 0.80, 0.954, 0.5
TAILS = {"normal": norm(), "t3": t(3), "t2": t(2)}


class Edit(NamedTuple):
    """What an edit does: the drop it causes (a share), how, and how the margins are spread."""

    drop: float = 0.0
    kind: str = "even"
    tail: str = "normal"
    shrink: float = 1.0


def noise(rng: np.random.Generator, n: int, size: int, tail: str) -> Floats:
    """Unit noise in clusters of `size`: half of its variance is shared within a cluster."""
    own = TAILS[tail].rvs(n, random_state=rng)
    if size == 1:
        return np.asarray(own)
    shared = np.repeat(rng.standard_normal(-(-n // size)), size)[:n]
    return np.asarray((own + shared) / np.sqrt(2))


@cache
def common_margins(tail: str) -> Floats:
    """A large sorted sample of margins around 0, to read quantiles from."""
    return np.sort(pair_noise(np.random.default_rng(0), 400_000, 1, tail)[0])


def pair_noise(rng: np.random.Generator, n: int, size: int, tail: str) -> tuple[Floats, Floats]:
    """Exchangeable noise at base and head: most of it common to both."""
    common, base, head = (noise(rng, n, size, tail) for _ in range(3))
    shared, own = np.sqrt(CORRELATION), np.sqrt(1 - CORRELATION)
    return shared * common + own * base, shared * common + own * head


def margins(rng: np.random.Generator, n: int, edit: Edit, size: int = 1) -> tuple[Floats, Floats]:
    """Margins at base and head; 80 % lie above 0 at base, and at head less the edit's drop."""
    mean, lower = -np.quantile(common_margins(edit.tail), [1 - SHARE, 1 - SHARE + edit.drop])
    base, head = (mean + x for x in pair_noise(rng, n, size, edit.tail))
    if edit.kind == "even":
        return base, edit.shrink * (head - (mean - lower))
    hit = np.repeat(rng.random(-(-n // size)) < edit.drop / SHARE, size)[:n]
    return base, np.where(hit, -np.abs(base) - 0.5, head)


def verdict(rng: np.random.Generator, n: int, edit: Edit, size: int = 1) -> str:
    """What the gate says about one simulated edit."""
    base, head = margins(rng, n, edit, size)
    groups = None if size == 1 else [i // size for i in range(n)]
    seed = int(rng.integers(2**32))
    return decide(norm.cdf(base / SCALE), norm.cdf(head / SCALE), groups=groups, seed=seed).verdict


def rate(runs: int, one: Callable[[], bool]) -> float:
    """The percentage of `runs` in which `one` is true."""
    return 100 * sum(one() for _ in range(runs)) / runs


def gate_table(rng: np.random.Generator, quick: bool) -> None:
    """Error rates and power of `decide`."""
    print("| n | cluster size | no change: FAIL / PASS | -2 FAIL | -5 FAIL | -10 FAIL ", end="")
    print("| -10 on few FAIL | -5 wrongly PASS | no change, margins 10 % smaller: FAIL / PASS |")
    print("|---" * 9 + "|")
    for n in (20, 100, 300, 1000):
        runs = (200 if quick else 2000) // (1 if n <= 100 else 2)
        for size in (1, 5):
            print(
                f"| {n} | {size} | " + " | ".join(gate_row(rng, runs, n, size)) + " |", flush=True
            )


def gate_row(rng: np.random.Generator, runs: int, n: int, size: int) -> list[str]:
    """One row of `gate_table`, without its first two cells."""

    def said(word: str, edit: Edit) -> float:
        return rate(runs, lambda: verdict(rng, n, edit, size) == word)

    cells = [f"{said('FAIL', Edit()):.1f} / {said('PASS', Edit()):.0f} %"]
    cells += [f"{said('FAIL', Edit(drop)):.0f} %" for drop in (0.02, 0.05, 0.10)]
    cells.append(f"{said('FAIL', Edit(0.10, 'few')):.0f} %")
    cells.append(f"{said('PASS', Edit(0.05)):.1f} %")
    smaller = Edit(shrink=0.9)
    return [*cells, f"{said('FAIL', smaller):.0f} / {said('PASS', smaller):.0f} %"]


def winsorise(changes: Floats, share: float) -> Floats:
    """Clip the size of each change at the quantile `share` of the sizes (keeps sign symmetry)."""
    limit = np.quantile(np.abs(changes), share)
    return np.clip(changes, -limit, limit)


def preference_change(base: Floats, head: Floats, factor: float = 1.0) -> Floats:
    """Change of sigmoid(margin / T) with T = `factor` x the median size of the base margins."""
    scale = factor * float(np.median(np.abs(base)))
    return np.asarray(expit(head / scale) - expit(base / scale))


READINGS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "preference": preference_change,
    "preference, T/2": partial(preference_change, factor=0.5),
    "preference, 2T": partial(preference_change, factor=2.0),
    "margin": lambda base, head: head - base,
    "margin, winsorised 90 %": lambda base, head: winsorise(head - base, 0.9),
    "margin, winsorised 75 %": lambda base, head: winsorise(head - base, 0.75),
    "flips only": lambda base, head: np.sign(head) - np.sign(base),
}


def reading_table(rng: np.random.Generator, quick: bool) -> None:
    """How often the sign-flip test at 5 % rejects, by what it is given."""
    print("\n| n | margins | edit | " + " | ".join(READINGS) + " |")
    print("|---" * (3 + len(READINGS)) + "|")
    runs = 200 if quick else 2000
    for n in (20, 100):
        for tail in TAILS:
            for name, edit in _edits(n, tail).items():
                cells = reading_row(rng, runs, n, edit)
                print(f"| {n} | {tail} | {name} | " + " | ".join(cells) + " |", flush=True)


def _edits(n: int, tail: str) -> dict[str, Edit]:
    drop = 0.05 if n == 20 else 0.02
    return {
        "harmless": Edit(0.0, tail=tail),
        "harmless, margins shrink by 10 %": Edit(0.0, tail=tail, shrink=0.9),
        f"-{100 * drop:.0f} points, even": Edit(drop, tail=tail),
        f"-{200 * drop:.0f} points, few": Edit(2 * drop, "few", tail=tail),
    }


def reading_row(rng: np.random.Generator, runs: int, n: int, edit: Edit) -> list[str]:
    """The rejection rate for each reading, over the same simulated edits."""
    hits = dict.fromkeys(READINGS, 0)
    for _ in range(runs):
        base, head = margins(rng, n, edit)
        for name, read in READINGS.items():
            hits[name] += sign_flip_p(read(base, head), rng, draws=999) <= 0.05
    return [f"{100 * count / runs:.0f} %" for count in hits.values()]


def main() -> None:
    """Parse the arguments and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs (half a minute)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    gate_table(rng, options.quick)
    reading_table(rng, options.quick)


if __name__ == "__main__":
    main()
