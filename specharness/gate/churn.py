"""A/A: one spec measured several times says how much of a difference is no difference."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from specharness.errors import UsageError
from specharness.gate import stats
from specharness.gate.decision import count, points
from specharness.gate.findings import Churn
from specharness.gate.gates import decide_at, level
from specharness.gate.quarantine import count_flips, is_unstable
from specharness.gate.stats import Floats
from specharness.runfile import GateVerdict
from specharness.settings import GateSettings

_DEFAULTS = GateSettings()
_RUNS, _DRAWS = 200, 499  # resampled edits, and sign patterns for each: a share to 3 points


def measure_churn(
    ids: Sequence[str],
    rows: ArrayLike,
    *,
    groups: Sequence[Hashable] | None = None,
    settings: GateSettings = _DEFAULTS,
) -> Churn:
    """What repeated measurements of one spec say; `rows` are preferences, (runs, pairs).

    The first row is the measurement the gate uses, the others are repeats. `share` is the mean over
    pairs of rows and over pairs; its interval is Wilson's for the independent pairs they are worth.
    Power is by resampling clusters of these very pairs (Efron & Tibshirani 1993, chapter 16): a run
    draws two rows as base and head, and for `caught` turns as many pairs round as the margin
    allows. UsageError for fewer than three rows, or of unequal lengths.
    """
    table = _table(ids, rows)
    levels = level(table)
    differ = np.mean([a != b for a, b in combinations(levels, 2)], axis=0)
    effective = stats.effective_n(differ, groups)
    low, high = stats.wilson(float(differ.mean()) * effective, effective)
    clusters = _clusters(len(ids), groups)
    same, worse = (_resampled(table, clusters, drop, settings) for drop in (0.0, settings.margin))
    flips = count_flips(levels[1:])
    return Churn(
        n=len(ids),
        clusters=len(clusters),
        runs=len(table),
        share=float(differ.mean()),
        low=low,
        high=high,
        alarms=sum(_verdict(table[0], row, groups, settings) == "FAIL" for row in table[1:]),
        drop=settings.margin,
        false_alarm=same.count("FAIL") / _RUNS,
        passed=same.count("PASS") / _RUNS,
        caught=worse.count("FAIL") / _RUNS,
        unstable=tuple(
            id for id, n in zip(ids, flips, strict=True) if is_unstable(n, len(table) - 1)
        ),
    )


def explain_churn(found: Churn, turned: int) -> tuple[str, ...]:
    """In words: the churn, whether the gate keeps quiet, and what it can show.

    `turned` pairs had another verdict in any of the repeats.
    """
    told = [
        f"{count(found.n, 'pair')}, measured {found.runs} times under the same spec in another "
        f"layout: {points(found.share)} % of the verdicts turn between two measurements "
        f"(95 % interval {points(found.low)} to {points(found.high)}).",
        "So much of any difference is chance; an edit turns more. `specharness plan SUITE` plans "
        "with it.",
        _alarmed(found),
        f"This gate's own power, from these measurements: an edit that costs "
        f"{points(found.drop)} points FAILs {_percent(found.caught)} of the time, one that changes "
        f"nothing passes {_percent(found.passed)} and FAILs {_percent(found.false_alarm)}.",
    ]
    if turned:
        told.append(_unstable(found, turned))
    return tuple(told)


def _unstable(found: Churn, turned: int) -> str:
    """Which pairs turned in so many repeats that a quarantine would take them."""
    repeats, held = found.runs - 1, len(found.unstable)
    bar = next((n for n in range(1, repeats + 1) if is_unstable(n, repeats)), repeats)
    listed = ", ".join(found.unstable[:5]) + (", ..." if found.unstable[5:] else "")
    return (
        f"{count(held, 'pair')} turned in {bar} or more of {repeats} repeats, as many as put a "
        f"pair into quarantine ({turned:,} in any){f': {listed}' if held else ''}."
    )


def _alarmed(found: Churn) -> str:
    repeats = count(found.runs - 1, "repeat")
    if not found.alarms:
        return f"None of {repeats} would FAIL the gate."
    return (
        f"{found.alarms} of {repeats} would FAIL the gate although nothing changed but layout: "
        "layout moves this model in one direction, or it drifts; do not trust a small FAIL."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _table(ids: Sequence[str], rows: ArrayLike) -> Floats:
    try:
        table = np.asarray(rows, float)
    except (TypeError, ValueError):
        raise UsageError("rows", "not numbers of equal rows", "give the same pairs") from None
    if table.ndim != 2 or table.shape[0] < 3 or table.shape[1] != len(ids) or not ids:
        remedy = "give three or more measurements of the same pairs"
        raise UsageError("rows", f"shape {table.shape} for {len(ids)} pairs", remedy)
    return table


def _clusters(n: int, groups: Sequence[Hashable] | None) -> list[NDArray[np.int64]]:
    members: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(range(n) if groups is None else groups):
        members[group].append(index)
    return [np.array(m) for m in members.values()]


def _resampled(
    table: Floats,
    clusters: Sequence[NDArray[np.int64]],
    drop: float,
    settings: GateSettings,
) -> list[GateVerdict]:
    rng = np.random.default_rng(settings.seed)
    return [_one(table, clusters, drop, settings, rng) for _ in range(_RUNS)]


def _one(
    table: Floats,
    clusters: Sequence[NDArray[np.int64]],
    drop: float,
    settings: GateSettings,
    rng: np.random.Generator,
) -> GateVerdict:
    drawn = rng.integers(len(clusters), size=len(clusters))
    picked = np.concatenate([clusters[c] for c in drawn])
    groups = np.repeat(np.arange(drawn.size), [clusters[c].size for c in drawn]).tolist()
    first, second = rng.choice(len(table), 2, replace=False)
    base, head = table[first][picked], table[second][picked]
    liked = np.flatnonzero(head > 0.5)
    turned = rng.permutation(liked)[: round(drop * picked.size)]
    head[turned] = 1 - head[turned]
    return _verdict(base, head, groups, settings, _DRAWS)


def _verdict(
    base: Floats,
    head: Floats,
    groups: Sequence[Hashable] | None,
    settings: GateSettings,
    draws: int = stats.DRAWS,
) -> GateVerdict:
    return decide_at(base, head, groups=groups, settings=settings, draws=draws).verdict
