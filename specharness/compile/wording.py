"""Rules as the instructions a writer would give, with numbers taken from the chosen responses.

A wording is put together from our own phrases and numbers only: no text of a pair gets into it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specharness.compile.features.candidate import Candidate, Condition
from specharness.compile.features.feature import Feature, Ways
from specharness.compile.features.measured import Measured, sides
from specharness.compile.features.together import MERGED

_MOST = 0.75  # the share of chosen responses that keep a bound or are free of what is forbidden
_TELLS = 0.2  # how many more of the chosen than of the rejected a bound must fit to be named
_ONE = re.compile(r"\b1 ((?:list |concrete |exclamation )?)(\w+)s\b")  # "at most 1 sentences"
_STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sample:
    """The values of a feature where its rule speaks; missing ones are left out."""

    chosen: NDArray[np.float64]
    rejected: NDArray[np.float64]


def word(candidate: Candidate, measured: Measured | None = None) -> str:
    """The instruction for a candidate: one sentence, two for a switch; the same in every run.

    Numbers come from the chosen responses to prompts on which the rule speaks: a bound that three
    in four of them keep, or their median, rounded to a number a writer would name. A bound that
    tells chosen from rejected badly (less than 20 points between the shares that keep it) is not
    named, nor is one without measurements; a thing is forbidden where three in four chosen
    responses do without it.
    """
    condition, feature = candidate.condition, candidate.feature
    if condition is None:
        return _phrase(feature.ways, candidate.more, _sample(feature, measured, None))
    here = _phrase(feature.ways, candidate.more, _sample(feature, measured, condition))
    if not candidate.switch:
        return f"When {condition.when}, {_lower(here)}"
    rest = condition.complement()
    there = _phrase(feature.ways, not candidate.more, _sample(feature, measured, rest))
    return f"When {condition.when}, {_lower(here)} Otherwise, {_lower(there)}"


def word_opposite(candidate: Candidate, measured: Measured | None = None) -> str:
    """The instruction for the opposite preference; its numbers come from the rejected responses."""
    return word(candidate.opposite(), None if measured is None else measured.swapped())


def word_merged(candidates: Sequence[Candidate], measured: Measured | None = None) -> str:
    """One instruction for candidates that behave alike, the first of them being the leader.

    Where `MERGED` has a sentence for several of them, the leader among these, under the leader's
    condition, it is used (of those the one for most); else the leader is worded alone.
    """
    leader = candidates[0]
    asks = {
        (c.feature.name, c.more)
        for c in candidates
        if (c.condition, c.switch) == (leader.condition, leader.switch)
    }
    if leader.switch:
        return word(leader, measured)
    fitting = [
        (len(parts), text)
        for parts, text in MERGED
        if (leader.feature.name, leader.more) in parts and parts <= asks
    ]
    if not fitting:
        return word(leader, measured)
    text = max(fitting, key=lambda found: found[0])[1]
    return text if leader.condition is None else f"When {leader.condition.when}, {_lower(text)}"


def _sample(
    feature: Feature, measured: Measured | None, condition: Condition | None
) -> _Sample | None:
    if measured is None:
        return None
    column = measured.column(feature)
    rows = np.ones(len(measured.pairs), dtype=bool)
    if condition is not None:
        rows = sides(condition, measured.pairs) > 0
    both = [values[rows, column] for values in (measured.chosen, measured.rejected)]
    chosen, rejected = (values[~np.isnan(values)] for values in both)
    return _Sample(chosen=chosen, rejected=rejected) if len(chosen) and len(rejected) else None


def _phrase(ways: Ways, more: bool, sample: _Sample | None) -> str:
    template = ways.at_least if more else ways.at_most
    if not more and ways.none and (sample is None or np.mean(sample.chosen == 0) >= _MOST):
        return ways.none
    if sample is None or not template:
        return ways.more if more else ways.less
    number = _number(ways, more, sample)
    if number is None:
        return ways.more if more else ways.less
    return in_number(template, number)


def in_number(template: str, number: int) -> str:
    """A template with its number filled in.

    >>> in_number("Answer in at most {n} sentences.", 1)
    'Answer in at most one sentence.'
    """
    return _ONE.sub(r"one \1\2", template.format(n=number))


def _number(ways: Ways, more: bool, sample: _Sample) -> int | None:
    """The bound or middle to name, None where none would tell the two sides apart."""
    if ways.threshold == "about":
        middles = [float(np.median(values)) for values in (sample.chosen, sample.rejected)]
        number = _nearest(middles[0])
        differs = middles[0] > middles[1] if more else middles[0] < middles[1]
        return number if differs and number >= 1 else None
    share = 1 - _MOST if more else _MOST
    edge = float(np.quantile(sample.chosen, share, method="lower" if more else "higher"))
    number = _round(edge, up=not more)
    if number < 1:
        return None
    kept = [np.mean(v >= number if more else v <= number) for v in (sample.chosen, sample.rejected)]
    return number if kept[0] - kept[1] >= _TELLS else None


def _steps(value: float) -> list[int]:
    """Numbers that a writer would name, to beyond the value: finer below than above 20."""
    scale = 1
    while value > 100 * scale:
        scale *= 10
    return [step * scale for step in (0, *_STEPS)]


def _round(value: float, *, up: bool) -> int:
    """The next number that a writer would name.

    >>> _round(87, up=True), _round(87, up=False), _round(134, up=True)
    (100, 80, 150)
    """
    fitting = [step for step in _steps(value) if (step >= value if up else step <= value)]
    return min(fitting) if up else max(fitting)


def _nearest(value: float) -> int:
    """The nearest number that a writer would name; whole numbers up to 20.

    >>> _nearest(13.6), _nearest(27.4)
    (14, 25)
    """
    if value <= 20:
        return round(value)
    return min(_steps(value), key=lambda step: abs(step - value))


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
