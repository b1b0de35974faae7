"""A model that takes prefilled turns and says what it was asked: for arms that deliberate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured

THINKER = Identity(name="thinker", revision="1", engine="toy", template="none")


def words(request: Request) -> int:
    text = " ".join([*(m.content for m in request.messages), request.prefill, request.response])
    return len(text.split())


@dataclass(kw_only=True)
class Thinker:
    """Writes "thought N" and would close its reasoning; a word is a token.

    `says` gives other answers, `likes` what a response's tokens weigh under a request (nats).
    `asked` holds what it generated for, with the sampling, and `weighed` what it weighed.
    """

    identity: Identity = THINKER
    takes_prefill: bool = True
    says: Callable[[Request, Sampling, int], str] = lambda request, sampling, number: (
        f" thought {number}</think> and more"
    )
    likes: Callable[[Request], float] = lambda request: -1.0
    refuse: Callable[[Request], bool] = lambda request: False
    asked: list[tuple[Request, Sampling]] = field(default_factory=list)
    weighed: list[Request] = field(default_factory=list)
    tokens_run: int = 0

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        return [self._weigh(request) for request in requests]

    def _weigh(self, request: Request) -> Logprobs | Unmeasured:
        self.weighed.append(request)
        if self.refuse(request):
            return Unmeasured(reason="the thinker refuses")
        self.tokens_run += words(request)
        return Logprobs(tokens=(self.likes(request),) * (len(request.response.split()) + 1))

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        return [self._write(request, sampling) for request in requests]

    def _write(self, request: Request, sampling: Sampling) -> Completion | Unmeasured:
        self.asked.append((request, sampling))
        if self.refuse(request):
            return Unmeasured(reason="the thinker refuses")
        text = self.says(request, sampling, len(self.asked))
        count, read = len(text.split()), words(request)
        self.tokens_run += count + read
        return Completion(text=text, count=count, read=read)
