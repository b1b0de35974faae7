"""What the gate finds beside its verdict, as data: a run file holds these, a report shows them.

Shares lie in [0, 1], differences in [-1, 1]; a number that could not be had is None.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of a suite's pairs: those with a `tag`, of a `rule`, of a `length` or with `sides` so.

    `difference` is (won - lost) / n and `interval` its two-sided 90 % interval; `p` is small when
    the slice lost more than chance explains, `p_holm` allows for all slices looked at (Holm). Both
    are None where the slice is too small to be tested.
    """

    kind: str
    name: str
    n: int
    clusters: int
    lost: int
    won: int
    difference: float
    interval: tuple[float, float]
    p: float | None
    p_holm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A pair that must hold, was lost, and was measured again under `votes` neutral variants.

    It was lost in `lost` of them; `needed` make the loss confirmed. `false_alarm` is how often a
    pair that is as likely won as lost comes out confirmed, if the votes are independent.
    """

    id: str
    votes: int
    lost: int
    needed: int
    confirmed: bool
    false_alarm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A pair that the gate leaves out, since its verdict turns when nothing but layout changes.

    `flips` of `runs` measurements of the base spec (`spec`, its digest) disagreed with the rest.
    It is back after `looks` further accepted verdicts (the ledger had `since` lines) or on the day
    `until` (ISO date; "": no day; 0 looks: no number of them).
    """

    id: str
    reason: str
    flips: int
    runs: int
    spec: str
    since: int = 0
    looks: int = 0
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """An A/A run: one spec measured `runs` times, under layouts that mean the same.

    `share` of the verdicts differ between two measurements (`low` to `high`, 95 %). `alarms` of the
    `runs` - 1 repeats would FAIL the gate against the first. Power of this gate by resampling these
    very measurements: it FAILs `false_alarm` of edits that change nothing and `caught` of those
    that cost `drop`, and passes `passed` of the former. `unstable` pairs change their verdict
    among the repeats.
    """

    n: int
    clusters: int
    runs: int
    share: float
    low: float
    high: float
    alarms: int
    drop: float
    false_alarm: float
    passed: float
    caught: float
    unstable: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the pairs measured so far, and what it said.

    By e-values `loss` and `not_worse` are the evidence as odds (20 = as rare as 1 in 20 by chance)
    and the bars what they have to reach; by planned looks they are p values that have to stay at or
    below their bars.
    """

    n: int
    lost: int
    won: int
    verdict: str
    loss: float
    loss_bar: float
    not_worse: float
    not_worse_bar: float
