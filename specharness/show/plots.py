"""Where the marks of the drawings stand, in the units of their view boxes."""

from dataclasses import dataclass
from math import log2

from specharness.show.facts import Histogram, Lengths

WIDTH, HEIGHT = 360.0, 150.0  # of a histogram, without the line of its labels
ROOM = 22.0  # below it, for the labels
BAR = 160.0  # the width of an interval bar, for 0 to 100 %
_EDGE = 14.0  # left and right, so that labels at the ends have room
_TOP = 22.0  # above the tallest, for what is written there
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthPlot:
    """Two outlines on one logarithmic axis of words, `chosen` and `rejected` as SVG paths."""

    chosen: str
    rejected: str
    chosen_median: float
    rejected_median: float
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a histogram; `side` is which response is longer there ("" about none)."""

    x: float
    y: float
    width: float
    height: float
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferencePlot:
    """Columns on a linear axis of chosen minus rejected words; `zero` is its middle."""

    columns: tuple[Column, ...]
    zero: float
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """An interval on a line `BAR` wide that stands for 0 to 100 %."""

    low: float
    high: float
    point: float


def plot_lengths(lengths: Lengths) -> LengthPlot:
    """The distributions of both responses' lengths: equal areas stand for equal counts."""
    edges = lengths.chosen_bins.edges
    first, last = log2(edges[0]), log2(edges[-1])
    peak = max(max(_densities(h)) for h in (lengths.chosen_bins, lengths.rejected_bins))

    def place(words: float) -> float:
        inside = min(max(words, edges[0]), edges[-1])
        return _across((log2(inside) - first) / (last - first))

    return LengthPlot(
        chosen=_outline(lengths.chosen_bins, peak),
        rejected=_outline(lengths.rejected_bins, peak),
        chosen_median=place(lengths.chosen.median),
        rejected_median=place(lengths.rejected.median),
        ticks=tuple(Tick(x=place(n), label=f"{n:,}") for n in length_ticks(edges[0], edges[-1])),
    )


def length_ticks(least: float, most: float) -> list[int]:
    """At most six round numbers from `least` to `most`: 1, 2, 5, 10, ... or fewer of a decade.

    >>> length_ticks(3, 400), length_ticks(101, 119)
    ([5, 10, 20, 50, 100, 200], [101, 119])
    """
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [s * 10**e for e in range(9) for s in steps if least <= s * 10**e <= most]
        if 2 <= len(found) <= _MOST_TICKS:
            return found
    return [round(least), round(most)]


def _densities(histogram: Histogram) -> list[float]:
    """Counts over the widths that the bins have on the logarithmic axis."""
    edges = histogram.edges
    return [count / log2(edges[i + 1] / edges[i]) for i, count in enumerate(histogram.counts)]


def _outline(histogram: Histogram, peak: float) -> str:
    """The steps of a histogram as an SVG path, closed along the axis."""
    edges = [log2(edge) for edge in histogram.edges]
    span = edges[-1] - edges[0]
    path = f"M{_across(0)} {HEIGHT:g}"
    for index, density in enumerate(_densities(histogram)):
        path += f"V{_up(density / peak)}H{_across((edges[index + 1] - edges[0]) / span)}"
    return f"{path}V{HEIGHT:g}Z"


def plot_differences(lengths: Lengths) -> DifferencePlot:
    """How much longer the chosen responses are than the rejected ones, in words."""
    found = lengths.difference
    middle, peak = len(found.counts) // 2, max(found.counts)
    step = (WIDTH - 2 * _EDGE) / len(found.counts)
    columns = [
        Column(
            x=round(_EDGE + i * step + 0.5, 1),
            y=_up(count / peak),
            width=round(step - 1, 1),
            height=round(HEIGHT - _up(count / peak), 1),
            side="" if i == middle else "chosen" if i > middle else "rejected",
        )
        for i, count in enumerate(found.counts)
    ]
    bin_width = found.edges[1] - found.edges[0]
    ticks = [
        (i, (i - middle) * bin_width) for i in (0, middle // 2, middle, middle + 5, 2 * middle)
    ]
    return DifferencePlot(
        columns=tuple(columns),
        zero=WIDTH / 2,
        ticks=tuple(
            Tick(x=round(_EDGE + (i + 0.5) * step, 1), label=_signed(value)) for i, value in ticks
        ),
    )


def _signed(value: float) -> str:
    """A difference with its sign, a true minus as wide as the plus."""
    return f"{value:+,.0f}".replace("-", "−") if value else "0"


def place_interval(point: float, low: float, high: float) -> Bar:
    """An interval of shares (0..1) on its bar."""
    return Bar(low=round(BAR * low, 1), high=round(BAR * high, 1), point=round(BAR * point, 1))


def _across(share: float) -> float:
    return round(_EDGE + share * (WIDTH - 2 * _EDGE), 1)


def _up(share: float) -> float:
    return round(HEIGHT - share * (HEIGHT - _TOP), 1)
