"""A model whose numbers come from digests: quick, and the same on every machine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.records import Message

TOY = Identity(name="toy", revision="1", engine="digest", template="words")


def ask(prompt: str, response: str = "", spec: str = "Be kind.") -> Request:
    turns = (Message(role="system", content=spec), Message(role="user", content=prompt))
    return Request(messages=turns, response=response)


@dataclass(kw_only=True)
class ToyModel:
    """One token a word and an end-of-turn token; log-probabilities between -8 and 0.

    `refuse` says which requests cannot be measured; `before` is called with each request before it
    is answered (to stop, to count, to be slow). `batches` holds the sizes of the batches asked.
    """

    identity: Identity = TOY
    refuse: Callable[[Request], bool] = lambda request: False
    before: Callable[[Request], object] = lambda request: None
    batches: list[int] = field(default_factory=list)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        self.batches.append(len(requests))
        return [self.weigh(request) for request in requests]

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        self.batches.append(len(requests))
        return [self.answer(request, sampling) for request in requests]

    def weigh(self, request: Request) -> Logprobs | Unmeasured:
        self.before(request)
        if self.refuse(request):
            return Unmeasured(reason="the toy refuses")
        words = [*request.response.split(), "<end>"]
        seen = repr((self.identity, request.messages))
        return Logprobs(tokens=tuple(-8 * _share(seen, *words[: i + 1]) for i in range(len(words))))

    def answer(self, request: Request, sampling: Sampling) -> Completion | Unmeasured:
        self.before(request)
        if self.refuse(request):
            return Unmeasured(reason="the toy refuses")
        sample = (sampling.seed, sampling.index) if sampling.temperature else ()
        number = int(1000 * _share(repr((self.identity, request.messages, sample))))
        return Completion(text=f"Answer {number}.", count=min(3, sampling.max_tokens))


class StreamingToy(ToyModel):
    """The same, handing results over one by one, last request first."""

    def iter_logprobs(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Logprobs | Unmeasured]]:
        self.batches.append(len(requests))
        for i in reversed(range(len(requests))):
            yield i, self.weigh(requests[i])


def _share(*parts: str) -> float:
    """A number in [0, 1) that depends on all parts."""
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(data).digest()[:6], "big") / 2**48
