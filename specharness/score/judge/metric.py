"""What a metric is asked about a pair, and how its scores become a verdict.

A metric (a deepeval metric, see `models.metrics`) sits in the judge's place, but reads no question:
it is given the texts themselves, whole and as they are, and answers with a score for each response.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal

from specharness.records import Message, Pair

PREFIX = "deepeval:"
ZONE = 0.05  # scores no further apart are a tie: half a point of the ten that GEval gives
_EDGE = 1e-9  # 0.35 and 0.3 are 0.05 apart, whatever their last bits say

Scored = Literal["A", "B", "tie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The text to judge by ("": the metric's own idea of good), the prompt, and both responses."""

    standard: str
    prompt: tuple[Message, ...]
    a: str
    b: str


def is_metric(name: str) -> bool:
    """Whether a judge's name is that of a metric.

    >>> is_metric("deepeval:evals:tone"), is_metric("python:evals:tone")
    (True, False)
    """
    return name.startswith(PREFIX)


def ask_metric(pair: Pair, spec: str, *, swapped: bool) -> tuple[Message, ...]:
    """The texts as one message of JSON; A is `chosen`, or `rejected` if `swapped`."""
    a, b = (pair.chosen, pair.rejected)[:: -1 if swapped else 1]
    asked = asdict(Asked(standard=spec, prompt=pair.prompt, a=a, b=b))
    return (Message(role="user", content=json.dumps(asked, sort_keys=True)),)


def read_asked(messages: Sequence[Message]) -> Asked | None:
    """What `ask_metric` wrote; None for any other conversation."""
    try:
        (message,) = messages
        found: dict[str, Any] = json.loads(message.content)
        found["prompt"] = tuple(Message(**turn) for turn in found["prompt"])
        return Asked(**found)
    except (ValueError, TypeError, KeyError):
        return None


def write_scores(a: float, b: float) -> str:
    """Both scores as an answer's text.

    >>> write_scores(0.75, 0.5)
    '[0.75, 0.5]'
    """
    return json.dumps([a, b])


def read_scores(text: str) -> Scored | None:
    """The verdict of an answer that is two scores; None for any other.

    >>> read_scores("[0.75, 0.5]"), read_scores("[0.3, 0.35]"), read_scores("A")
    ('A', 'tie', None)
    """
    try:
        a, b = json.loads(text)
    except (ValueError, TypeError):
        return None
    if not all(isinstance(score, float | int) and isfinite(score) for score in (a, b)):
        return None
    if abs(a - b) <= ZONE + _EDGE:
        return "tie"
    return "A" if a > b else "B"
