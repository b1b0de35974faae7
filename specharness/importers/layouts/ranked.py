"""All responses to a prompt in one row, each with its rank or its rating."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from specharness.errors import UsageError
from specharness.importers.columns import columns
from specharness.importers.extras import extras
from specharness.importers.fields import Prompt, has
from specharness.importers.judgement import Dropped, Finding, Layout, Options, Row, Unusable
from specharness.importers.naming import ASKING, asked, reply
from specharness.importers.rankings import Candidate, Question, compared, number
from specharness.importers.turnmarks import marked_prompt

_LISTS = ("answers", "responses", "completions", "generations", "candidates", "outputs")
_TEXTS = ("answer", "text", "response", "completion", "generation", "content", "output")
_RANKS = ("rank", "ranking")  # 1 is best
_RATINGS = ("rating", "score", "pm_score", "reward")  # more is better
_MANY_RANKS = ("ranks", "rank")
_MANY_RATINGS = ("ratings", "rating", "scores", "rewards")
_PAIRED = ("chosen", "rejected")


def _first(names: Sequence[str], row: Any) -> str:
    return next((name for name in names if has(row, name)), "")


def _asks(row: Mapping[str, Any]) -> bool:
    return bool(_first(ASKING, row)) and not has(row, *_PAIRED)


def is_ranked(said: Any) -> bool:
    """Whether a value is a list of objects, each with a text and a rank or rating."""
    if not isinstance(said, list) or not said:
        return False
    return all(_first(_TEXTS, one) and _first((*_RANKS, *_RATINGS), one) for one in said)


def _fits_objects(row: Row) -> bool:
    return _asks(row.data) and is_ranked(row.data.get(_first(_LISTS, row.data)))


def _fits_lists(row: Row) -> bool:
    """A list of texts and a list of numbers beside a prompt."""
    said = row.data.get(_first(_LISTS, row.data))
    numbers = row.data.get(_first((*_MANY_RANKS, *_MANY_RATINGS), row.data))
    if not _asks(row.data) or not isinstance(said, list) or not isinstance(numbers, list):
        return False
    return all(isinstance(one, str) or one is None for one in said) and bool(said)


def _objects(row: Row, options: Options) -> Iterator[Finding]:
    yield from ranked(_question(row.data), row.data[_first(_LISTS, row.data)], row, options)


def ranked(
    question: Question, said: Sequence[Mapping[str, Any]], row: Row, options: Options
) -> Iterator[Finding]:
    """The judgements of a list for which `is_ranked` holds; UsageError for an unknown axis."""
    merit = _merit_name(row, said, options)
    candidates: list[Candidate] = []
    for place, one in enumerate(said):
        try:
            candidates.append(_candidate(one[_first(_TEXTS, one)], one.get(merit), merit, row))
        except Unusable as error:
            detail = f"answer {place + 1}: {error.detail}"
            yield Dropped(reason=error.reason, where=row.where, detail=detail)
    yield from compared(question, candidates, _gap(merit, options))


def _merit_name(row: Row, said: Sequence[Mapping[str, Any]], options: Options) -> str:
    """The field that decides: what --axis names, else the rank, else the rating."""
    if not options.axis:
        return _first((*_RANKS, *_RATINGS), said[0])
    if not any(options.axis in one for one in said):
        fields = ", ".join(sorted({name for one in said for name in one} - set(_TEXTS)))
        what = f"no answer has {options.axis!r}"
        raise UsageError(row.where, what, f"choose --axis among {fields}, or leave it out")
    return options.axis


def _candidate(said: Any, merit: Any, name: str, row: Row) -> Candidate:
    if isinstance(merit, bool):  # Stack Exchange's `selected`
        merit = int(merit)
    value = number(merit, name)
    ranked = name in (*_RANKS, *_MANY_RANKS)
    turns, text = reply(said, "a response")
    if turns:
        raise Unusable("differs early", "a response begins with turns of its own")
    return Candidate(text=text, merit=(-value if ranked else value,), where=row.where)


def _gap(name: str, options: Options) -> float:
    return 0.0 if name in (*_RANKS, *_MANY_RANKS) else options.min_gap


def _lists(row: Row, options: Options) -> Iterator[Finding]:
    name, merit = _first(_LISTS, row.data), _first((*_MANY_RANKS, *_MANY_RATINGS), row.data)
    said, numbers = row.data[name], row.data[merit]
    if len(said) != len(numbers):
        raise Unusable("missing field", f"{len(said)} {name}, {len(numbers)} {merit}")
    candidates: list[Candidate] = []
    for place, (one, value) in enumerate(zip(said, numbers, strict=True)):
        try:
            candidates.append(_candidate(one, value, merit, row))
        except Unusable as error:
            detail = f"answer {place + 1}: {error.detail}"
            yield Dropped(reason=error.reason, where=row.where, detail=detail)
    yield from compared(_question(row.data), candidates, _gap(merit, options))


def _question(row: Mapping[str, Any]) -> Question:
    beside = extras(columns(row))
    return Question(prompt=_prompt(row), tags=beside["tags"], source=beside["source"])


def _prompt(row: Mapping[str, Any]) -> Prompt:
    said = row.get("prompt")
    return marked_prompt(said) if isinstance(said, str) else asked(row, _LISTS)


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="ranked-answers",
        title="a prompt and objects of a text and its rank or rating (Nectar, Stack Exchange)",
        fits=_fits_objects,
        convert=_objects,
    ),
    Layout(
        name="rated-lists",
        title="a prompt, a list of responses and a list of their ratings or ranks (distilabel)",
        fits=_fits_lists,
        convert=_lists,
    ),
)
