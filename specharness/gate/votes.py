"""How many votes a pair, and how many pairs where several share a prompt: planning's second part.

A judge that is asked once turns some verdicts by chance; asked more often its majority turns fewer,
so that fewer pairs do. Votes cost as much as pairs, so there is a number that is cheapest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import ceil, floor, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm

from specharness.errors import UsageError
from specharness.gate.decision import count, points
from specharness.gate.planning import MOST_PAIRS, Plan, plan_pairs
from specharness.gate.stats import Floats
from specharness.settings import GateSettings

VOTES = (1, 3, 5, 9, 15)
PREFERRED = 0.8  # share of pairs whose chosen response is preferred
_MOST_VOTES = 999
_DEFAULTS = GateSettings()
_QUIET, _LOUD = 1e-3, 50.0  # noise of a vote, against the spread of the pairs' margins


@dataclass(frozen=True, slots=True, kw_only=True)
class VotePlan:
    """One row of a plan: with so many `votes` a pair (odd), edits turn a share `churn` of the
    pairs, `pairs` (None: more than 100,000) let a harmless one pass and a harmful one FAIL, and
    `cost` is the number of votes in all."""

    votes: int
    churn: float
    pairs: int | None
    cost: int | None


def majority_churn(votes: int, noise: float, *, shared: float = 1.0) -> float:
    """The share of majority verdicts that differ between two measurements.

    A pair's margin is normal (unit spread, 80 % above 0), a vote adds normal noise of spread
    `noise`; the two margins correlate by `shared` (1: nothing changed, an A/A run). Majorities of
    an odd number of votes, by quadrature.

    >>> round(majority_churn(1, 0.35), 3), round(majority_churn(9, 0.35), 3)
    (0.109, 0.045)
    """
    first, second, weights = _grid(round(shared, 9))
    a, b = (_majority(votes, norm.cdf(margin / noise)) for margin in (first, second))
    return float(np.sum(weights * (a * (1 - b) + b * (1 - a))))


def vote_noise(churn: float, votes: int = 1) -> float:
    """The noise of one vote where majorities of `votes` turn a share `churn` in an A/A run.

    UsageError for a churn that no noise explains (half of the pairs or more).
    """

    def turned(noise: float) -> float:
        return majority_churn(votes, noise)

    _check_reach("--aa-churn", churn, turned(_LOUD), "by noise alone")
    return _solve(turned, churn, (_QUIET, _LOUD))


def most_turned(noise: "Noise") -> float:
    """The largest share that an edit can turn where so much turns by itself (share of pairs).

    Margins under both specs then have nothing to do with each other. UsageError as `vote_noise`.

    >>> round(most_turned(Noise(aa=0.05)), 2)
    0.32
    """
    return majority_churn(noise.votes, vote_noise(noise.aa, noise.votes), shared=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What turns when nothing changed (`aa`, a share; `specharness aa`) and what a harmless edit
    turns (`edit`), both measured with so many `votes` a pair."""

    aa: float
    edit: float = 0.1
    votes: int = 1


def plan_votes(  # noqa: PLR0913 - keywords only after what is known
    margin: float,
    noise: Noise,
    *,
    power: float = 0.8,
    votes: Sequence[int] = VOTES,
    effect: float = 1.0,
    settings: GateSettings = _DEFAULTS,
) -> tuple[VotePlan, ...]:
    """A plan for each number of `votes`, for pairs of which `effect` are worth an independent one.

    Of the `settings` the two levels count. What an edit turns beyond what turns by itself is the
    edit's own, and no vote removes it. UsageError where an edit turns less than nothing does or
    more than any can, and for even numbers of votes.
    """
    aa_churn, churn = noise.aa, noise.edit
    if not 0 < aa_churn <= churn:
        what = f"{aa_churn:g} turn when nothing changed, {churn:g} in an edit"
        raise UsageError("--aa-churn", what, "give a share above 0 and at most --churn")
    if any(not 1 <= k <= _MOST_VOTES or k % 2 == 0 for k in (*votes, noise.votes)):
        told = ", ".join(map(str, votes))
        remedy = f"give odd ones up to {_MOST_VOTES:,}"
        raise UsageError("--votes", f"{told}: an even number of votes can tie", remedy)
    spread, shared = vote_noise(aa_churn, noise.votes), 1.0

    def turned(apart: float) -> float:
        return majority_churn(noise.votes, spread, shared=1 - apart)

    if churn - aa_churn > 1e-6:
        so_noisy = f"where {aa_churn:g} turn by themselves"
        _check_reach("--churn", churn, turned(1.0), so_noisy)
        shared = 1 - _solve(turned, churn, (0.0, 1.0))
    levels = {"alpha_fail": settings.alpha_fail, "alpha_pass": settings.alpha_pass}
    plan = partial(plan_pairs, margin, power=power, **levels)
    return tuple(_row(k, plan(churn=majority_churn(k, spread, shared=shared)), effect)
                 for k in votes)  # fmt: skip


