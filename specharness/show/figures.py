"""How numbers are written: the same in the terminal and on the page."""

from specharness.runfile import Share
from specharness.show.facts import Lengths, Quantiles

MISSING = "–"
QUANTILES = ("5 %", "25 %", "median", "75 %", "95 %")


def quantiles(found: Quantiles, digits: int) -> list[str]:
    """The five percentiles, rounded: 0 digits for words, 1 for a ratio."""
    values = (found.low, found.lower, found.median, found.upper, found.high)
    return [f"{value:,.{digits}f}" for value in values]


def length_table(lengths: Lengths) -> list[list[str]]:
    """A row for each text and for their ratio: its name and the five percentiles."""
    return [
        ["prompt, all turns", *quantiles(lengths.prompt, 0)],
        ["chosen", *quantiles(lengths.chosen, 0)],
        ["rejected", *quantiles(lengths.rejected, 0)],
        ["chosen / rejected", *quantiles(lengths.ratio, 1)],
    ]


def percent(share: float) -> str:
    """A share in per cent: 0.613 is "61 %"."""
    return f"{100 * share:.0f} %"


def span(low: float, high: float) -> str:
    """An interval of shares in per cent: "52–69"."""
    return f"{100 * low:.0f}–{100 * high:.0f}"


def count_of(share: Share) -> str:
    """A count and its total: "1,060.5 of 2,000"."""
    count = f"{share.count:,.1f}".removesuffix(".0")
    return f"{count} of {share.n:,}"


def rate(share: Share) -> str:
    """A share with its interval: "61 % (52–69)"; a dash of nothing."""
    return f"{percent(share.count / share.n)} ({span(share.low, share.high)})" if share.n else "–"


def p_value(p: float) -> str:
    """A p-value: "0.094", "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 pair", "2,000 pairs"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
