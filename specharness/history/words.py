"""Bisections and timelines in words, with a small plot that any terminal can draw."""

from collections.abc import Iterator
from textwrap import wrap

from tabulate import tabulate

from specharness.gate.decision import count, signed
from specharness.history.bisecting import Bisection, Step
from specharness.history.timeline import Point, Timeline
from specharness.readings import other_scorer, tell_held
from specharness.runfile import Share
from specharness.specdiff import Kind
from specharness.visible import excerpt, one_line, visible

_EDITS: dict[Kind, str] = {
    "added": "added",
    "removed": "removed",
    "changed": "reworded",
    "moved": "moved",
}
_LEAST_WIDTH = 24
_PLOT = 21  # columns for 0 to 100 %
_LABEL = 44
_SCALE = "0       50      100 %"
_TITLES = ("version", "date", "towards chosen", _SCALE, "change", "95 %", "verdict", "ledger")
_NARROWER = ((0, 1, 2, 3, 4, 5, 6, 7), (0, 2, 3, 4, 6, 7), (0, 2, 4, 6), (0, 2, 6), (0, 6))


def tell_step(step: Step) -> str:
    """One line for a commit that was tried."""
    label = excerpt(step.label, _LABEL)
    if step.state == "skipped" or step.effect is None:
        return f"skipped {label}: {one_line(step.problem)}"
    low, high = signed(step.effect.low), signed(step.effect.high)
    change = f"{signed(step.effect.mean)} points ({low} to {high})"
    return f"{step.state:7} {label}: {step.verdict}, {change}, {count(len(step.lost), 'pair')} lost"


def tell_bisection(found: Bisection, width: int = 100) -> str:
    """What a bisection found, without a final newline."""
    lines = [line for text in _bisected(found) for line in _filled(text, max(width, _LEAST_WIDTH))]
    return "\n".join(lines)


def _bisected(found: Bisection) -> Iterator[str]:
    lost = f"to lose pair {one_line(found.pair)!r}" if found.pair else "with a loss"
    tried = f"{len(found.steps)} of {count(found.versions - 1, 'later version')} of the spec tried"
    if found.versions == 1:
        yield f"The spec is the same at both: no commit after {one_line(found.good)} changed it."
        return
    if found.first is None:
        last = found.steps[0]
        if last.state == "skipped":
            yield f"{one_line(last.label)} cannot be measured: {one_line(last.problem)}"
            return
        shown = f"no loss is shown ({last.verdict})"
        if found.pair:
            shown = f"pair {one_line(found.pair)!r} is not lost"
        yield f"At {one_line(last.label)} {shown} against {one_line(found.good)}."
        if not found.pair:
            yield from last.told
            yield from _by(found)
        return
    yield f"The first {lost} is {one_line(found.first.label)} ({tried})."
    for label in found.before:
        yield f"or one that could not be measured: {one_line(label)}"
    for kind, rule, before, after in found.edits:
        texts = dict.fromkeys(excerpt(text, 60) for text in (before, after) if text)
        yield f"{_EDITS[kind]} {one_line(rule)}: {' -> '.join(texts)}"
    if not found.pair:
        yield f"lost: {', '.join(excerpt(pair, 30) for pair in found.first.lost[:10])}"
        yield from found.first.told
        yield from _by(found)


def _by(found: Bisection | Timeline) -> Iterator[str]:
    """What verdicts are by, where that is not what decides in a run, and which pairs they spare."""
    if found.scorer != "logprob":
        yield other_scorer(found.scorer)
    if found.held:
        yield tell_held(found.held)


def render_timeline(found: Timeline, width: int = 100) -> str:
    """The timeline in at most `width` columns (24 at least), without a final newline."""
    width = max(width, _LEAST_WIDTH)
    ours = found.measured
    versions, pairs = count(len(found.points), "version"), count(len(ours.pairs), "gate pair")
    told = [_filled(f"{ours.suite}: {versions} of the spec on {pairs}, by {ours.model}", width)]
    told.append(_table(found, width))
    told.append([line for text in caveats(found) for line in _filled(f"- {text}", width)])
    return "\n\n".join("\n".join(lines) for lines in told)


def point_row(point: Point, label_width: int = _LABEL) -> list[str]:
    """A version's figures."""
    label = excerpt(point.label, label_width)
    if point.preferred is None:
        return [label, point.date, "", "", "", "", "unreadable", ""]
    change, span = "", ""
    if point.change is not None:
        change = signed(point.change.mean)
        span = f"{signed(point.change.low)} to {signed(point.change.high)}"
    verdict = point.verdict or "first"
    towards = rate(point.preferred)
    return [
        label,
        point.date,
        towards,
        draw(point.preferred),
        change,
        span,
        verdict,
        _ledger(point),
    ]


def rate(share: Share) -> str:
    """Percent of how many."""
    return f"{100 * share.count / max(1, share.n):.0f} % ({share.count:g}/{share.n})"


def draw(share: Share) -> str:
    """An interval of a share on a line of 21 characters from 0 to 100 %.

    >>> draw(Share(count=3, n=4, low=0.5, high=1.0))
    '          -----o-----'
    """
    place = [round(x * (_PLOT - 1)) for x in (share.low, share.high)]
    point = round(share.count / max(1, share.n) * (_PLOT - 1))
    line = ["-" if place[0] <= i <= place[1] else " " for i in range(_PLOT)]
    line[point] = "o"
    return "".join(line)


def _ledger(point: Point) -> str:
    return ", ".join(
        f"{entry.number}: {entry.verdict}{' (anyway)' if entry.anyway else ''}"
        for entry in point.accepted
    )


def caveats(found: Timeline) -> Iterator[str]:
    """How the figures are to be read."""
    ours = found.measured
    reference = {"empty": "no system text", "base": "no system text"}.get(ours.reference)
    yield (
        "Towards chosen: pairs that the spec moves the model towards the chosen response on, from "
        f"{reference or 'the reference (' + ours.reference + ')'}; the line is its 95 % interval."
    )
    yield (
        "Change (points of preference) and verdict are against the version before, on today's gate "
        "pairs and settings, whatever judged it then. Ledger: verdicts accepted for that very spec."
    )
    yield from _by(found)
    for point in found.points:
        if point.problem:
            yield f"Unreadable: {one_line(point.label)}: {one_line(point.problem)}."
    if len(ours.pairs) < ours.held_out:
        yield f"Only {len(ours.pairs)} of {count(ours.held_out, 'gate pair')} were read."
    yield f"The model {ours.sensitivity}."


def _table(found: Timeline, width: int) -> list[str]:
    """The widest choice of columns that fits; labels give way first."""
    lines: list[str] = []
    for columns in _NARROWER:
        for label in (_LABEL, 24, 12):
            rows = [point_row(point, label) for point in found.points]
            lines = tabulate(
                [[row[i] for i in columns] for row in rows],
                headers=[_TITLES[i] for i in columns],
                colalign=["right" if i in (2, 4, 5) else "left" for i in columns],
                disable_numparse=True,
                tablefmt="plain",
                preserve_whitespace=True,
            ).splitlines()
            if max(map(len, lines)) <= width:
                return lines
    return [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines]


def _filled(text: str, width: int) -> list[str]:
    return wrap(visible(text), width, subsequent_indent="  ")