def explain_votes(plans: Sequence[VotePlan]) -> tuple[str, ...]:
    """The plans in sentences, the cheapest named last."""
    told = [
        f"{count(p.votes, 'vote')} a pair: an edit turns {points(p.churn)} % of the pairs, so "
        + (f"{count(p.pairs, 'pair')} ({p.cost:,} votes)." if p.pairs else "no number will do.")
        for p in plans
    ]
    able = [p for p in plans if p.cost is not None]
    if able:
        best = min(able, key=lambda p: (p.cost or 0, p.votes))
        told.append(
            f"Fewest votes in all: {count(best.votes, 'vote')} for each of "
            f"{count(best.pairs or 0, 'pair')}, under each of both specs (and both orders)."
        )
    return tuple(told)


def design_effect(size: float, icc: float) -> float:
    """How many pairs in groups of `size` are worth one independent pair: 1 + (size - 1) icc.

    `icc` in [0, 1] is the correlation of flips within a group: Kish (1965), Survey Sampling,
    section 5.4. Groups of several sizes m count as size sum(m^2) / sum(m): Eldridge, Ashby & Kerry
    (2006), International Journal of Epidemiology 35:1292. UsageError for what cannot be.

    >>> design_effect(5, 1.0), design_effect(5, 0.25), design_effect(1, 1.0)
    (5.0, 2.0, 1.0)
    """
    if not (1 <= size <= MOST_PAIRS and 0 <= icc <= 1):
        what = f"groups of {size:g} with a correlation of {icc:g}"
        remedy = f"give a size from 1 to {MOST_PAIRS:,}, and an --icc from 0 to 1"
        raise UsageError("--cluster-size", what, remedy)
    return 1 + (size - 1) * icc


def clustered(pairs: int, effect: float) -> int:
    """How many pairs are worth `pairs` independent ones, with a design effect.

    >>> clustered(100, 2.0), clustered(274, 1.0)
    (200, 274)
    """
    return ceil(round(pairs * effect, 6))


def explain_clusters(plan: Plan, size: float, icc: float) -> tuple[str, ...]:
    """What groups add to a plan for independent pairs; () where every pair stands alone."""
    effect = design_effect(size, icc)
    if effect == 1:
        return ()
    told = [
        f"Groups of {size:.3g} whose pairs move together (correlation {icc:.2f}): "
        f"{effect:.3g} pairs are worth one that stands alone."
    ]
    both = [("to pass", plan.to_pass), ("to catch a drop", plan.to_catch)]
    needed = [(what, clustered(n, effect)) for what, n in both if n is not None]
    if needed:
        listed = " and ".join(f"{n:,} {what}" for what, n in needed)
        groups = ceil(max(n for _, n in needed) / size)
        told.append(f"So it takes {listed}, in about {count(groups, 'group')}; "
                    "fresh prompts count more than further pairs of one.")  # fmt: skip
    return tuple(told)


def _row(votes: int, plan: Plan, effect: float) -> VotePlan:
    both = [clustered(n, effect) for n in (plan.to_pass, plan.to_catch) if n is not None]
    pairs = max(both) if len(both) == 2 else None
    return VotePlan(votes=votes, churn=plan.churn, pairs=pairs, cost=pairs and pairs * votes)


@cache
def _grid(shared: float) -> tuple[Floats, Floats, Floats]:
    """Margins of both measurements and their weights: (points, points) each."""
    places = np.linspace(-6.0, 6.0, 241)
    weights = norm.pdf(places) * (places[1] - places[0])
    mean = float(norm.ppf(PREFERRED))
    first = mean + places[:, None] + 0 * places[None, :]
    second = mean + shared * places[:, None] + sqrt(1 - shared**2) * places[None, :]
    return first, second, weights[:, None] * weights[None, :]


def _majority(votes: int, right: Floats) -> Floats:
    return np.asarray(binom.sf(votes // 2, votes, right))


def _check_reach(where: str, churn: float, most: float, why: str) -> None:
    """UsageError for a share above `most`, with the bound, rounded to be in reach."""
    if churn > most:
        what = f"{churn:g} is more than can turn {why}"
        raise UsageError(where, what, f"give a share of at most {floor(1000 * most) / 1000:g}")


def _solve(turned: Callable[[float], float], goal: float, ends: tuple[float, float]) -> float:
    least = turned(ends[0])  # a share below it is as good as none
    return float(brentq(lambda x: turned(x) - max(goal, least), *ends, xtol=1e-6))
