"""A comparison of arms in words and tables: what was measured, and how far it goes."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from tabulate import tabulate

from specharness.compare.comparison import ArmResult, Comparison, Contrast
from specharness.gate.decision import count, points, signed
from specharness.runfile import Share
from specharness.visible import excerpt, one_line, visible

ARM_TITLES = (
    "arm", "towards chosen", "95 %", "preference", "words", "tokens", "written", "seconds",
)  # fmt: skip
CONTRAST_TITLES = ("arm > arm", "ahead", "95 %", "expected", "won / lost", "difference", "95 %")
FEW = 100  # pairs; the share's interval is then some 20 points wide
_ARM_COLUMNS = ((0, 1, 2, 3, 4, 5, 6, 7), (0, 1, 2, 4, 5), (0, 1, 2, 4), (0, 1, 2), (0, 1))
_CONTRAST_COLUMNS = ((0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 4), (0, 1, 2, 3), (0, 1, 3), (0, 1))
_LEAST_WIDTH = 24
_LISTED = 3  # pairs without a score
Row = list[str]


def render_terminal(found: Comparison, width: int = 100) -> str:
    """The comparison in at most `width` columns (24 at least), without a final newline."""
    width = max(width, _LEAST_WIDTH)
    arms = [arm_row(arm) for arm in found.arms]
    contrasts = [contrast_row(contrast) for contrast in found.contrasts]
    parts = [
        _filled(headline(found), width),
        _table(ARM_TITLES, arms, _ARM_COLUMNS, width),
        _table(CONTRAST_TITLES, contrasts, _CONTRAST_COLUMNS, width),
        [line for note in notes(found) for line in _filled(note, width, "  ")],
        [line for text in caveats(found) for line in _filled(text, width, "- ")],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def headline(found: Comparison) -> str:
    """What was compared, on what, by whom."""
    pairs = count(len(found.pairs), "gate pair")
    groups = f" in {count(found.groups, 'group')}" if found.groups < len(found.pairs) else ""
    return f"{found.suite}: {count(len(found.arms), 'arm')} on {pairs}{groups}, by {found.model}"


def arm_row(arm: ArmResult) -> Row:
    """An arm's figures; the condition that margins are measured from has no share of its own."""
    share = ["reference", ""] if arm.is_reference else [rate(arm.moved), span(arm.moved)]
    return [arm.name, *share, f"{arm.preference:.3f}", f"{arm.cost.words:,}", *costs(arm)]


def costs(arm: ArmResult) -> Row:
    """Tokens, those generated of them, and seconds; what the store answered cost nothing now."""
    cost = arm.cost
    if not cost.calls:
        return ["stored", "stored", "stored"]
    part = "+" if cost.reused else ""  # some more requests were stored
    tokens = "not counted" if cost.tokens is None else f"{cost.tokens:,}{part}"
    return [tokens, f"{cost.written:,}{part}", f"{cost.seconds:,.1f}{part}"]


def contrast_row(contrast: Contrast) -> Row:
    """An arm against another."""
    low, high = contrast.interval
    return [
        f"{contrast.arm} > {contrast.against}",
        rate(contrast.ahead),
        span(contrast.ahead),
        f"{100 * contrast.implied:.0f} %",
        f"{contrast.won} / {contrast.lost}",
        signed(contrast.difference),
        f"{signed(low)} to {signed(high)}",
    ]


def rate(share: Share) -> str:
    """Percent of how many.

    >>> rate(Share(count=2.5, n=4, low=0, high=1))
    '62 % (2.5/4)'
    """
    return f"{100 * share.count / max(1, share.n):.0f} % ({share.count:g}/{share.n})"


def span(share: Share) -> str:
    """An interval of shares in percent."""
    return f"{100 * share.low:.0f} to {100 * share.high:.0f}"


def notes(found: Comparison) -> Iterator[str]:
    """What the fit steps did, which arms were left out, and which pairs have no score."""
    for arm in found.arms:
        if arm.note:
            yield f"{arm.name}: {one_line(arm.note)}"
    for name, why in found.left_out:
        yield f"left out {name}: {one_line(why)}"
    shown = found.unscored[:_LISTED]
    for one in shown:
        what = f"{excerpt(one.pair, 40)} under {one.arm}: {excerpt(one.reason, 200)}"
        yield f"not scored: {what}"
    if more := len(found.unscored) - len(shown):
        yield f"not scored: {more} more"


def caveats(found: Comparison) -> Iterator[str]:
    """How the figures are to be read, and how far they go."""
    n = len(found.pairs)
    yield (
        "Towards chosen: the share of pairs that an arm moves the model further towards the chosen "
        "response than no system text does (arm > empty; a tie counts half). All arms are read on "
        f"the same {count(n, 'pair')}, with one model and one temperature ({found.temperature:.4g} "
        "nats, which depends on the arms named)."
    )
    if found.unscored:
        yield (
            f"{count(len(found.unscored), 'pair')} of {found.held_out} could not be measured under "
            "every arm, and count for none."
        )
    if found.contrasts:
        yield from _contrasted(found)
    yield _fitted(found)
    if n < FEW:
        widest = max(arm.moved.high - arm.moved.low for arm in found.arms)
        yield f"Few pairs: an interval of a share is up to {points(widest)} points wide."
    yield _paid(found)


def _contrasted(found: Comparison) -> Iterator[str]:
    yield (
        "A > B: the share of pairs that A moves further towards chosen than B, measured on its "
        "own; 'expected' is what A > empty and B > empty make of it (Bradley and Terry). The three "
        "need not agree: two arms that beat no text equally may differ much from one another. Won, "
        "lost and the difference (points) count pairs whose preferred response flips from B to A "
        "(under no text: from neither)."
    )
    if len(found.contrasts) > 1:
        yield (
            f"{len(found.contrasts)} comparisons: of 20 intervals of 95 %, one misses by chance; "
            "the best of several arms looks better than it is."
        )


def _paid(found: Comparison) -> str:
    changing = [f"{a.name} changes {a.cost.parameters:,}" for a in found.arms if a.cost.parameters]
    return (
        "Tokens (read and written) and seconds are what this run paid for; what the store or "
        "recordings had cost nothing now ('stored'; '+': so did some). Words go with every "
        "request. Parameters of the "
        f"model: {', '.join(changing) or 'no arm changes any'}."
    )


def _fitted(found: Comparison) -> str:
    told = (
        f"Arms with a fit step saw {count(found.fitted_on, 'pair')} of {found.fitted_from} and no "
        "gate pair."
        if found.fitted_on
        else "No arm was fitted on pairs."
    )
    return (
        f"{told} Whether the author of a hand-written text knew the gate pairs is not known here."
    )


def _table(
    titles: Sequence[str], rows: list[Row], choices: Sequence[Sequence[int]], width: int
) -> list[str]:
    """The widest choice of columns that fits."""
    if not rows:
        return []
    lines: list[str] = []
    for columns in choices:
        table: str = tabulate(
            [[row[i] for i in columns] for row in rows],
            headers=[titles[i] for i in columns],
            colalign=["left" if i == 0 else "right" for i in columns],
            disable_numparse=True,
            tablefmt="plain",
        )
        lines = table.splitlines()
        if max(map(len, lines)) <= width:
            return lines
    return [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines]


def _filled(text: str, width: int, first: str = "") -> list[str]:
    rest = " " * len(first)
    return wrap(visible(text), width, initial_indent=first, subsequent_indent=rest)
