"""A model's own answers to the prompts of pairs, under several specs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from specharness.condition import condition
from specharness.model import Completion, Model, Request, Sampling, Unmeasured
from specharness.records import Pair
from specharness.score.judge.weighing import check_complete
from specharness.settings import Placement

Written = dict[str, list[Completion | Unmeasured]]  # by the spec's text, then in the pairs' order


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How the model answers: with the spec in which turn, and drawn how."""

    placement: Placement = "system"
    sampling: Sampling = field(default_factory=Sampling)


def write_replies(
    model: Model, pairs: Sequence[Pair], specs: Sequence[str], writing: Writing
) -> Written:
    """The model's answer to each pair's prompt under each spec's text, all in one batch.

    Equal texts are answered once. ModelError where the model does not answer each request.
    """
    texts = list(dict.fromkeys(specs))
    requests = [
        Request(messages=condition(pair.prompt, text, writing.placement))
        for text in texts
        for pair in pairs
    ]
    answers = model.generate(requests, writing.sampling) if requests else []
    check_complete(model, len(requests), len(answers))
    n = len(pairs)
    return {text: answers[i * n : (i + 1) * n] for i, text in enumerate(texts)}
