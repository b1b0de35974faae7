"""A plan in words: what is asked for, what the project's own runs say, and what it takes."""

from dataclasses import dataclass, replace

from specharness.gate.decision import points
from specharness.gate.observed import Observed
from specharness.gate.planning import plan_pairs, plan_reach
from specharness.gate.votes import (
    VOTES,
    Noise,
    design_effect,
    explain_clusters,
    explain_votes,
    most_turned,
    plan_votes,
)
from specharness.settings import GateSettings

_DEFAULTS = GateSettings()
CHURN = 0.1  # where nobody measured it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a user asks of a plan; None is what the project's own runs may say instead.

    `margin`, `churn` and `aa` are shares, `size` is that of groups and `icc` the correlation of
    flips in them (1 where it is not known). `votes` are the numbers of votes a pair to plan for,
    `pairs` is how many pairs there are. `gate` has the margin and the levels that are not asked
    for; they are the suite's `own` where there is one.
    """

    margin: float | None = None
    power: float = 0.8
    churn: float | None = None
    aa: float | None = None
    size: float | None = None
    icc: float | None = None
    votes: tuple[int, ...] = ()
    pairs: int | None = None
    alpha_fail: float | None = None
    alpha_pass: float | None = None
    gate: GateSettings = _DEFAULTS
    own: bool = False

    @property
    def meant(self) -> GateSettings:
        """The margin and the levels to plan for."""
        return replace(
            self.gate,
            margin=_first(self.margin, self.gate.margin),
            alpha_fail=_first(self.alpha_fail, self.gate.alpha_fail),
            alpha_pass=_first(self.alpha_pass, self.gate.alpha_pass),
        )


def tell_plan(wanted: Wanted, seen: Observed) -> tuple[str, ...]:
    """The plan in sentences. UsageError for what cannot be meant."""
    churn = _first(wanted.churn, seen.churn, CHURN)
    size, icc = _first(wanted.size, seen.size, 1.0), _first(wanted.icc, seen.icc, 1.0)
    gate = wanted.meant
    levels = {"alpha_fail": gate.alpha_fail, "alpha_pass": gate.alpha_pass}
    plan = plan_pairs(gate.margin, power=wanted.power, churn=churn, **levels)
    effect = design_effect(size, icc)
    clusters = explain_clusters(plan, size, icc)
    assumed = wanted.churn is None and seen.churn is None
    told = [*seen.told, *_of_the_suite(wanted)]
    told += [*plan.explain(grouped=bool(clusters), assumed=assumed), *clusters]
    if wanted.pairs is not None:
        reach = plan_reach(wanted.pairs, power=wanted.power, churn=churn, effect=effect, **levels)
        told += reach.explain()
    return (*told, *_of_votes(wanted, seen, churn, effect))


def _of_the_suite(wanted: Wanted) -> list[str]:
    """Whose margin and levels these are, where a suite has its own."""
    own = wanted.gate
    its = (
        f"a margin of {points(own.margin)} points, alpha_fail {own.alpha_fail:g}, alpha_pass "
        f"{own.alpha_pass:g}."
    )
    if not wanted.own:
        return []
    if wanted.meant == own:
        return [f"Planned for the suite's own [gate]: {its}"]
    return [f"Planned for what is asked; the suite's own [gate] has {its}"]


def _of_votes(wanted: Wanted, seen: Observed, churn: float, effect: float) -> tuple[str, ...]:
    """How many votes a pair pay, where anybody votes."""
    aa = _first(wanted.aa, seen.aa, 0.0)
    if not (wanted.votes or seen.votes):
        return ()
    if not aa:
        return ("How many votes pay, an A/A run says: `specharness aa SUITE`, or --aa-churn.",)
    told = []
    if aa > churn:
        told.append(
            f"The judge alone turns {points(aa)} %, more than an edit did: votes are planned for "
            "edits that turn no more than that."
        )
    noise = Noise(aa=aa, edit=max(aa, churn), votes=_odd(seen.votes))
    most = most_turned(noise)
    if wanted.churn is None and noise.edit > most:  # what a run says is no mistake of the user's
        return (
            *told,
            f"The last edit turned {points(churn)} % of the pairs, more than one that has nothing "
            f"to do with the spec before ({points(most)} %): give --churn to plan votes.",
        )
    gate = wanted.meant
    plans = plan_votes(
        gate.margin, noise, power=wanted.power, votes=wanted.votes or VOTES, effect=effect,
        settings=gate,
    )  # fmt: skip
    return (*told, *explain_votes(plans))


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def _odd(votes: int) -> int:
    """The odd number of votes next to it: an even number decides no better, it only ties."""
    return max(1, votes - (votes % 2 == 0))
