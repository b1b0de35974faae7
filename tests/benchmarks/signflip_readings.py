"""What the sign-flip test should look at: changes of preference, of the margin, or flips."""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import expit

from specharness.gate.stats import sign_flip_p
from tests.benchmarks.wholegate import TAILS, Edit, Floats, head, margins


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


def reading_table(rng: np.random.Generator, share: float) -> None:
    """How often the sign-flip test at 5 % rejects, by what it is given."""
    head("| n | margins | edit | " + " | ".join(READINGS) + " |")
    runs = max(50, round(share * 300))
    for n in (20, 100):
        for tail in TAILS:
            for name, edit in _edits(n, tail).items():
                cells = reading_row(rng, runs, n, edit)
                print(f"| {n} | {tail} | {name} | {' | '.join(cells)} |", flush=True)


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
        before, after = margins(rng, n, edit)
        for name, read in READINGS.items():
            hits[name] += sign_flip_p(read(before, after), rng, draws=999) <= 0.05
    return [f"{100 * count / runs:.0f} %" for count in hits.values()]
