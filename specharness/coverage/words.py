"""Rule coverage in words: a table of rules, or the spec's lines with a mark at each."""

from collections.abc import Iterator
from textwrap import wrap

from tabulate import tabulate

from specharness.coverage.record import STATES, Coverage, RuleCoverage, State
from specharness.effects import Effect
from specharness.gate.decision import count, signed
from specharness.visible import one_line, visible

MARKS: dict[State, str] = {"covered": "+", "redundant": "=", "uncovered": "!", "hurting": "-"}
_COLOURS: dict[State, str] = {
    "covered": "32",
    "redundant": "36",
    "uncovered": "33",
    "hurting": "31",
}
_TITLES = ("rule", "line", "state", "keeping it", "95 %", "alone", "95 %")
_NARROWER = ((0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 4), (0, 1, 2), (0, 2))
_LEAST_WIDTH = 24


def render_terminal(found: Coverage, width: int = 100, colour: bool = False) -> str:
    """The coverage in at most `width` columns (24 at least), without a final newline."""
    width = max(width, _LEAST_WIDTH)
    parts = [
        _filled(headline(found), width),
        _table(found, width, colour),
        [line for text in caveats(found) for line in _filled(f"- {text}", width)],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def headline(found: Coverage) -> str:
    """The share of rules covered, on what, by whom."""
    ours = found.measured
    covered, rules = len(found.of("covered")), count(len(found.rules), "rule")
    pairs = count(len(ours.pairs), "gate pair")
    share = f"{100 * found.covered:.0f} %"
    return f"{ours.suite}: {covered} of {rules} covered ({share}) on {pairs}, by {ours.model}"


def caveats(found: Coverage) -> Iterator[str]:
    """What the states there are mean, and how far the figures go."""
    ours = found.measured
    for state, meaning in STATES.items():
        if found.of(state):
            yield f"{MARKS[state]} {state}: {meaning}."
    yield (
        "Points of preference: from the spec without the rule to the spec, and from no rule to the "
        "rule alone. Shown: Holm-adjusted p up to 5 % over all rules of the spec."
    )
    if len(ours.pairs) < ours.held_out:
        yield f"Only {len(ours.pairs)} of {count(ours.held_out, 'gate pair')} were read."
    if found.of("uncovered"):
        yield (
            "An uncovered rule may matter: no pair shows it. Write pairs whose responses differ in "
            "what the rule asks, or take the rule out."
        )
    yield f"The model {ours.sensitivity}."


def tell_effect(effect: Effect) -> tuple[str, str]:
    """An effect in points, and its interval."""
    return signed(effect.mean), f"{signed(effect.low)} to {signed(effect.high)}"


def _table(found: Coverage, width: int, colour: bool) -> list[str]:
    rows = [
        [
            one_line(rule.id),
            str(rule.lines[0]),
            f"{MARKS[rule.state]} {rule.state}",
            *tell_effect(rule.worth),
            *tell_effect(rule.alone),
        ]
        for rule in found.rules
    ]
    lines: list[str] = []
    for columns in _NARROWER:
        lines = tabulate(
            [[row[i] for i in columns] for row in rows],
            headers=[_TITLES[i] for i in columns],
            colalign=["left" if i in (0, 2) else "right" for i in columns],
            disable_numparse=True,
            tablefmt="plain",
        ).splitlines()
        if max(map(len, lines)) <= width:
            break
    clipped = [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines]
    marked = zip(found.rules, clipped[1:], strict=True)
    return [clipped[0], *(_painted(line, rule.state, colour) for rule, line in marked)]


def mark_lines(found: Coverage, text: str, width: int = 100, colour: bool = False) -> str:
    """The spec's lines as its file has them, each with the mark of the rule it belongs to.

    `text` is the file's; lines that are no rule have no mark. Every line of a rule has its mark,
    the first also what keeping the rule is worth.
    """
    at = {number: rule for rule in found.rules for number in rule.lines}
    shown = []
    for number, line in enumerate(text.splitlines(), 1):
        rule = at.get(number)
        worth = _worth(rule) if rule and rule.lines[0] == number else ""
        mark = MARKS[rule.state] if rule else " "
        whole = f"{mark} {number:>4} {worth:>7}  {one_line(line)}"
        clipped = whole if len(whole) <= width else f"{whole[: max(width, _LEAST_WIDTH) - 1]}…"
        shown.append(_painted(clipped, rule.state, colour) if rule else clipped.rstrip())
    return "\n".join(shown)


def _worth(rule: RuleCoverage) -> str:
    return signed(rule.worth.mean)


def _painted(line: str, state: State, colour: bool) -> str:
    return f"\x1b[{_COLOURS[state]}m{line}\x1b[0m" if colour else line


def _filled(text: str, width: int) -> list[str]:
    return wrap(visible(text), width, subsequent_indent="  ")
