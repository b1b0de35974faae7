"""Blame in words: the sentences, and a table of the edits."""

from textwrap import wrap

from tabulate import tabulate

from specharness.blame.record import Blame
from specharness.gate.decision import count, points, signed
from specharness.visible import excerpt, one_line, visible

_TITLES = ("edit", "rule", "line", "reverting it", "95 %", "lost pairs back", "now")
_NARROWER = ((0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 4, 5), (0, 1, 3, 4), (0, 1, 3))
_LEAST_WIDTH = 24


def render_terminal(found: Blame, width: int = 100) -> str:
    """The blame in at most `width` columns (24 at least), without a final newline."""
    width = max(width, _LEAST_WIDTH)
    parts = [_filled(headline(found), width)]
    parts.append([line for told in found.told for line in _filled(told, width)])
    parts.append([line for told in found.sentences for line in _filled(told, width)])
    if len(found.edits) > 1:
        parts.append(_table(found, width))
        parts.append(_filled(_CAVEAT, width))
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


_CAVEAT = (
    "Each edit is reverted alone, the others stay. What two edits do only together is no one's, so "
    "the figures need not add up. Shown: Holm-adjusted one-sided p up to 5 %."
)


def headline(found: Blame) -> str:
    """What the whole edit did."""
    ours = found.measured
    verb = "rose" if found.drop < 0 else "fell"
    return (
        f"{ours.suite}: {found.verdict} against {found.base_label}; preference {verb} by "
        f"{points(abs(found.drop))} points on {count(len(ours.pairs), 'gate pair')}, "
        f"{count(len(found.lost), 'pair')} lost, {count(len(found.edits), 'edit')}"
    )


def _table(found: Blame, width: int) -> list[str]:
    rows = [
        [
            f"{edit.kind}{' *' if edit.carries else ''}",
            one_line(edit.rule),
            str(edit.line or ""),
            signed(edit.back.mean),
            f"{signed(edit.back.low)} to {signed(edit.back.high)}",
            f"{edit.regained} of {len(found.lost)}",
            excerpt(edit.after, 40),
        ]
        for edit in found.edits
    ]
    lines: list[str] = []
    for columns in _NARROWER:
        lines = tabulate(
            [[row[i] for i in columns] for row in rows],
            headers=[_TITLES[i] for i in columns],
            colalign=["left" if i in (0, 1, 6) else "right" for i in columns],
            disable_numparse=True,
            tablefmt="plain",
        ).splitlines()
        if max(map(len, lines)) <= width:
            break
    return [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines]


def _filled(text: str, width: int) -> list[str]:
    return wrap(visible(text), width, subsequent_indent="  ")
