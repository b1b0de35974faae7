"""What annotators answered to questions about named responses, read into judgements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from specharness.errors import UsageError
from specharness.importers.judgement import Better, Dropped, Finding, Options, Unusable
from specharness.importers.naming import ending, named_side, texts_of
from specharness.importers.rankings import Question, compare, judgement, number, with_annotator

Verdicts = dict[tuple[int, int], Better | None]  # of responses i < j; None is too small a gap
_STANDS = ("submitted", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one annotator said: question -> a ranking, a label or a rating.

    A ranking is a list of {value, rank}, where 1 is best; a label a text that names a response or
    a tie; a rating a number, its question named after the response (`rating_1`).
    """

    said: Mapping[str, Any]
    annotator: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The responses of one record (their names, in order) and what everybody said of them."""

    question: Question
    fields: Mapping[str, Any]
    names: tuple[str, ...]
    answers: Sequence[Answers]
    where: str


def judged(comparison: Comparison, options: Options) -> Iterator[Finding]:
    """One judgement per annotator and two responses; answers that were not submitted are dropped.

    Several questions may say the same of two responses; where they disagree it takes --axis (the
    question's name; `rating` for rating_1 and rating_2): UsageError.
    """
    texts = texts_of(comparison.fields, comparison.names)
    if not comparison.answers:
        yield Dropped(reason="no label", where=comparison.where, detail="nobody answered")
    for answers in comparison.answers:
        asked = with_annotator(comparison.question, answers.annotator)
        try:
            verdicts = _verdicts(answers, comparison, options)
        except Unusable as error:
            yield Dropped(reason=error.reason, where=comparison.where, detail=error.detail)
            continue
        for (i, j), better in verdicts.items():
            if better is None:
                yield Dropped(reason="small gap", where=comparison.where)
            else:
                yield judgement(asked, (texts[i], texts[j]), better, comparison.where)


def _verdicts(answers: Answers, comparison: Comparison, options: Options) -> Verdicts:
    """What all questions together say; Unusable without one that compares the responses."""
    if answers.status.lower() not in _STANDS:
        raise Unusable("withdrawn", answers.status)
    readings = _readings(answers.said, comparison.names, options.min_gap)
    if options.axis:
        readings = {name: found for name, found in readings.items() if name == options.axis}
    merged: dict[tuple[int, int], tuple[str, Better | None]] = {}
    for name, found in readings.items():
        for pair, better in found.items():
            other, before = merged.setdefault(pair, (name, better))
            if before != better:
                what = f"{other!r} and {name!r} say different things"
                raise UsageError(comparison.where, what, f"choose one: --axis {other}")
    if not merged:
        raise _unlabelled(answers.said, options.axis)
    return {pair: merged[pair][1] for pair in sorted(merged)}


def _unlabelled(said: Mapping[str, Any], axis: str) -> Unusable:
    labels = [value for value in said.values() if isinstance(value, str) and value.strip()]
    if axis and axis not in said:
        return Unusable("no label", f"no answer to {axis}")
    if labels:
        return Unusable("unknown label", f"{labels[0][:40]!r} names no response")
    return Unusable("no label", "no answer compares the responses")


def _readings(said: Mapping[str, Any], names: Sequence[str], min_gap: float) -> dict[str, Verdicts]:
    """What each question says; questions that do not compare the responses are left out."""
    readings: dict[str, Verdicts] = {}
    rated: dict[str, dict[int, Fraction]] = {}
    for name, value in said.items():
        if isinstance(value, list):
            readings[name] = _ranked(value, names)
        elif isinstance(value, str):
            readings[name] = _labelled(value, names)
        elif value is not None and (found := rated_response(name, names)):
            rated.setdefault(found[0], {})[found[1]] = number(value, name)
    readings |= {axis: _compared(places, min_gap) for axis, places in rated.items()}
    return {name: verdicts for name, verdicts in readings.items() if verdicts}


def _ranked(value: Sequence[Any], names: Sequence[str]) -> Verdicts:
    """A ranking; {} where the list is something else, as the answer to a multi-label question."""
    places: dict[int, Fraction] = {}
    for one in value:
        if not isinstance(one, Mapping) or "rank" not in one or "value" not in one:
            return {}
        place = named_side(str(one["value"]), names)
        if isinstance(place, int):
            places[place] = -number(one["rank"], "rank")
    return _compared(places, 0.0)


def _labelled(value: str, names: Sequence[str]) -> Verdicts:
    """The response that a label names beats every other; {} where it names none."""
    side = named_side(value, names)
    pairs = combinations(range(len(names)), 2)
    if side == "tie":
        return dict.fromkeys(pairs, "neither")
    return {(i, j): "first" if i == side else "second" for i, j in pairs if side in (i, j)}


def _compared(places: Mapping[int, Fraction], min_gap: float) -> Verdicts:
    pairs = combinations(sorted(places), 2)
    return {(i, j): compare((places[i],), (places[j],), min_gap) for i, j in pairs}


def rated_response(question: str, names: Sequence[str]) -> tuple[str, int] | None:
    """What a rating question is about: its axis and the place of the response it rates.

    >>> rated_response("rating_2", ("response_1", "response_2"))
    ('rating', 1)
    >>> rated_response("generations-0-helpfulness", ("generations-0", "generations-1"))
    ('helpfulness', 0)
    """
    for place, name in enumerate(names):
        rest = question.removeprefix(name)
        if rest != question and rest and not rest[0].isalnum():
            return rest.strip(" _-."), place
        rest = question.removesuffix(name)
        if rest != question and rest and not rest[-1].isalnum():
            return rest.strip(" _-."), place
    end, ends = ending(question), [ending(name) for name in names]
    places = [n for n, other in enumerate(ends) if end and other and end[1:] == other[1:]]
    return (end[0], places[0]) if end and places else None
