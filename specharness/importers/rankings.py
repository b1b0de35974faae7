"""Ranks and ratings into judgements: every two responses to one prompt, compared."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any

from specharness.errors import UsageError
from specharness.importers.fields import Prompt
from specharness.importers.judgement import Better, Dropped, Finding, Judgement, Unusable

MOST = 1000  # responses to one prompt: half a million judgements, more is a mistake in the data
_UNRATED = {"", "n/a", "na", "nan", "none", "null", "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One response and how good it is: the first number of `merit` that differs decides."""

    text: str
    merit: tuple[Fraction, ...]
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What all candidates answer, and what their judgements have in common."""

    prompt: Prompt
    id: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    source: str = ""
    annotator: str = ""


def compare(
    first: tuple[Fraction, ...], second: tuple[Fraction, ...], min_gap: float = 0.0
) -> Better | None:
    """Which merit is higher; "neither" where all numbers are equal, None for too small a gap.

    `min_gap` is asked of the last number only: those before it are ranks and verdicts, not ratings.

    >>> compare((Fraction(3),), (Fraction(1),)), compare((Fraction(1),), (Fraction(1),))
    ('first', 'neither')
    >>> compare((Fraction(3),), (Fraction(2),), min_gap=1.5) is None
    True
    """
    for place, (one, other) in enumerate(zip(first, second, strict=True), 1):
        if one != other:
            if place == len(first) and abs(one - other) < Fraction(repr(float(min_gap))):
                return None
            return "first" if one > other else "second"
    return "neither"


def compared(
    question: Question,
    candidates: Sequence[Candidate],
    min_gap: float = 0.0,
    *,
    ties: bool = True,
) -> Iterator[Finding]:
    """A judgement for every two of k candidates, k(k-1)/2 in all, in the order of the data.

    Equal merits are ties, or no comparison at all without `ties`; differences below `min_gap` are
    dropped as "small gap", and candidates that meet nobody as "no partner". UsageError for more
    than 1000 candidates.
    """
    if len(candidates) > MOST:
        what = f"{len(candidates)} responses to one prompt, which makes millions of judgements"
        raise UsageError(candidates[0].where, what, f"leave at most {MOST} of them in the file")
    met: set[int] = set()
    for (i, first), (j, second) in combinations(enumerate(candidates), 2):
        better = compare(first.merit, second.merit, min_gap)
        if better == "neither" and not ties:
            continue
        met |= {i, j}
        yield _finding(question, first, second, better)
    for i, candidate in enumerate(candidates):
        if i not in met:
            yield Dropped(reason="no partner", where=candidate.where)


def _finding(
    question: Question, first: Candidate, second: Candidate, better: Better | None
) -> Finding:
    if better is None:
        gap = abs(float(first.merit[-1] - second.merit[-1]))
        return Dropped(reason="small gap", where=first.where, detail=f"{gap:g}")
    return judgement(question, (first.text, second.text), better, first.where)


def judgement(question: Question, texts: tuple[str, str], better: Better, where: str) -> Judgement:
    """The judgement of two responses to a question."""
    return Judgement(
        prompt=question.prompt,
        first=texts[0],
        second=texts[1],
        better=better,
        shown=False,
        where=where,
        id=question.id,
        group=question.group,
        tags=question.tags,
        weight=question.weight,
        source=question.source,
        annotator=question.annotator,
    )


class Pool:
    """Rows that answer the same question, held in memory until the file ends.

    Only texts and numbers are kept of a row, so a join needs about as much memory as its file.
    """

    def __init__(self) -> None:
        self._asked: dict[object, tuple[Question, list[Candidate]]] = {}

    def add(self, key: object, question: Question, candidate: Candidate) -> None:
        """One more answer; the first that comes with a key says what the question is.

        Unusable("differs early") for an answer to another prompt under the same key.
        """
        known, candidates = self._asked.setdefault(key, (question, []))
        if known.prompt != question.prompt:
            raise Unusable("differs early", "another prompt under the same group")
        candidates.append(candidate)

    def findings(self, min_gap: float = 0.0, *, ties: bool = True) -> Iterator[Finding]:
        """The judgements of every question, in the order the questions were met."""
        for question, candidates in self._asked.values():
            yield from compared(question, candidates, min_gap, ties=ties)


def number(value: Any, name: str) -> Fraction:
    """A rating or rank as an exact number, also where it is written as text.

    Exact, because means and sums of ratings must tie whatever the order of adding them up.
    Unusable("no label") for null, "", "N/A", "-" and NaN, Unusable("unknown label") for all else
    that is no finite number, booleans included.

    >>> number("4.5", "rating"), number(3, "rating")
    (Fraction(9, 2), Fraction(3, 1))
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in _UNRATED):
        raise Unusable("no label", f"no {name}")
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        raise Unusable("unknown label", f"the {name} is no number")
    try:
        rated = float(value)
    except (ValueError, OverflowError):
        raise Unusable("unknown label", f"the {name} is no number") from None
    if math.isnan(rated):
        raise Unusable("no label", f"no {name}")
    if math.isinf(rated):
        raise Unusable("unknown label", f"the {name} is not finite")
    return Fraction(repr(rated))


def mean(ratings: Sequence[Fraction]) -> Fraction:
    """The exact mean; Unusable("no label") without any rating."""
    if not ratings:
        raise Unusable("no label", "not one rating")
    return sum(ratings, Fraction()) / len(ratings)


def with_annotator(question: Question, annotator: str) -> Question:
    """The same question as one annotator answered it."""
    return replace(question, annotator=annotator)
