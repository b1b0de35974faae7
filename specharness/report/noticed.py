"""How good a suite's pairs are, as the page shows it: rule coverage, mutants, and history."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from specharness.coverage.record import Coverage, RuleCoverage, State
from specharness.coverage.words import MARKS, caveats, headline, tell_effect
from specharness.gate.decision import count
from specharness.history import words as history
from specharness.history.plot import Drawing, plot_timeline
from specharness.history.timeline import Timeline
from specharness.history.words import point_row
from specharness.mutation import words as mutating
from specharness.mutation.mutants import OPERATORS
from specharness.mutation.record import Mutations, Tried
from specharness.report.bars import MAP
from specharness.report.worddiff import Span, diff_words
from specharness.specrules import read_rules_with_lines
from specharness.spectext import visible_lines

_LEAST = 0.05  # a map's full height is a change of preference at least this large
_COLUMNS = 320  # with more pairs, neighbours share one: the largest change of them
_SURVIVORS = 30
_LABEL = 68


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedLine:
    """A line of the spec as the model sees it; `state` and `mark` are "" for one that is no rule.

    `number` is the line in the spec's file and `worth` what keeping the rule changes, on the first
    line of each rule.
    """

    text: str
    state: State | str = ""
    mark: str = ""
    number: int | None = None
    worth: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule with its effects in points, in words and (`points`, keeping it and alone) as numbers.

    It `moves` so many pairs. `up` and `down` are SVG paths, a bar for each pair.
    """

    id: str
    state: State
    mark: str
    worth: tuple[str, str]
    alone: tuple[str, str]
    points: tuple[float, float]
    moves: int
    up: str
    down: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """Coverage as a marked spec and a map; `tallest` is what a bar of full height stands for."""

    headline: str
    lines: tuple[MarkedLine, ...]
    rules: tuple[RuleLine, ...]
    tallest: float
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantView:
    """A mutant that the pairs judged wrongly, with its words against the rule's."""

    id: str
    done: str
    verdict: str
    where: str
    spans: tuple[Span, ...]
    moved: str
    write: str
    is_harmful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationView:
    """A mutation score: rows (edit, has to be, mutants, FAIL, shown lower), and what went wrong."""

    headline: str
    rows: tuple[tuple[str, ...], ...]
    wrong: tuple[MutantView, ...]
    left: int
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineView:
    """The spec over its commits: a drawing, and its figures as `history.words.point_row` has."""

    headline: str
    drawing: Drawing
    rows: tuple[tuple[str, ...], ...]
    told: tuple[str, ...]


def view_timeline(found: Timeline) -> TimelineView:
    """Preference over the versions of the spec."""
    versions, pairs = count(len(found.points), "version"), len(found.measured.pairs)
    told = f"{versions} of the spec on {count(pairs, 'gate pair')}, by {found.measured.model}"
    return TimelineView(
        headline=told,
        drawing=plot_timeline(found),
        rows=tuple(tuple(point_row(point, _LABEL)) for point in found.points),
        told=tuple(history.caveats(found)),
    )


def view_coverage(found: Coverage, shown: str) -> CoverageView:
    """Coverage of a spec whose text the model saw as `shown`."""
    sizes = [abs(change) for rule in found.rules for change in rule.changes]
    tallest = max([_LEAST, *sizes])
    return CoverageView(
        headline=headline(found),
        lines=tuple(_lines(found, shown)),
        rules=tuple(_rule(rule, tallest) for rule in found.rules),
        tallest=tallest,
        told=tuple(caveats(found)),
    )


def view_mutations(found: Mutations) -> MutationView:
    """A mutation score, the survivors first."""
    wrong = [one for one in found.tried if not one.is_right]
    wrong.sort(key=lambda one: one.expected != "harmful")
    return MutationView(
        headline=mutating.headline(found),
        rows=tuple(_row(found, operator) for operator in OPERATORS if _of(found, operator)),
        wrong=tuple(map(_mutant, wrong[:_SURVIVORS])),
        left=len(wrong[_SURVIVORS:]),
        told=tuple(mutating.caveats(found)),
    )


def _lines(found: Coverage, shown: str) -> list[MarkedLine]:
    """The spec's lines; unmarked where its rules are not found again."""
    texts = shown.split("\n")
    rules = read_rules_with_lines(visible_lines(shown))
    if len(rules) != len(found.rules):
        return [MarkedLine(text=text) for text in texts]
    at = {n: i for i, (_, numbers) in enumerate(rules) for n in numbers}
    first = {numbers[0] for _, numbers in rules if numbers}
    return [
        _line(text, found.rules[at[number]] if number in at else None, number in first)
        for number, text in enumerate(texts, 1)
    ]


def _line(text: str, rule: RuleCoverage | None, is_first: bool) -> MarkedLine:
    if rule is None:
        return MarkedLine(text=text)
    return MarkedLine(
        text=text,
        state=rule.state,
        mark=MARKS[rule.state],
        number=rule.lines[0] if is_first else None,
        worth=tell_effect(rule.worth)[0] if is_first else "",
    )


def _rule(rule: RuleCoverage, tallest: float) -> RuleLine:
    up, down = _bars(rule.changes, tallest)
    return RuleLine(
        id=rule.id,
        state=rule.state,
        mark=MARKS[rule.state],
        worth=tell_effect(rule.worth),
        alone=tell_effect(rule.alone),
        points=(round(100 * rule.worth.mean, 2), round(100 * rule.alone.mean, 2)),
        moves=rule.moves,
        up=up,
        down=down,
    )


def _bars(changes: Sequence[float], tallest: float) -> tuple[str, str]:
    """A bar for each pair, upwards where keeping the rule raises preference, else downwards."""
    columns = min(_COLUMNS, len(changes))
    edges = [round(i * len(changes) / max(1, columns)) for i in range(columns + 1)]
    largest = [max(changes[a:b], key=abs) for a, b in pairwise(edges)]
    step = MAP / max(1, columns)
    sides: tuple[list[str], list[str]] = ([], [])
    for column, change in enumerate(largest):
        height = round(11 * min(1.0, abs(change) / tallest), 1)
        if height >= 0.5:
            sign = "-" if change > 0 else ""
            sides[change < 0].append(f"M{(column + 0.5) * step:.1f} 12v{sign}{height:g}")
    return "".join(sides[0]), "".join(sides[1])


def _of(found: Mutations, operator: str) -> list[Tried]:
    return [one for one in found.tried if one.operator == operator]


def _row(found: Mutations, operator: str) -> tuple[str, ...]:
    ours = _of(found, operator)
    to_be = "caught" if ours[0].expected == "harmful" else "left alone"
    counts = (len(ours), sum(m.is_caught for m in ours), sum(m.is_lower for m in ours))
    return operator, mutating.DONE[ours[0].operator], to_be, *map(str, counts)


def _mutant(one: Tried) -> MutantView:
    return MutantView(
        id=one.id,
        done=mutating.DONE[one.operator],
        verdict=one.verdict,
        where=f"line {one.line}" if one.line else "",
        spans=diff_words(one.before, one.after),
        moved=mutating.moved(one),
        write=mutating.advice(one),
        is_harmful=one.expected == "harmful",
    )
