"""What a judge said, order by order: a favourite place shows here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from specharness.gate.verdicts import share_of
from specharness.runjudge import Row, Share
from specharness.score.judge.judgement import Judgement
from specharness.score.margins import TIE


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often the judge said A, B or neither: where chosen was shown as A, and where as B.

    Both rows add up to the measured pairs. A judge that always says A has (n, 0, 0) twice.
    """

    chosen_first: Row
    chosen_second: Row


def confusion(measured: Sequence[Judgement]) -> Confusion:
    """Count the verdicts on measured pairs, order by order."""
    return Confusion(
        chosen_first=_row(j.first or 0.0 for j in measured),
        chosen_second=_row(1 - (j.second or 0.0) for j in measured),
    )


def _row(shares: Iterable[float]) -> Row:
    """How often A, B or neither, from probabilities of A."""
    sides = [side_of(share) for share in shares]
    return sides.count(1), sides.count(-1), sides.count(0)


def first_share(measured: Sequence[Judgement]) -> Share:
    """How often a verdict goes to what is shown first; no preference counts half."""
    shares = [s for j in measured for s in (j.first or 0.0, 1 - (j.second or 0.0))]
    return share_of([(side_of(share) + 1) / 2 for share in shares])


def side_of(preference: float | None) -> int:
    """1 above a half, -1 below it, 0 for a tie."""
    gap = (preference or 0.0) - 0.5
    return 0 if abs(gap) <= TIE else 1 if gap > 0 else -1
