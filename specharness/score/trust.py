"""Examine a model before it may gate: probe its numbers, then its sensitivity."""

from specharness.model import Model
from specharness.runfile import Trust
from specharness.score.logprob import Reading
from specharness.score.sensitivity import (
    judge_probe,
    judge_sensitivity,
    planted_requests,
    probe_requests,
)


def examine(model: Model, reading: Reading) -> Trust:
    """What the probe and the sensitivity test say; costs are left at zero.

    The requests go through the model like any others, so a store or recordings answer them from
    the second time on. What is asked again is asked alone: in one batch with its first time, a
    model that shares prefixes would compute it once.
    """
    *probes, again = probe_requests()
    answers = model.logprobs([*probes, *planted_requests(reading.placement)])
    wrong = judge_probe([*answers[: len(probes)], *model.logprobs([again])])
    found = judge_sensitivity(answers[len(probes) :], reading.reduce)
    return Trust(
        probe=f"failed: {wrong}" if wrong else "passed",
        sensitivity=found.share,
        sensitivity_sentence=found.sentence,
        may_gate=found.may_gate and not wrong,
        calls=0,
        reused=0,
        tokens=0,
        seconds=0.0,
    )


NOT_EXAMINED = Trust(
    probe="not run",
    sensitivity=None,
    sensitivity_sentence="not run",
    may_gate=False,
    calls=0,
    reused=0,
    tokens=0,
    seconds=0.0,
)
