"""A plan in words: what is asked for, what the project's own runs say, and what it takes."""

from dataclasses import dataclass

from specharness.gate.decision import points
from specharness.gate.observed import Observed
from specharness.gate.planning import plan_pairs, plan_reach
from specharness.gate.votes import (
    VOTES,
    Noise,
    design_effect,
    explain_clusters,
    explain_votes,
    plan_votes,
)

CHURN = 0.1  # where nobody measured it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user asks of a plan; None is what the project's own runs may say instead.

    `margin`, `churn` and `aa` are shares, `size` is that of groups and `icc` the correlation of
    flips in them (1 where it is not known). `votes` are the numbers of votes a pair to plan for,
    `pairs` is how many pairs there are.
    """

    margin: float
    power: float = 0.8
    churn: float | None = None
    aa: float | None = None
    size: float | None = None
    icc: float | None = None
    votes: tuple[int, ...] = ()
    pairs: int | None = None


def tell_plan(wanted: Wanted, seen: Observed) -> tuple[str, ...]:
    """The plan in sentences. UsageError for what cannot be meant."""
    churn = _first(wanted.churn, seen.churn, CHURN)
    size, icc = _first(wanted.size, seen.size, 1.0), _first(wanted.icc, seen.icc, 1.0)
    plan = plan_pairs(wanted.margin, power=wanted.power, churn=churn)
    effect = design_effect(size, icc)
    clusters = explain_clusters(plan, size, icc)
    told = [*seen.told, *plan.explain(grouped=bool(clusters)), *clusters]
    if wanted.pairs is not None:
        reach = plan_reach(wanted.pairs, power=wanted.power, churn=churn, effect=effect)
        told += reach.explain()
    aa = _first(wanted.aa, seen.aa, 0.0)
    if not (wanted.votes or seen.votes):
        return tuple(told)
    if not aa:
        told.append("How many votes pay, an A/A run says: `specharness aa SUITE`, or --aa-churn.")
        return tuple(told)
    if aa > churn:
        told.append(
            f"The judge alone turns {points(aa)} %, more than an edit did: votes are planned for "
            "edits that turn no more than that."
        )
    noise = Noise(aa=aa, edit=max(aa, churn), votes=_odd(seen.votes))
    plans = plan_votes(
        wanted.margin, noise, power=wanted.power, votes=wanted.votes or VOTES, effect=effect
    )
    return (*told, *explain_votes(plans))


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def _odd(votes: int) -> int:
    """The odd number of votes next to it: an even number decides no better, it only ties."""
    return max(1, votes - (votes % 2 == 0))
