"""A run as plain text for a terminal: one table, then why what did not pass did not."""

from collections.abc import Sequence
from textwrap import wrap

from tabulate import tabulate

from specharness.report import words
from specharness.report.advice import advise
from specharness.runfile import Case, Gate, Run, SuiteRun
from specharness.visible import one_line, visible

MOST_LINES = 12
MOST_LOST = 5
_LEAST_WIDTH = 24
_COLUMNS = (
    ("verdict", "left"),
    ("suite", "left"),
    ("difference", "left"),
    ("lost", "right"),
    ("won", "right"),
    ("n", "right"),
    ("preferred (base)", "right"),
    ("model", "left"),
)
_NARROWER = (8, 7, 6, 3)  # so many columns; where the model's is not there, it is told below
_COLOURS = {"FAIL": "31", "UNVERIFIABLE": "35", "UNPROVEN": "33", "PASS": "32"}


def render_terminal(run: Run, width: int = 100, colour: bool = False) -> str:
    """The run in at most `width` columns, without a final newline; "" when no suite ran.

    A suite that did not pass gets at most `MOST_LINES` lines of explanation. Text of the suites is
    made visible, never interpreted; escape codes stand here only when `colour` is true.
    """
    width = max(width, _LEAST_WIDTH)
    suites = words.worst_first(run)
    told = [_block(suite, width, colour) for suite in suites if suite.gate.verdict != "PASS"]
    trusted = [line for suite in suites for line in _trusted(suite, width)]
    top = "\n".join([_table(suites, width, colour), *trusted])
    return "\n\n".join([top, *told]) if suites else ""


def _table(suites: Sequence[SuiteRun], width: int, colour: bool) -> str:
    """The widest table that fits; where none does, a few short lines for each suite."""
    level = words.shared_level(suites)
    rows = [_row(suite, level) for suite in suites]
    for kept in _NARROWER:
        if max(map(len, _tabulated(rows, level, kept).splitlines())) <= width:
            painted = [[_painted(row[0], colour), *row[1:]] for row in rows]
            below = [] if kept == len(_COLUMNS) else _models(suites, width)
            return "\n".join([_tabulated(painted, level, kept), *below])
    return "\n".join(_stacked(suite, width, colour) for suite in suites)


def _trusted(suite: SuiteRun, width: int) -> list[str]:
    """What a pass hides, who judged how steadily, what other scorers say: a line each."""
    name, judge = one_line(suite.name), suite.trust.judge
    told = [f"{name}: {one_line(words.judge_words(judge))}"] if judge else []
    told += [
        f"{name}, beside it: {d.scorer} {d.gate.verdict} ({_figures(d.gate)})"
        for d in suite.diagnostics
    ]
    if suite.gate.verdict == "PASS" and (where := words.slices_words(suite)):
        told.insert(0, _clipped(f"{name} lost in {one_line(where)}", width))
    return [line for text in told for line in _filled(text, width, "")]


def _figures(gate: Gate) -> str:
    if gate.difference is None:
        return words.unmeasured(gate)
    return f"{words.difference(gate)}, lost {gate.lost}, won {gate.won} of {gate.n}"


def _row(suite: SuiteRun, level: str) -> list[str]:
    gate = suite.gate
    preferred = f"{words.preferred(suite.preferred_head)} ({words.preferred(suite.preferred_base)})"
    counts = [str(gate.lost), str(gate.won), str(gate.n)]
    shown = [gate.verdict, one_line(suite.name), _difference(suite, own_level=not level)]
    return [*shown, *counts, preferred, one_line(suite.model)]


def _tabulated(rows: Sequence[Sequence[str]], level: str, kept: int) -> str:
    titles = [
        f"{name} [{level}]" if name == "difference" and level else name for name, _ in _COLUMNS
    ]
    return tabulate(  # type: ignore[no-any-return]
        [row[:kept] for row in rows],
        headers=titles[:kept],
        colalign=[aligned for _, aligned in _COLUMNS[:kept]],
        disable_numparse=True,
    )


def _models(suites: Sequence[SuiteRun], width: int) -> list[str]:
    """Which model read which suites, a line for each model."""
    found: dict[str, list[str]] = {}
    for suite in suites:
        found.setdefault(one_line(suite.model), []).append(one_line(suite.name))
    if len(found) == 1:
        return _filled(f"model: {next(iter(found))}", width, "")
    told = [f"model of {', '.join(names)}: {model}" for model, names in found.items()]
    return [line for text in told for line in _filled(text, width, "")]


def _stacked(suite: SuiteRun, width: int, colour: bool) -> str:
    gate = suite.gate
    name = _clipped(one_line(suite.name), width - len(gate.verdict) - 1)
    counted = f"lost {gate.lost}, won {gate.won} of {gate.n}"
    facts = [_difference(suite, own_level=True), counted, f"model: {one_line(suite.model)}"]
    told = [line for fact in facts for line in _filled(fact, width, "  ")]
    return "\n".join([f"{_painted(gate.verdict, colour)} {name}", *told])


def _block(suite: SuiteRun, width: int, colour: bool) -> str:
    gate = suite.gate
    name = _clipped(one_line(suite.name), width - len(gate.verdict) - 2)
    title = f"{_painted(gate.verdict, colour)}  {name}"
    told = [line for sentence in gate.sentences for line in _filled(sentence, width, "  ")]
    where = words.slices_words(suite)
    after = [_clipped(f"  where: {one_line(where)}", width)] if where else []
    after += [_clipped(f"  which edit: {one_line(told)}", width) for told in suite.blame[:1]]
    after += _filled(f"What to do: {advise(suite)}", width, "  ")
    # a command is copied, so it stays on one line however long it is
    after += [f"  next: {one_line(gate.next_command)}"] if gate.next_command else []
    room = MOST_LINES - 1 - len(after)
    if len(told) > room:
        told = [*told[: room - 1], "  ... more in the report"]
    return "\n".join([title, *told, *_lost(suite, room - len(told), width), *after])


def _lost(suite: SuiteRun, room: int, width: int) -> list[str]:
    """Up to five lost pairs in the lines there are, and how many more there are."""
    cases = words.with_outcome(suite.cases, "lost")
    fits = min(MOST_LOST, room if len(cases) <= room else room - 1)
    shown = [_clipped(f"  lost: {_pair(case)}", width) for case in cases[: max(fits, 0)]]
    left = len(cases) - len(shown)
    return [*shown, f"  lost: {left} {'more' if shown else 'pairs'}"] if left and room else shown


def _pair(case: Case) -> str:
    must = ", must" if case.must else ""
    return f"{words.moved(case)}{must}  {one_line(case.id)}"


def _difference(suite: SuiteRun, *, own_level: bool) -> str:
    """The difference with its interval, and that one's level unless a title says it."""
    gate = suite.gate
    if gate.difference is None:
        return words.unmeasured(gate)
    level = f" ({words.level(gate)})" if own_level and gate.interval else ""
    return words.difference(gate) + level


def _filled(text: str, width: int, indent: str) -> list[str]:
    return wrap(visible(text), width, initial_indent=indent, subsequent_indent=indent)


def _clipped(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 1)] + "…"


def _painted(verdict: str, colour: bool) -> str:
    return f"\x1b[1;{_COLOURS[verdict]}m{verdict}\x1b[0m" if colour else verdict
