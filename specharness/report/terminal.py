"""A run as plain text for a terminal: one table, then why what did not pass did not."""

from collections.abc import Sequence
from textwrap import wrap

from tabulate import tabulate

from specharness.report import words
from specharness.report.visible import one_line, visible
from specharness.runfile import Case, Run, SuiteRun

MOST_LINES = 12
MOST_LOST = 5
_LEAST_WIDTH = 24
_COLUMNS = (
    "suite",
    "verdict",
    "preferred (base)",
    "difference [90 %]",
    "lost",
    "won",
    "n",
    "model",
)
_ALIGNED = ("left", "left", "right", "left", "right", "right", "right", "left")
_NARROWER = (tuple(range(8)), (0, 1, 2, 3, 4, 5, 6), (0, 1, 3, 4, 5))
_COLOURS = {"FAIL": "31", "UNVERIFIABLE": "35", "UNPROVEN": "33", "PASS": "32"}


def render_terminal(run: Run, width: int = 100, colour: bool = False) -> str:
    """The run in at most `width` columns, without a final newline; "" when no suite ran.

    A suite that did not pass gets at most `MOST_LINES` lines of explanation. Text of the suites is
    made visible, never interpreted; escape codes stand here only when `colour` is true.
    """
    width = max(width, _LEAST_WIDTH)
    suites = words.worst_first(run)
    told = [_block(suite, width, colour) for suite in suites if suite.gate.verdict != "PASS"]
    return "\n\n".join([_table(suites, width, colour), *told]) if suites else ""


def _table(suites: Sequence[SuiteRun], width: int, colour: bool) -> str:
    """The widest table that fits; where none does, a few short lines for each suite."""
    rows = [_row(suite) for suite in suites]
    for kept in _NARROWER:
        if max(map(len, _tabulated(rows, kept).splitlines())) <= width:
            if colour:
                rows = [[row[0], _painted(row[1], True), *row[2:]] for row in rows]
            return _tabulated(rows, kept)
    return "\n".join(_stacked(suite, width, colour) for suite in suites)


def _row(suite: SuiteRun) -> list[str]:
    gate = suite.gate
    preferred = f"{words.preferred(suite.preferred_head)} ({words.preferred(suite.preferred_base)})"
    counts = [str(gate.lost), str(gate.won), str(gate.n)]
    shown = [one_line(suite.name), gate.verdict, preferred, _difference(suite)]
    return [*shown, *counts, one_line(suite.model)]


def _tabulated(rows: Sequence[Sequence[str]], kept: Sequence[int]) -> str:
    return tabulate(  # type: ignore[no-any-return]
        [[row[i] for i in kept] for row in rows],
        headers=[_COLUMNS[i] for i in kept],
        colalign=[_ALIGNED[i] for i in kept],
        disable_numparse=True,
    )


def _stacked(suite: SuiteRun, width: int, colour: bool) -> str:
    gate = suite.gate
    facts = f"{_difference(suite)}; lost {gate.lost}, won {gate.won} of {gate.n}"
    name = _clipped(one_line(suite.name), width - len(gate.verdict) - 1)
    return "\n".join([f"{_painted(gate.verdict, colour)} {name}", *_filled(facts, width, "  ")])


def _block(suite: SuiteRun, width: int, colour: bool) -> str:
    gate = suite.gate
    name = _clipped(one_line(suite.name), width - len(gate.verdict) - 2)
    title = f"{_painted(gate.verdict, colour)}  {name}"
    told = [line for sentence in gate.sentences for line in _filled(sentence, width, "  ")]
    # a command is copied, so it stays on one line however long it is
    after = [f"  next: {one_line(gate.next_command)}"] if gate.next_command else []
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
    head, base = (score.margin if score else None for score in (case.head, case.base))
    must = ", must" if case.must else ""
    return f"{words.nats(base)} -> {words.nats(head)} nats{must}  {one_line(case.id)}"


def _difference(suite: SuiteRun) -> str:
    return "not measured" if suite.gate.difference is None else words.difference(suite.gate)


def _filled(text: str, width: int, indent: str) -> list[str]:
    return wrap(visible(text), width, initial_indent=indent, subsequent_indent=indent)


def _clipped(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 1)] + "…"


def _painted(verdict: str, colour: bool) -> str:
    return f"\x1b[1;{_COLOURS[verdict]}m{verdict}\x1b[0m" if colour else verdict
