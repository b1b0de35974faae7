"""Where the marks of an interval bar stand: one scale for all suites, so that bars compare."""

from collections.abc import Iterable
from dataclasses import dataclass

from specharness.runfile import Gate

WIDTH = 240.0
_LEAST = 0.1  # a scale never narrower than 10 points: noise should not look like an event


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Horizontal positions on a drawing `WIDTH` wide; `zero` is its middle."""

    zero: float
    margin: float
    low: float
    high: float
    point: float


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
    low, high = gate.interval or (gate.difference, gate.difference)
    shares = {"zero": 0.0, "margin": -gate.margin, "low": low, "high": high}
    shares["point"] = gate.difference
    return Bar(**{name: _position(share, reach) for name, share in shares.items()})


def _position(share: float, reach: float) -> float:
    inside = max(-reach, min(reach, share))
    return round(WIDTH / 2 * (1 + inside / reach), 1)
