"""Rule coverage in words: a table of rules, or the spec's lines with a mark at each."""

from collections.abc import Iterator, Sequence
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
_TITLES = ("rule", "line", "state", "moves", "keeping it", "95 %", "alone", "95 %")
_NARROWER = ((0, 1, 2, 3, 4, 5, 6, 7), (0, 1, 2, 3, 4, 5), (0, 1, 2, 3), (0, 2, 3), (0, 2))
_NAMED = 5  # rules that a sentence names
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
    """The share of rules covered, on what, by whom; and how many more move some pairs."""
    ours = found.measured
    covered, rules = len(found.of("covered")), count(len(found.rules), "rule")
    pairs = count(len(ours.pairs), "gate pair")
    share = f"{100 * found.covered:.0f} %"
    told = f"{ours.suite}: {covered} of {rules} covered ({share}) on {pairs}, by {ours.model}"
    if short := _too_few(found):
        told += f"; {len(short)} more {'moves' if len(short) == 1 else 'move'} too few to show it"
    return told


def _too_few(found: Coverage) -> list[RuleCoverage]:
    """Uncovered rules that move pairs all the same."""
    return [rule for rule in found.of("uncovered") if rule.moves]


def caveats(found: Coverage) -> Iterator[str]:
    """What the states there are mean, and how far the figures go."""
    ours = found.measured
    for state, meaning in STATES.items():
        if found.of(state):
            yield f"{MARKS[state]} {state}: {meaning}."
    yield (
        "Points of preference: from the spec without the rule to the spec, and from no rule to the "
        "rule alone. Shown: Holm-adjusted p up to 5 % over all rules of the spec. Moves: the pairs "
        "that keeping the rule moves by 5 points or more, either way."
    )
    if found.of("redundant"):
        yield (
            "Alone is measured against no rule at all, and some models are moved by any text: "
            "'redundant' is no proof that the pairs are about the rule."
        )
    if len(ours.pairs) < ours.held_out:
        yield f"Only {len(ours.pairs)} of {count(ours.held_out, 'gate pair')} were read."
    yield from _uncovered(found)
    yield f"The model {ours.sensitivity}."


def _uncovered(found: Coverage) -> Iterator[str]:
    """What to do about uncovered rules: those that move too few pairs, and those that move none."""
    if short := _too_few(found):
        yield (
            f"Too few pairs to show it: {_listed(short)}. It takes {found.fewest} or more (or as "
            f"many groups) that move one way, with {count(len(found.rules), 'rule')} that share "
            "the 5 %: write more pairs like those."
        )
    if idle := [rule for rule in found.of("uncovered") if not rule.moves]:
        yield (
            f"Moves no pair by 5 points: {_listed(idle)}. Such a rule may matter all the same: "
            "write pairs whose responses differ in what it asks, or take it out."
        )


def _listed(rules: Sequence[RuleCoverage]) -> str:
    """Rules by name, each with the pairs it moves."""
    named = [
        f"{one_line(r.id)} ({count(r.moves, 'pair')})" if r.moves else one_line(r.id)
        for r in rules[:_NAMED]
    ]
    left = len(rules) - _NAMED
    return ", ".join(named) + (f" and {left} more" if left > 0 else "")


def tell_effect(effect: Effect) -> tuple[str, str]:
    """An effect in points, and its interval."""
    return signed(effect.mean), f"{signed(effect.low)} to {signed(effect.high)}"


def _table(found: Coverage, width: int, colour: bool) -> list[str]:
    rows = [
        [
            one_line(rule.id),
            str(rule.lines[0]),
            f"{MARKS[rule.state]} {rule.state}",
            str(rule.moves),
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
