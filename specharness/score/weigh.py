"""Ask a model for the log-probabilities of pairs under several conditions, in one batch."""

from collections.abc import Mapping, Sequence

from specharness.condition import condition
from specharness.model import Logprobs, Model, Request, Unmeasured
from specharness.records import Pair
from specharness.score.margins import Weighed
from specharness.settings import Placement

Weights = dict[str, dict[str, Weighed | Unmeasured]]  # by condition's name, then by pair id


def weigh_pairs(
    model: Model, pairs: Sequence[Pair], conditions: Mapping[str, str], placement: Placement
) -> Weights:
    """Weigh both responses of every pair under every condition (name -> system text).

    All requests go to the model at once, condition by condition, so that it can share prefixes. A
    pair with one unmeasured response is unmeasured.
    """
    texts = [
        (name, pair) for name in conditions for pair in pairs
    ]  # one entry for two requests: chosen, rejected
    requests = [
        Request(messages=condition(pair.prompt, conditions[name], placement), response=response)
        for name, pair in texts
        for response in (pair.chosen, pair.rejected)
    ]
    answers = model.logprobs(requests)
    weights: Weights = {name: {} for name in conditions}
    for i, (name, pair) in enumerate(texts):
        weights[name][pair.id] = _both(answers[2 * i], answers[2 * i + 1])
    return weights


def _both(chosen: Logprobs | Unmeasured, rejected: Logprobs | Unmeasured) -> Weighed | Unmeasured:
    if isinstance(chosen, Unmeasured):
        return Unmeasured(reason=f"chosen: {chosen.reason}")
    if isinstance(rejected, Unmeasured):
        return Unmeasured(reason=f"rejected: {rejected.reason}")
    return Weighed(chosen=chosen, rejected=rejected)
