"""Run many requests in batches that can be kept one by one, so that a kill loses little."""

from collections.abc import Iterator, Mapping, Sequence
from os.path import commonprefix
from typing import Protocol, runtime_checkable

from specharness.errors import ModelError
from specharness.keys import Result
from specharness.model import Completion, Logprobs, Model, Request, Sampling, Unmeasured

Answer = Result | Unmeasured

# Some 12,000 tokens: a minute or two of a small model on two cores.
BATCH_CHARACTERS = 48_000
_KEPT_TOGETHER = 16  # streamed results that go into one transaction


@runtime_checkable
class Streaming(Protocol):
    """A model that hands results over as they are done, and shares prefixes among all requests."""

    def iter_logprobs(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Logprobs | Unmeasured]]:
        """Yield (index, result) for every request, in any order."""
        ...


@runtime_checkable
class StreamingWriter(Protocol):
    """A model that hands over what it generates as it is done."""

    def iter_generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> Iterator[tuple[int, Completion | Unmeasured]]:
        """Yield (index, result) for every request, in any order."""
        ...


def run_batches(
    model: Model, requests: Sequence[Request], sampling: Sampling | None, characters: int
) -> Iterator[Mapping[int, Answer]]:
    """Have `model` answer; yields the answers by index, batch by batch.

    A model that streams is asked once. Any other gets batches of about `characters` of text that
    no prompt is split over, neighbours in spec and prompt together, so that it can share prefixes
    inside a batch. ModelError where it does not answer every request, or takes no prefill and is
    given one.
    """
    if any(request.prefill for request in requests) and not getattr(model, "takes_prefill", False):
        what = "takes no beginning of an answer to go on with"
        raise ModelError(model.identity.name, what, "use a local model, or another arm")
    done = 0
    for batch in _batches(model, requests, sampling, characters):
        done += len(batch)
        yield batch
    if done != len(requests):
        raise _silent(model, done, len(requests))


def plan_batches(
    requests: Sequence[Request], characters: int, answer_characters: int = 0
) -> list[list[int]]:
    """Indexes of the requests by batch. Text shared with the neighbour before counts once.

    `answer_characters` is what each request costs besides its text. A batch ends only between two
    prompts, so one prompt with very many responses makes a larger batch.
    """
    texts = [_text(request) for request in requests]
    batches: list[list[int]] = []
    size, before = characters, ""
    for i in sorted(range(len(requests)), key=texts.__getitem__):
        same = bool(batches) and requests[batches[-1][-1]].messages == requests[i].messages
        if size >= characters and not same:
            batches.append([])
            size, before = 0, ""
        shared = len(commonprefix([before, texts[i]]))  # noqa: RUF071 - of texts, not of paths
        size += len(texts[i]) - shared + answer_characters
        before = texts[i]
        batches[-1].append(i)
    return batches


def _batches(
    model: Model, requests: Sequence[Request], sampling: Sampling | None, characters: int
) -> Iterator[Mapping[int, Answer]]:
    if sampling is None and isinstance(model, Streaming):
        yield from _stream(model, model.iter_logprobs(requests))
        return
    if sampling is not None and isinstance(model, StreamingWriter):
        yield from _stream(model, model.iter_generate(requests, sampling))
        return
    answer = 4 * sampling.max_tokens if sampling else 0
    for places in plan_batches(requests, characters, answer):
        part = [requests[i] for i in places]
        answers = model.logprobs(part) if sampling is None else model.generate(part, sampling)
        if len(answers) != len(part):
            raise _silent(model, len(answers), len(part))
        yield dict(zip(places, answers, strict=True))


def _stream(model: object, answers: Iterator[tuple[int, Answer]]) -> Iterator[Mapping[int, Answer]]:
    """Answers as they come; a model's `kept_together` says how many go into one transaction."""
    most: int = getattr(model, "kept_together", _KEPT_TOGETHER)
    batch: dict[int, Answer] = {}
    try:
        for i, answer in answers:
            batch[i] = answer
            if len(batch) >= most:
                yield batch
                batch = {}
    except (Exception, KeyboardInterrupt):
        yield batch  # paid for, so kept; then the trouble goes on
        raise
    yield batch


def _silent(model: Model, answered: int, asked: int) -> ModelError:
    what = f"gave {answered} answers to {asked} requests"
    return ModelError(model.identity.name, what, "a model has to answer each request, in order")


def _text(request: Request) -> str:
    turns = (f"{message.role}\0{message.content}\0" for message in request.messages)
    return "".join(turns) + "\1" + request.prefill + request.response
