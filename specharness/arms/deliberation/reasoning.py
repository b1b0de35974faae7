"""One block of reasoning at the head of the answer's turn: opened, gone on with, closed."""

from collections.abc import Sequence

from specharness.arms.deliberation.effort import Effort
from specharness.arms.deliberation.work import Work, write
from specharness.model import Model, Request, Sampling


def open_block(works: Sequence[Work], effort: Effort) -> None:
    """Begin the reasoning of every conversation."""
    for work in works:
        work.prefill = f"{effort.opening}\n"


def go_on(model: Model, works: Sequence[Work], words: str, effort: Effort) -> None:
    """Put `words` into the block and let the model reason on, until it would close the block.

    A model that never does is stopped after `effort.stage_tokens`.
    """
    for work in works:
        work.prefill += words
    requests = [
        Request(messages=work.messages, prefill=work.prefill, tags=effort.tags) for work in works
    ]
    sampling = Sampling(max_tokens=effort.stage_tokens, seed=effort.seed, stop=(effort.closing,))
    for work, text in zip(works, write(model, works, requests, sampling), strict=True):
        # a model may pass over `stop`
        work.prefill += text.partition(effort.closing)[0].rstrip()


def close_block(works: Sequence[Work], effort: Effort) -> None:
    """End the reasoning: the answer follows."""
    for work in works:
        work.prefill += f"\n{effort.closing}\n\n"
