"""Deciding on batches of pairs as they are measured: planned looks, or until it is decided.

Two ways, both of whose error rates hold for the whole row of looks:

    decide_by_looks   a few looks at planned shares of all pairs (300 or more), each with its part
                      of the error rates (O'Brien-Fleming): hardly less power than one look
    decide_until      any number of looks, stopping whenever one likes (e-values): more pairs in a
                      close case, far fewer in a clear one

Batches are whole groups in an order that a digest fixes (`plan_batches`), so that no result can
choose what is measured next.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp

import numpy as np
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate import evalues, stats
from specharness.gate.decision import FLIP_SHARE, SIZE_SHARE, Decision, count, points, signed
from specharness.gate.findings import Look
from specharness.gate.gates import Levels, decide_at, net_flips
from specharness.gate.sequential import levels
from specharness.records import digest
from specharness.runfile import GateVerdict
from specharness.settings import GateSettings

LOOKS = (0.5, 0.75, 1.0)  # shares of all pairs
FEWEST = 300  # pairs that planned looks take: their bounds are those of normal statistics
FIRST, GROWTH = 40, 1.25  # pairs of the first batch, and by how much all pairs grow with a look
_DEFAULTS = GateSettings()
_HUGE = 1e9  # an e-value is told up to here


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Preferences of the next pairs under both specs, and the groups they belong to."""

    base: Sequence[float]
    head: Sequence[float]
    groups: Sequence[Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a row of looks said: the verdict, every look, and the sentences that tell it.

    `decision` has the last look's figures by planned looks, None by e-values.
    """

    verdict: GateVerdict
    looks: tuple[Look, ...]
    sentences: tuple[str, ...]
    decision: Decision | None = None


def plan_batches(
    groups: Sequence[str], *, seed: int = 0, first: int = FIRST, growth: float = GROWTH
) -> list[list[int]]:
    """Indices of the pairs of each batch: whole groups, in the order of a digest of seed and group.

    The first batch has `first` pairs or a few more, and each makes them `growth` times as many.

    >>> [len(batch) for batch in plan_batches([str(i) for i in range(100)])]
    [40, 10, 13, 16, 21]
    """
    batches: list[list[int]] = [[]]
    done, goal = 0, float(first)
    for members in _in_order(groups, seed):
        if done >= goal:
            batches.append([])
            goal = growth * done
        batches[-1] += members
        done += len(members)
    if len(batches) > 1 and len(batches[-1]) < len(batches[-2]) / 2:
        last = batches.pop()  # too few for a look of their own
        batches[-1] += last
    return [sorted(batch) for batch in batches if batch]


def plan_looks(groups: Sequence[str], *, seed: int = 0) -> list[list[int]]:
    """Indices of the pairs that each planned look adds: whole groups, in the same order.

    >>> [len(batch) for batch in plan_looks([str(i) for i in range(400)])]
    [200, 100, 100]
    """
    batches: list[list[int]] = [[]]
    done, ends = 0, [share * len(groups) for share in LOOKS]
    for members in _in_order(groups, seed):
        if done >= ends[0] and len(ends) > 1:
            batches.append([])
            ends.pop(0)
        batches[-1] += members
        done += len(members)
    return [sorted(batch) for batch in batches if batch]


def _in_order(groups: Sequence[str], seed: int) -> list[list[int]]:
    """The indices of each group, in the order of a digest of seed and group."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    return [members[name] for name in sorted(members, key=lambda name: digest(seed, name))]


def decide_by_looks(
    batches: Iterable[Batch], total: int, settings: GateSettings = _DEFAULTS
) -> Looked:
    """Decide after each batch of `total` pairs in all, until PASS or FAIL; batches come lazily.

    A look at the share t of the pairs may use what `sequential.spent` allows by then, each of the
    gate's three tests on its own. UsageError for fewer than 300 pairs.
    """
    if total < FEWEST:
        what = f"{total} pairs are too few for planned looks"
        raise UsageError("looks", what, f"have {FEWEST} or more, or look once")
    seen, times, looks = Batch(base=(), head=(), groups=()), [0.0], list[Look]()
    found: Decision | None = None
    for batch in batches:
        seen = _joined(seen, batch)
        times.append(min(1.0, len(seen.base) / total))
        bars = _bars(times[1:], settings)
        found = decide_at(seen.base, seen.head, groups=seen.groups, settings=settings, levels=bars)
        looks.append(_planned(found, bars))
        if found.verdict != "UNPROVEN":
            break
    if found is None:
        raise UsageError("looks", "no pairs", "give at least one batch")
    told = _told_planned(looks, found, total)
    return Looked(verdict=found.verdict, looks=tuple(looks), sentences=told, decision=found)


def decide_until(
    batches: Iterable[Batch], largest: int = 1, settings: GateSettings = _DEFAULTS
) -> Looked:
    """Decide after each batch by e-values, until PASS or FAIL; batches come lazily.

    FAIL where 0.8 of the evidence of the changes and 0.2 of that of the flips reach 1 / alpha_fail
    with no fewer pairs lost than won; PASS where that against a drop of `margin` reaches 1 /
    alpha_pass. `largest` is the size of the suite's largest group. The hypotheses are those of
    `gates.decide`; an average of e-values is an e-value (Vovk & Wang 2021, Annals of Statistics
    49:1736). Without pairs UNPROVEN.
    """
    seen, looks, verdict = Batch(base=(), head=(), groups=()), list[Look](), "UNPROVEN"
    for batch in batches:
        seen = _joined(seen, batch)
        looks.append(_weigh(seen, largest, settings))
        verdict = looks[-1].verdict
        if verdict != "UNPROVEN":
            break
    ended: GateVerdict = (
        "PASS" if verdict == "PASS" else "FAIL" if verdict == "FAIL" else "UNPROVEN"
    )
    told = _told_until(looks[-1], len(looks), settings) if looks else ("Nothing was measured.",)
    return Looked(verdict=ended, looks=tuple(looks), sentences=told)


def _joined(seen: Batch, batch: Batch) -> Batch:
    return Batch(
        base=(*seen.base, *batch.base),
        head=(*seen.head, *batch.head),
        groups=(*seen.groups, *batch.groups),
    )


def _bars(times: Sequence[float], settings: GateSettings) -> Levels:
    """The levels of the last of these looks."""
    fail = settings.alpha_fail
    size, flips, passes = (
        levels(times, alpha)[-1]
        for alpha in (SIZE_SHARE * fail, FLIP_SHARE * fail, settings.alpha_pass)
    )
    return Levels(size=size, flips=flips, passes=passes)


def _planned(found: Decision, bars: Levels) -> Look:
    clear = stats.tango_z(*_worth(found), found.margin)
    return Look(
        n=found.n,
        lost=found.lost,
        won=found.won,
        verdict=found.verdict,
        loss=found.p_value,
        loss_bar=bars.size,
        not_worse=float(norm.sf(clear)),
        not_worse_bar=bars.passes,
    )


def _worth(found: Decision) -> tuple[float, float, float]:
    scale = found.effective / found.n
    return found.lost * scale, found.won * scale, found.effective


def _weigh(seen: Batch, largest: int, settings: GateSettings) -> Look:
    flips, changes = net_flips(seen.base, seen.head)
    sums = stats.cluster_sums(changes, seen.groups)
    nets, sizes = _by_group(seen.groups, flips)
    lost, won = int(np.sum(nets < 0)), int(np.sum(nets > 0))
    loss = SIZE_SHARE * _odds(evalues.log_e_changes(sums)) + FLIP_SHARE * _odds(
        evalues.log_e_flips(lost, won)
    )
    clear = _odds(evalues.log_e_not_worse(nets, sizes, largest, settings.margin))
    look = Look(
        n=len(seen.base),
        lost=int(np.sum(flips < 0)),
        won=int(np.sum(flips > 0)),
        verdict="UNPROVEN",
        loss=loss,
        loss_bar=1 / settings.alpha_fail,
        not_worse=clear,
        not_worse_bar=1 / settings.alpha_pass,
    )
    if clear >= look.not_worse_bar:
        return replace(look, verdict="PASS")
    failed = loss >= look.loss_bar and look.lost >= look.won
    return replace(look, verdict="FAIL") if failed else look


def _by_group(groups: Sequence[Hashable], flips: stats.Floats) -> tuple[stats.Floats, stats.Floats]:
    """won - lost and the number of pairs of each group."""
    members: defaultdict[Hashable, list[float]] = defaultdict(list)
    for group, flip in zip(groups, flips.tolist(), strict=True):
        members[group].append(flip)
    return np.array([sum(m) for m in members.values()]), np.array(
        [len(m) for m in members.values()]
    )


def _odds(log_e: float) -> float:
    return min(_HUGE, exp(min(log_e, 100.0)))


def _happened(look: Look) -> str:
    difference = signed((look.won - look.lost) / look.n)
    return (
        f"{count(look.n, 'pair')} measured: {look.lost:,} lost, {look.won:,} won "
        f"({difference} points)."
    )


def _told_planned(looks: Sequence[Look], found: Decision, total: int) -> tuple[str, ...]:
    """The decision's sentences, and what it means that it was looked at more than once."""
    last = looks[-1]
    saved = f", so {count(total - last.n, 'pair')} need not be measured" if last.n < total else ""
    looked = (
        f"Look {len(looks)} at the pairs ({last.n:,} of {total:,}){saved}: a loss had to reach "
        f"p = {last.loss_bar:.2g} and its absence p = {last.not_worse_bar:.2g}, so that all looks "
        "together err no more often than one."
    )
    return (*found.explain(), looked)


def _told_until(look: Look, looks: int, settings: GateSettings) -> tuple[str, ...]:
    rare = f"{100 * settings.alpha_fail:g} times in 100"
    told = {
        "PASS": f"Not worse: a drop of {points(settings.margin)} points or more is excluded.",
        "FAIL": f"A loss is shown: an edit that does no harm gets here less than {rare}.",
    }
    undecided = (
        "Neither a loss nor its absence is shown, and there are no more pairs: the evidence for a "
        f"loss is {_shown(look.loss)} (it takes {look.loss_bar:g}), for its absence "
        f"{_shown(look.not_worse)} (it takes {look.not_worse_bar:g}). Add pairs and go on: what is "
        "measured counts."
    )
    return (
        _happened(look),
        told.get(look.verdict, undecided),
        f"Looked {_times(looks)}; by e-values, which may be looked at after every pair.",
    )


def _shown(odds: float) -> str:
    return f"{odds:,.2g}" if odds < 100 else f"{odds:,.0f}"


def _times(looks: int) -> str:
    return {1: "once", 2: "twice"}.get(looks, f"{looks} times")
