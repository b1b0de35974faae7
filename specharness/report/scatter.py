"""Every pair as a point, base against head: what crossed a zero line was lost or won."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from specharness.report import words
from specharness.runfile import ArmScore, Case, SuiteRun

SIZE = 300.0  # of the square the points stand in
MOST_POINTS = 2_000  # so that 10,000 pairs stay a small file; thinned evenly, flips last
_MOST_FLIPS = 500  # of a kind
_WITHIN = 0.99  # of the margins set the scale: one far point should not squeeze the rest
_LEAST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A pair that was lost or won."""

    x: float
    y: float
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """Points of a drawing `SIZE` wide and high; its middle is where neither response is preferred.

    `others` is an SVG path with a dot for each pair that did not flip, `shown` of `total` measured
    pairs are drawn, `outside` of them at the edge as they are further out. `ends` is what left
    (bottom) and right (top) stand for: margins in nats, or preferences where a judge decided.
    """

    others: str
    lost: tuple[Mark, ...]
    won: tuple[Mark, ...]
    shown: int
    total: int
    outside: int
    judged: bool
    ends: tuple[float, float]


def plot_margins(suite: SuiteRun) -> Scatter | None:
    """The drawing of a suite; None where no pair has a place of its own under both specs.

    Replies that were compared have none: they say which spec's is better, not how good each is.
    """
    cases = [case for case in suite.cases if case.head is not None and case.base is not None]
    judged = any(words.is_judged(case) for case in cases)
    if not cases or any(judged and case.base and case.base.orders is None for case in cases):
        return None
    of = _preference if judged else _margin
    reach = 0.5 if judged else _reach(of(arm) for case in cases for arm in _arms(case))
    lost, won = (
        _thinned([case for case in cases if case.outcome == outcome], _MOST_FLIPS)
        for outcome in words.FLIPPED
    )
    rest = [case for case in cases if case.outcome not in words.FLIPPED]
    drawn = _thinned(sorted(rest, key=_order), MOST_POINTS - len(lost) - len(won))
    shown = [*lost, *won, *drawn]
    return Scatter(
        others="".join("M{:g} {:g}h0".format(*_place(case, of, reach)) for case in drawn),
        lost=_marks(lost, of, reach),
        won=_marks(won, of, reach),
        shown=len(shown),
        total=len(cases),
        outside=sum(max(abs(of(arm)) for arm in _arms(case)) > reach for case in shown),
        judged=judged,
        ends=(0.0, 1.0) if judged else (-reach, reach),
    )


def _margin(score: ArmScore) -> float:
    return score.margin


def _preference(score: ArmScore) -> float:
    return score.preference - 0.5


def _arms(case: Case) -> tuple[ArmScore, ArmScore]:
    assert case.base is not None and case.head is not None
    return case.base, case.head


def _reach(values: Iterable[float]) -> float:
    sizes = sorted(map(abs, values))
    return max(_LEAST, 1.05 * sizes[int(_WITHIN * (len(sizes) - 1))])


def _order(case: Case) -> tuple[float, str]:
    return _arms(case)[0].margin, case.id


def _thinned(cases: Sequence[Case], most: int) -> list[Case]:
    """At most so many of the cases, evenly from first to last."""
    step = max(1.0, len(cases) / most)
    return [cases[int(i * step)] for i in range(min(len(cases), most))]


def _place(case: Case, of: Callable[[ArmScore], float], reach: float) -> tuple[float, float]:
    x, y = (max(-1.0, min(1.0, of(arm) / reach)) for arm in _arms(case))
    return round(SIZE / 2 * (1 + x), 1), round(SIZE / 2 * (1 - y), 1)


def _marks(
    cases: Sequence[Case], of: Callable[[ArmScore], float], reach: float
) -> tuple[Mark, ...]:
    places = [_place(case, of, reach) for case in cases]
    return tuple(Mark(x=x, y=y, case=c) for (x, y), c in zip(places, cases, strict=True))
