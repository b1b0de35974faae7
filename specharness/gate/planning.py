"""How many pairs a suite needs: to pass an edit that does no harm, and to catch one that does."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, sqrt

from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate import stats
from specharness.gate.decision import SIZE_SHARE, count, points
from specharness.settings import GateSettings

MOST_PAIRS = 100_000
_MOST = 10_000_000  # of which it is said what they can do
_DEFAULTS = GateSettings()


_PROMPTS = (
    "Count prompts, not pairs, where several pairs share a prompt: they tend to move together, and "
    "then count as little more than one (--cluster-size)."
)


_ASSUMED = (
    " The share is assumed: count it in a run of yours (lost and won, of all pairs), and give it as"
    " --churn."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many pairs a gate needs (None: more than 100,000).

    `to_pass` let an edit that does no harm pass, `to_catch` let one that costs `margin` FAIL, each
    with probability `power`, where edits turn a share `churn` of the pairs round one way or the
    other; `minimum` is what any pass takes.
    """

    margin: float
    power: float
    churn: float
    minimum: int
    to_pass: int | None
    to_catch: int | None

    def explain(self, *, grouped: bool = False, assumed: bool = True) -> tuple[str, ...]:
        """Tell it to a person who never read statistics; groups are told of where they are not
        (`grouped`) told of beside it, and how to find the churn out where it is `assumed`."""
        often = _often(self.power)
        told = (
            _told(self.to_pass, f"for an edit that does no harm to pass {often}"),
            _told(self.to_catch, f"for an edit that costs {points(self.margin)} points to fail "
                  f"{often}"),
            f"With fewer than {count(self.minimum, 'pair')} nothing passes: even if none is lost, "
            f"that many are needed to exclude a drop of {points(self.margin)} points.",
            f"This is for edits that turn {points(self.churn)} % of the pairs round, as often for "
            "better as for worse when they do no harm: fewer flips need fewer pairs."
            + (_ASSUMED if assumed else ""),
        )  # fmt: skip
        return told if grouped else (*told, _PROMPTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What `pairs` can do with probability `power`: the smallest margin that an edit that does no
    harm passes (share; None: none below 1), and the smallest drop that shows."""

    pairs: int
    power: float
    passes: float | None
    shows: float

    def explain(self) -> tuple[str, ...]:
        """The same in sentences."""
        often, have = _often(self.power), count(self.pairs, "pair")
        passes = f"With {have}, no margin lets an edit that does no harm pass {often}."
        if self.passes is not None:
            passes = (
                f"With {have}, an edit that does no harm passes {often} where the margin is "
                f"{points(self.passes)} points or more."
            )
        if self.shows >= 1:
            return (passes, f"No drop is caught {often}: collect more pairs.")
        return (passes, f"A drop of {points(self.shows)} points or more is caught {often}.")


def plan_pairs(
    margin: float,
    *,
    power: float = 0.8,
    churn: float = 0.1,
    alpha_fail: float = _DEFAULTS.alpha_fail,
    alpha_pass: float = _DEFAULTS.alpha_pass,
) -> Plan:
    """How many independent pairs a gate with this margin (a share, 0.05 = 5 points) needs.

    For a pass: the mean of Tango's score at no difference, less what chance takes from it with
    probability 1 - `power`, reaches its critical value (the usual sample size for non-inferiority
    with paired data; Nam 1997, Biometrics 53:1422, with the score's own variance). For a FAIL: the
    fewest pairs with `stats.detectable_drop` at most `margin`. UsageError for shares out of range.

    >>> plan = plan_pairs(0.05, churn=0.1)
    >>> plan.minimum, plan.to_pass, plan.to_catch
    (59, 274, 267)
    """
    _check(margin, power, churn, (alpha_fail, alpha_pass))
    fails = _fewest(
        lambda n: stats.detectable_drop(n, churn, SIZE_SHARE * alpha_fail, power) <= margin
    )
    passes = _pairs_to_pass(margin, power, churn, alpha_pass)
    return Plan(
        margin=margin,
        power=power,
        churn=churn,
        minimum=stats.minimum_pairs(margin, alpha_pass),
        to_pass=ceil(passes) if passes <= MOST_PAIRS else None,
        to_catch=fails,
    )


def plan_reach(  # noqa: PLR0913 - keywords only after the number
    pairs: int,
    *,
    power: float = 0.8,
    churn: float = 0.1,
    effect: float = 1.0,
    alpha_fail: float = _DEFAULTS.alpha_fail,
    alpha_pass: float = _DEFAULTS.alpha_pass,
) -> Reach:
    """What so many pairs can do, to a tenth of a point, if `effect` of them are worth an
    independent one; see `plan_pairs`."""
    _check(0.5, power, churn, (alpha_fail, alpha_pass))
    if not 1 <= pairs <= _MOST:
        raise UsageError("--pairs", f"{pairs} pairs", f"give a whole number from 1 to {_MOST:,}")
    margins = (step / 1000 for step in range(1, 1000))
    worth = pairs / effect
    enough = (m for m in margins if _pairs_to_pass(m, power, churn, alpha_pass) <= worth)
    shows = stats.detectable_drop(worth, churn, SIZE_SHARE * alpha_fail, power)
    return Reach(pairs=pairs, power=power, passes=next(enough, None), shows=shows)


def _pairs_to_pass(margin: float, power: float, churn: float, alpha: float) -> float:
    unit = 1e6  # the score grows with the square root of n at fixed rates: any n tells its spread
    flips = churn * unit / 2
    score = float(stats.tango_z(flips, flips, unit, margin)) / sqrt(unit)
    if score <= 0:
        return inf
    spread = margin / score  # of one pair's change, as the score has it under a drop of `margin`
    critical, chance = float(norm.isf(alpha)), float(norm.ppf(power))
    needed = ((critical * spread + chance * sqrt(churn)) / margin) ** 2
    return max(stats.minimum_pairs(margin, alpha), needed)


def _fewest(enough: Callable[[int], bool]) -> int | None:
    """The smallest number of pairs that is enough, more being enough, too."""
    low, high = 0, MOST_PAIRS
    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _check(margin: float, power: float, churn: float, alphas: tuple[float, float]) -> None:
    if not 0.001 <= margin < 1:
        remedy = "give it in points, between 0.1 and 99, such as 5"
        raise UsageError("--margin", f"{100 * margin:g} points", remedy)
    if not 0.5 <= power <= 0.999:
        raise UsageError("--power", f"{power:g}", "give a share between 0.5 and 0.999, such as 0.8")
    if not 0 <= churn <= 1:
        raise UsageError("--churn", f"{churn:g}", "give a share between 0 and 1, such as 0.1")
    for name, alpha in zip(("--alpha-fail", "--alpha-pass"), alphas, strict=True):
        if not 0 < alpha < 0.5:
            raise UsageError(name, f"{alpha:g}", "give a share between 0 and 0.5, such as 0.05")


def _told(pairs: int | None, what: str) -> str:
    if pairs is None:
        return f"More than {MOST_PAIRS:,} pairs are needed {what}."
    return f"About {count(pairs, 'pair')} {'is' if pairs == 1 else 'are'} needed {what}."


def _often(power: float) -> str:
    return "4 times in 5" if power == 0.8 else f"{100 * power:g} times in 100"
