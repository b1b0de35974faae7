"""Where the marks of an interval bar stand: one scale for all suites, so that bars compare."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from specharness.runfile import Gate, Slice, SuiteRun

WIDTH = 240.0
MAP = 320.0  # of a rule's line in the coverage map; its height is 24
_LEAST = 0.1  # a scale never narrower than 10 points: noise should not look like an event


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Horizontal positions on a drawing `WIDTH` wide; `zero` is its middle."""

    zero: float
    margin: float
    low: float
    high: float
    point: float


def gates(suites: Iterable[SuiteRun]) -> list[Gate]:
    """Every comparison of these suites that is drawn: with the base, and with the anchor."""
    found = [(suite.gate, suite.against_base, suite.anchor) for suite in suites]
    return [gate for three in found for gate in three if gate is not None]


def scale(gates: Iterable[Gate]) -> float:
    """The share that the drawing's edges stand for: every interval and margin fits in."""
    reach = [_LEAST]
    for gate in gates:
        reach += [abs(end) for end in gate.interval or ()]
        reach += [abs(gate.difference or 0.0), 1.5 * gate.margin]
    return min(1.0, max(reach) * 1.08)


def place(gate: Gate, reach: float) -> Bar | None:
    """The bar of one gate on a drawing that ends at +-`reach`; None when nothing was measured."""
    if gate.difference is None:
        return None
    interval = gate.interval or (gate.difference, gate.difference)
    return _bar(gate.difference, interval, gate.margin, reach)


def place_slices(slices: Sequence[Slice]) -> list[Bar]:
    """A bar for each slice, on one scale of their own: small slices have wide intervals."""
    tested = [part for part in slices if part.p is not None] or slices
    ends = [abs(end) for part in tested for end in (*part.interval, part.difference)]
    reach = min(1.0, max([_LEAST, *ends]) * 1.08)
    return [_bar(part.difference, part.interval, 0.0, reach) for part in slices]


def _bar(difference: float, interval: tuple[float, float], margin: float, reach: float) -> Bar:
    low, high = interval
    shares = {"zero": 0.0, "margin": -margin, "low": low, "high": high, "point": difference}
    return Bar(**{name: _position(share, reach) for name, share in shares.items()})


def _position(share: float, reach: float) -> float:
    inside = max(-reach, min(reach, share))
    return round(WIDTH / 2 * (1 + inside / reach), 1)
