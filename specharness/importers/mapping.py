"""The user's own mapping: which field of a row is the prompt, which the responses, which the label.

`--map field=path`, where a path is as in `paths.look_up`. A path that begins with `=` is a constant
(`prompt==Summarise this`), and a `^` at its end looks upwards: an empty cell takes the last value
above it, as in a sheet with merged cells (`prompt=diff^`). A rating may be a sum (`a+b+c`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from specharness.errors import UsageError
from specharness.importers.fields import Prompt, prompt, user
from specharness.importers.judgement import (
    Better,
    Dropped,
    Finding,
    Judgement,
    Layout,
    Options,
    Row,
    Unusable,
)
from specharness.importers.labels import Label, said
from specharness.importers.mapped import Columns, Sum
from specharness.importers.naming import reply
from specharness.importers.rankings import Candidate, Pool, Question, judgement, number
from specharness.importers.suggestions import suggest_mapping
from specharness.importers.turns import answered, settled, unpacked
from specharness.importers.verdicts import SideLabels, Verdicts

__all__ = ["mapped_layout", "suggest_mapping"]

_PAIR = frozenset({"chosen", "rejected"})
_LABELLED = frozenset({"first", "second", "label"})
_RATED = frozenset({"response", "rating"})
_RANKED = frozenset({"response", "rank"})
_JUDGED = frozenset({"response", "label"})
_SETS = (_PAIR, _LABELLED, _RATED, _RANKED, _JUDGED)
_SIDES = frozenset().union(*_SETS)
_BESIDE = ("prompt", "system", "group", "tags", "annotator", "weight", "source", "id", "tie")
_WORK = (
    "map chosen and rejected, or first, second and label, or response and rating (or rank), or "
    "response and label"
)

Read = Callable[[Columns, Row], Iterable[Finding]]


def mapped_layout(options: Options) -> Layout:
    """The layout that `options.mapping` describes; UsageError for fields that make no judgement.

    `chosen` beats `rejected` (lists of texts: each beats each). `first` and `second` are compared
    by `label`: by itself where it names one of them, else by `first_wins_when`; `tie` is a further
    value that means neither (`tie==0`). `response` with `rating`, or with `rank` where 1 is best,
    is compared with the other responses to its prompt, or of its `group`, by the same `annotator`;
    `response` with `label` is good where the label is `first_wins_when` (or true), and each good
    one beats each bad one. An `annotator` makes judgements of the same two texts votes.

    A row without a mapped field of these is dropped as "missing field"; a path that leads nowhere
    in every row is a UsageError when the file ends. Rows with ratings, ranks or verdicts are held
    until then, all others are read one by one.
    """
    sides = _checked(options.mapping)

    def join(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
        columns, pool = Columns(options.mapping), Pool()
        read = _reader(sides, options, pool)
        for row in rows:
            columns.turn_to(row)
            try:
                yield from read(columns, row)
            except Unusable as error:
                yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
        columns.require_found()
        min_gap = options.min_gap if sides == _RATED else 0.0
        yield from pool.findings(min_gap, ties=sides != _JUDGED)

    return Layout(
        name="mapped",
        title="the fields named with --map",
        fits=lambda row: True,
        join=join,
        votes="annotator" in options.mapping,
    )


def _checked(mapping: Mapping[str, str]) -> frozenset[str]:
    """Which of the sets that work a mapping has."""
    known = [*sorted(_SIDES), *_BESIDE]
    for name in mapping:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"choose among {', '.join(known)}"
            raise UsageError("--map", f"no field {name!r}", hint)
    sides = frozenset(mapping) & _SIDES
    if sides not in _SETS:
        raise UsageError("--map", _unmatched(sides), _WORK)
    if "tie" in mapping and sides != _LABELLED:
        raise UsageError("--map", "tie without first, second and label", "leave tie out")
    if "id" in mapping and sides not in (_PAIR, _LABELLED):
        what = "an id names a pair, and these rows are single responses"
        raise UsageError("--map", what, "map it to group if it is the prompt's, or leave it out")
    return sides


def _unmatched(sides: frozenset[str]) -> str:
    lacking = [sorted(wanted - sides) for wanted in _SETS if sides and sides < wanted]
    if lacking:
        return f"{' and '.join(sorted(sides))} without {' or '.join(map(' and '.join, lacking))}"
    if not sides:
        return "no responses"
    return f"{', '.join(sorted(sides))} do not go together"


def _reader(sides: frozenset[str], options: Options, pool: Pool) -> Read:
    if sides == _PAIR:
        return _pairs
    if sides == _LABELLED:
        return _labelled(SideLabels(options.first_wins_when))
    if sides == _JUDGED:
        verdicts = Verdicts(options.first_wins_when)
        return _pooled(pool, lambda columns, row: verdicts.good(columns.need("label"), row.where))
    return _pooled(pool, lambda columns, row: _rated(columns))


def _pairs(columns: Columns, row: Row) -> Iterator[Finding]:
    chosen, rejected = _several(columns.need("chosen")), _several(columns.need("rejected"))
    if not chosen or not rejected:
        raise Unusable("empty side", "an empty list")
    for better in chosen:
        for worse in rejected:
            yield _compared(columns, row, (better, worse), "first")


def _several(value: Any) -> list[Any]:
    """The texts of a list of texts; any other value is one response."""
    listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return value if listed else [value]


def _labelled(labels: SideLabels) -> Read:
    def read(columns: Columns, row: Row) -> Iterator[Finding]:
        label = Label(
            value=columns.need("label"),
            name=columns.path("label"),
            first=columns.path("first"),
            second=columns.path("second"),
        )
        values = (columns.need("first"), columns.need("second"))
        yield _compared(columns, row, values, labels.better(label, columns.get("tie"), row.where))

    return read


def _compared(columns: Columns, row: Row, values: tuple[Any, Any], better: Better) -> Judgement:
    sides = (unpacked(values[0]), unpacked(values[1]))
    lead, first, second = answered(sides, ("the first response", "the second response"))
    question = _question(columns, row, _asked(columns, lead))
    return judgement(question, (first, second), better, row.where)


def _pooled(pool: Pool, merit: Callable[[Columns, Row], Fraction]) -> Read:
    """One response a row: it waits for the others of its group, or with its prompt."""

    def read(columns: Columns, row: Row) -> Iterator[Finding]:
        lead, text = reply(unpacked(columns.need("response")), "the response")
        question = _question(columns, row, _asked(columns, lead))
        candidate = Candidate(text=text, merit=(merit(columns, row),), where=row.where)
        key = question.group or question.prompt
        pool.add((key, question.annotator), question, candidate)
        return iter(())

    return read


def _rated(columns: Columns) -> Fraction:
    if columns.named("rank"):
        return -number(columns.need("rank"), "rank")
    value = columns.need("rating")
    parts = value.values if isinstance(value, Sum) else (value,)
    return sum((number(part, "rating") for part in parts), Fraction())


def _asked(columns: Columns, lead: Prompt) -> Prompt:
    """The prompt as mapped, and what the conversations begin with; they may repeat each other."""
    system = columns.get("system")
    if columns.named("prompt"):
        return settled(prompt(unpacked(columns.need("prompt")), system), lead)
    if not lead:
        what = "no prompt, and the responses are no conversations that begin with one"
        raise UsageError("--map", what, "map prompt=FIELD, or a constant: 'prompt==Summarise this'")
    return lead if lead[0].role == "system" else (*user("", system)[:-1], *lead)


def _question(columns: Columns, row: Row, asked: Prompt) -> Question:
    return Question(
        prompt=asked,
        id=_name(columns, "id"),
        group=_name(columns, "group"),
        tags=_tags(columns.get("tags")),
        weight=_weight(columns.get("weight"), row.where),
        source=_name(columns, "source"),
        annotator=_name(columns, "annotator"),
    )


def _name(columns: Columns, field: str) -> str:
    value = columns.get(field)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, int | float):
        return said(value)
    raise Unusable("not text", f"{columns.path(field)} is no name")


def _tags(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    tags = [said(one) for one in listed]
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _weight(value: Any, where: str) -> float:
    if value is None or value == "":
        return 1.0
    try:
        weight = float(number(value, "weight"))
    except Unusable:
        weight = 0.0
    if weight <= 0:
        remedy = "write a number above 0, or do not map weight"
        raise UsageError(where, "the weight is no number above 0", remedy)
    return weight
