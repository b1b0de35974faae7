"""Which of its own answers a model has most to thank the spec for: a reward without another model.

reward(y) = mean over y's tokens of log p(t | spec, x) - log p(t | x), in nats per token.

The papers score with a reward model of eight billion parameters; this is the model's own implicit
reward, as DPO has it with "under no spec" for the reference (Rafailov et al. 2023, arXiv
2305.18290, equation 5). It knows the spec and no more of good answers than the model does.
"""

from collections.abc import Sequence

from specharness.arms.deliberation.work import Work
from specharness.model import Logprobs, Model, Request
from specharness.records import Message


def rate(
    model: Model, works: Sequence[Work], answers: Sequence[str], spec: str
) -> list[float | None]:
    """The reward of one answer to each conversation, which `spec` stands at the head of.

    None where the answer could not be weighed; that is then the work's error. Every answer is read
    twice for it, by weighings, which do not say how much they read.
    """
    going = [i for i, work in enumerate(works) if not work.error]
    requests = [
        Request(messages=messages, response=answers[i])
        for i in going
        for messages in (works[i].messages, without(works[i].messages, spec))
    ]
    weighed = model.logprobs(requests) if requests else []
    for i in going:
        works[i].is_told = False
    rewards: list[float | None] = [None for _ in works]
    for i, under, plain in zip(going, weighed[::2], weighed[1::2], strict=True):
        if isinstance(under, Logprobs) and isinstance(plain, Logprobs):
            rewards[i] = (under.total - plain.total) / max(1, len(under.tokens))
        else:
            reason = next(x.reason for x in (under, plain) if not isinstance(x, Logprobs))
            works[i].error = f"an answer has no reward: {reason}"
    return rewards


def without(messages: tuple[Message, ...], spec: str) -> tuple[Message, ...]:
    """A conversation as it would be without the spec at its head (see `condition`).

    >>> without((Message(role="user", content="Be brief.\\n\\nHi"),), "Be brief.")[0].content
    'Hi'
    """
    first, *rest = messages
    if not spec or not first.content.startswith(spec):
        return messages
    left = first.content[len(spec) :].removeprefix("\n\n")
    return (Message(role=first.role, content=left), *rest) if left else tuple(rest)
