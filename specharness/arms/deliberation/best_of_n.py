"""Best-of-N: several answers, of which the one with the largest reward stands."""

from collections.abc import Sequence
from dataclasses import replace

from specharness.arms.deliberation.reward import rate
from specharness.arms.deliberation.work import Brief, Work, write
from specharness.model import Model, Request, Sampling

Rated = list[tuple[float, str]]  # answers to one conversation with their rewards


def best_of_n(model: Model, works: Sequence[Work], brief: Brief) -> None:
    """Draw `samples` answers to each conversation and keep the best."""
    settle(works, draw(model, works, [Request(messages=w.messages) for w in works], brief))


def one_draft(model: Model, works: Sequence[Work], brief: Brief) -> None:
    """The control: one answer, unrated. What best-of-n adds to it is the choosing."""
    one = replace(brief, effort=replace(brief.effort, samples=1))
    for work, found in zip(works, _sample(model, works, None, one, 0), strict=True):
        work.answer = found


def draw(
    model: Model,
    works: Sequence[Work],
    requests: Sequence[Request],
    brief: Brief,
    numbers: range | None = None,
) -> list[Rated]:
    """Answers to `requests`, by sample number, each rated as an answer to its conversation."""
    found: list[Rated] = [[] for _ in works]
    for number in range(brief.effort.samples) if numbers is None else numbers:
        texts = _sample(model, works, requests, brief, number)
        rewards = rate(model, works, texts, brief.text)
        for rated, text, reward in zip(found, texts, rewards, strict=True):
            if reward is not None:
                rated.append((reward, text))
    return found


def settle(works: Sequence[Work], found: Sequence[Rated]) -> None:
    """The best of the rated answers is the answer; of equals the first."""
    for work, rated in zip(works, found, strict=True):
        if not work.error:
            work.answer = max(rated, key=lambda each: each[0])[1]


def _sample(
    model: Model,
    works: Sequence[Work],
    requests: Sequence[Request] | None,
    brief: Brief,
    number: int,
) -> list[str]:
    effort = brief.effort
    sampling = Sampling(
        max_tokens=effort.answer_tokens,
        temperature=effort.temperature,
        seed=effort.seed,
        index=number,
    )
    return write(model, works, requests or [Request(messages=w.messages) for w in works], sampling)
