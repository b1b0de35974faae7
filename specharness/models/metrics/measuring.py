"""One measurement: a fresh metric, two responses, a score for each."""

import inspect
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from specharness.errors import ModelError
from specharness.model import Sampling
from specharness.models.metrics.arena import NAMES, InOrder
from specharness.models.metrics.drawing import drawing
from specharness.records import Message
from specharness.score.judge.metric import Asked

Make = Callable[[str], Any]


def make_metric(make: Make, standard: str, where: str) -> Any:
    """A metric for the text to judge by; ModelError for what is none of single answers."""
    from deepeval.metrics import BaseArenaMetric, BaseMetric  # noqa: PLC0415 - an extra

    metric = make(standard)
    if not isinstance(metric, BaseMetric | BaseArenaMetric):
        remedy = "return a BaseMetric or a BaseArenaMetric of deepeval, such as GEval"
        raise ModelError(where, f"makes a {type(metric).__name__}", remedy)
    metric.async_mode = False  # our own caller may run inside an event loop
    metric.verbose_mode = False  # what it prints goes through rich, to which "[/b]" is markup
    return metric


def measure_both(
    make: Make, asked: Asked, sampling: Sampling, where: str = "metric"
) -> tuple[float, float]:
    """The scores of both responses, A's first; an arena's winner has 1 and the other 0.

    Whatever the metric raises is raised. ValueError for a score that is no finite number, and for a
    winner that did not compete.
    """
    from deepeval.metrics import BaseArenaMetric  # noqa: PLC0415 - an extra

    with drawing(sampling, asked.a, asked.b):
        metric = make_metric(make, asked.standard, where)
        if isinstance(metric, BaseArenaMetric):
            return _compete(metric, asked)
        first = _score(metric, asked, asked.a)
        # a metric keeps what it measured: the second response gets one of its own
        return first, _score(make_metric(make, asked.standard, where), asked, asked.b)


def prompt_text(prompt: Sequence[Message]) -> str:
    """A prompt as one text, for a test case's `input`: of several turns each says who speaks.

    >>> prompt_text((Message(role="user", content="Hi"),))
    'Hi'
    """
    if len(prompt) == 1:
        return prompt[0].content
    return "\n\n".join(f"{turn.role}: {turn.content}" for turn in prompt)


def _compete(metric: Any, asked: Asked) -> tuple[float, float]:
    from deepeval.metrics import ArenaGEval  # noqa: PLC0415 - an extra
    from deepeval.test_case import ArenaTestCase, Contestant  # noqa: PLC0415

    template = None
    if isinstance(metric, ArenaGEval):
        metric.evaluation_template = template = InOrder(metric.evaluation_template)
    contestants = []
    for name, text in zip(NAMES, (asked.a, asked.b), strict=True):
        one = Contestant(name=name, test_case=_case(asked, text))
        one.test_case.multimodal = False  # it was looked for again
        contestants.append(one)
    _measure(metric, ArenaTestCase(contestants=contestants))
    winner = getattr(metric, "winner", None)
    if winner not in NAMES:
        raise ValueError("the metric named no winner")
    if template is not None and not template.used:
        raise ValueError("this version of deepeval does not say in which order it shows responses")
    return (1.0, 0.0) if winner == NAMES[0] else (0.0, 1.0)


def _score(metric: Any, asked: Asked, response: str) -> float:
    _measure(metric, _case(asked, response))
    score = metric.score
    if isinstance(score, bool) or not isinstance(score, float | int) or not isfinite(score):
        raise ValueError(f"the score is {str(score)[:40]}")
    return float(score)


def _case(asked: Asked, response: str) -> Any:
    """A test case that is text: "[DEEPEVAL:IMAGE:...]" in a stranger's is no image."""
    from deepeval.test_case import LLMTestCase  # noqa: PLC0415 - an extra

    case = LLMTestCase(input=prompt_text(asked.prompt), actual_output=response)
    case.multimodal = False
    return case


def _measure(metric: Any, case: object) -> None:
    """Measure without a progress bar; RuntimeError with the error that the metric noted."""
    known = inspect.signature(metric.measure).parameters
    quiet = {"_show_indicator": False} if "_show_indicator" in known else {}
    result = metric.measure(case, **quiet)
    if metric.error:
        raise RuntimeError(str(metric.error))
    if getattr(metric, "winner", None) is None and isinstance(result, str):
        metric.winner = result
