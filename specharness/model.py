"""The one seam to the outside: what a model is to the rest of the package.

Anything with these members is a model. Both calls take a whole batch, so that an engine may share
prefixes, pad, or fan out; results come back in the order of the requests. A request that could not
be measured comes back as `Unmeasured`, never as a number.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import fsum
from typing import Protocol, runtime_checkable

from specharness.records import Message, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Everything about a model that can change its answers.

    `revision` pins the weights (a digest or a commit), `engine` the arithmetic (for example
    "local-float32"), `template` is the digest of the chat template.
    """

    name: str
    revision: str
    engine: str
    template: str

    @property
    def digest(self) -> str:
        """The sha256 over all members."""
        return digest(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A conversation the model has seen, and (for `logprobs`) the response to be weighed.

    `messages` are already conditioned: the spec stands in them (see `condition`). `index` tells
    repeats apart, as in `Sampling`: equal requests are answered once, those it sets apart anew.

    `prefill` is what the assistant's turn begins with: `generate` goes on with it, and `logprobs`
    weighs the response that follows it. Its tokens are those of its text, encoded on its own; names
    of control tokens in it are letters, but for those in `tags` (marks of reasoning). A model takes
    a prefill where its attribute `takes_prefill` is True; `run_batches` refuses the others.
    """

    messages: tuple[Message, ...]
    response: str = ""
    index: int = 0
    prefill: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Logprobs:
    """Natural-log probabilities (nats) of the response's tokens, end-of-turn token included."""

    tokens: tuple[float, ...]

    @property
    def total(self) -> float:
        """Their sum: log p(response | messages), at most 0."""
        return fsum(self.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A generated answer, without what the request prefilled.

    `count` is the number of tokens generated, end-of-turn included; `read` that of the tokens of
    the request before them, prefill included (0: the model does not say).
    """

    text: str
    count: int
    read: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """How a model's tokens cut a response: the characters (code points) that each token adds.

    A token that only goes on with a character adds 0; those that end the turn are not among them.
    """

    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """A request without a result, and why (`reason` completes "could not be measured: ...")."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How to generate: `temperature` 0 is greedy; `index` tells repeated samples apart.

    The answer ends before the first of the texts `stop`, which it does not hold. A model may pass
    over it, and so write more than is needed: who asks cuts the text too.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    seed: int = 0
    index: int = 0
    stop: tuple[str, ...] = ()


class Model(Protocol):
    """What every model offers."""

    @property
    def identity(self) -> Identity:
        """Who answers; part of the key of every stored result."""
        ...

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """Weigh each request's response, teacher-forced; one result per request, in order."""
        ...

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """Answer each request; one result per request, in order."""
        ...


@runtime_checkable
class Cutter(Protocol):
    """What a model may offer besides: which of its tokens stands for which part of a response."""

    def cut(self, texts: Sequence[str]) -> list[Cuts | None]:
        """How the tokens cut each text, in order; None for what nobody can say."""
        ...
