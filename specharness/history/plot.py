"""Where things stand in the drawing of a timeline."""

from dataclasses import dataclass

from specharness.history.timeline import Point, Timeline

HEIGHT = 200.0
LEFT, RIGHT, TOP, ROOM = 44.0, 16.0, 12.0, 26.0
_STEP, _LEAST = 34.0, 640.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A version in the drawing; `kind` is its verdict in small letters ("first" where none).

    `accepted` says that the ledger has a line for its spec.
    """

    x: float
    y: float
    low: float
    high: float
    kind: str
    told: str
    number: int
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Marks from left to right, the line through them, and lines at round shares."""

    width: float
    marks: tuple[Mark, ...]
    line: str
    levels: tuple[tuple[float, str], ...]
    left: float = LEFT
    bottom: float = TOP + HEIGHT + ROOM


def plot_timeline(found: Timeline) -> Drawing:
    """The share of pairs moved towards chosen, version by version."""
    width = max(_LEAST, LEFT + RIGHT + _STEP * len(found.points))
    step = (width - LEFT - RIGHT) / max(1, len(found.points))
    marks = [
        _mark(point, number, LEFT + (number - 0.5) * step)
        for number, point in enumerate(found.points, 1)
        if point.preferred is not None
    ]
    return Drawing(
        width=round(width, 1),
        marks=tuple(marks),
        line=" ".join(f"{mark.x:g},{mark.y:g}" for mark in marks),
        levels=tuple((_up(share), f"{100 * share:.0f} %") for share in (0, 0.25, 0.5, 0.75, 1)),
    )


def _mark(point: Point, number: int, x: float) -> Mark:
    share = point.preferred
    assert share is not None
    rate = share.count / max(1, share.n)
    told = f"{number}. {point.label}: {100 * rate:.0f} % ({100 * share.low:.0f} to "
    return Mark(
        x=round(x, 1),
        y=_up(rate),
        low=_up(share.low),
        high=_up(share.high),
        kind=(point.verdict or "first").lower(),
        told=f"{told}{100 * share.high:.0f} %), {point.verdict or 'first'}",
        number=number,
        accepted=bool(point.accepted),
    )


def _up(share: float) -> float:
    return round(TOP + (1 - share) * HEIGHT, 1)
