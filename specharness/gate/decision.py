"""A gate's decision, and how it is told to a person who never read statistics."""

from dataclasses import dataclass

from specharness.runfile import GateVerdict

SIZE_SHARE, FLIP_SHARE = 0.8, 0.2  # how the two tests for a loss divide alpha_fail


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What `gates.decide` found. Differences, bounds and drops are shares: 0.05 = 5 points.

    `difference` is (won - lost) / n and `interval` its two-sided 1 - 2 `alpha_pass` interval;
    `effective` is how many independent pairs the `n` pairs in `clusters` are worth. `shift` is the
    mean change of preference, `p_value` its sign-flip p; `flip_p_value` is the mid-p of the flips
    (a cluster counts once). A drop of more than `excluded` (>= 0) is excluded. `needed` pairs would
    settle an unproven gate as `toward` if the rates seen go on (0: settled; None: no practical
    number would). `detectable` is the drop that this many pairs would show 4 times in 5.
    """

    verdict: GateVerdict
    n: int
    clusters: int
    effective: float
    lost: int
    won: int
    difference: float
    interval: tuple[float, float]
    shift: float
    p_value: float
    flip_p_value: float
    margin: float
    alpha_pass: float
    minimum: int
    excluded: float
    needed: int | None
    toward: GateVerdict
    detectable: float

    @property
    def loss_p(self) -> float:
        """The p value of both tests together: a FAIL has at most `alpha_fail` (Bonferroni)."""
        return min(1.0, self.p_value / SIZE_SHARE, self.flip_p_value / FLIP_SHARE)

    def explain(self) -> tuple[str, ...]:
        """Tell the verdict in plain sentences: what happened, how sure, what would settle it."""
        told = {"PASS": _passed, "FAIL": _failed}.get(self.verdict, _unproven)(self)
        return (_happened(self), *told, _power(self), *_clustered(self))


def points(share: float) -> str:
    """A share as percentage points with one decimal, without a minus before zero.

    >>> points(0.0512), points(-0.0001)
    ('5.1', '0.0')
    """
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text


def signed(share: float) -> str:
    """Like `points`, with the sign of a gain."""
    text = points(share)
    return text if text == "0.0" or text.startswith("-") else f"+{text}"


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "pair"), count(1200, "pair")
    ('1 pair', '1,200 pairs')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _happened(d: Decision) -> str:
    verb = "was" if d.lost == 1 else "were"
    low, high = (signed(x) for x in d.interval)
    level = f"{100 * (1 - 2 * d.alpha_pass):.3g} %"
    return (
        f"Of {count(d.n, 'pair')}, {d.lost:,} {verb} lost and {d.won:,} won: a difference of "
        f"{signed(d.difference)} points ({level} interval {low} to {high})."
    )


def _passed(d: Decision) -> tuple[str, ...]:
    if d.excluded == 0:
        return ("Any drop is excluded: the edit gained.",)
    return (
        f"Not worse: a drop of more than {points(d.excluded)} points is excluded, "
        f"and the margin allows {points(d.margin)}.",
    )


def _failed(d: Decision) -> tuple[str, ...]:
    rare = "less than 1 time in 1,000" if d.loss_p < 0.001 else f"{100 * d.loss_p:.1f} times in 100"
    fell = f"preference fell by {points(-d.shift)} points on average"
    what = fell if d.shift < 0 else "more pairs were lost than chance explains"
    return (f"A loss is shown: {what}; an edit that does no harm looks this bad {rare}.",)


def _unproven(d: Decision) -> tuple[str, ...]:
    return (
        "Neither a loss nor its absence is shown: a drop of up to "
        f"{points(d.excluded)} points is not excluded (the margin allows {points(d.margin)}).",
        *_fewest(d),
        _settles(d),
    )


def _fewest(d: Decision) -> tuple[str, ...]:
    if d.effective >= d.minimum:
        return ()
    pairs = "independent pair" if d.clusters < d.n else "pair"
    return (f"A pass needs at least {count(d.minimum, pairs)}, even when none is lost.",)


def _settles(d: Decision) -> str:
    if d.needed is None:
        return "At the rates seen here, no practical number of pairs would settle it."
    end = "showing a loss" if d.toward == "FAIL" else "showing that it is not worse"
    return f"At the rates seen here, about {count(d.needed, 'pair')} would settle it, {end}."


def _power(d: Decision) -> str:
    if d.detectable >= 1:
        return f"Power: {count(d.n, 'pair')} cannot show even the largest drop 4 times in 5."
    return (
        f"Power: with {count(d.n, 'pair')} and this many flips, a true drop of "
        f"{points(d.detectable)} points would be shown about 4 times in 5, smaller ones less often."
    )


def _clustered(d: Decision) -> tuple[str, ...]:
    if d.clusters == d.n:
        return ()
    worth = count(round(d.effective), "independent one")
    return (
        f"Pairs of one group tend to move together: {count(d.n, 'pair')} in "
        f"{count(d.clusters, 'group')} count as about {worth}.",
    )
