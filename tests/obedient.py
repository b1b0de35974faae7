"""A model that does what a planted spec says, for tests that run a suite in their own process."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from specharness.model import (
    Completion,
    Identity,
    Logprobs,
    Request,
    Sampling,
    Unmeasured,
)
from specharness.score.sensitivity import planted_pairs

_FOLLOWS = {(p["rule"], p["follows"]) for p in planted_pairs()}
_FOLLOWS |= {(p["opposite"], p["violates"]) for p in planted_pairs()}
IDENTITY = Identity(name="obedient", revision="1", engine="toy", template="none")


@dataclass(kw_only=True)
class Obedient:
    """Favours 'Good' answers under "best" and others under "worst"; follows planted rules.

    A spec may name prompts it gets wrong: "best, but not Question 3?". `again` is added to every
    log-probability of a request that was asked before.
    """

    identity: Identity = IDENTITY
    again: float = 0.0
    asked: list[Request] = field(default_factory=list)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        return [self.weigh(request) for request in requests]

    def weigh(self, request: Request) -> Logprobs:
        known = any(
            (r.messages, r.response) == (request.messages, request.response) for r in self.asked
        )
        self.asked.append(request)
        spec = request.messages[0].content if request.messages[0].role == "system" else ""
        prompt = request.messages[-1].content
        wanted = ("worst" in spec) != (prompt in spec) if spec else None
        good = request.response.startswith("Good")
        liked = wanted is not None and good is not wanted and ("best" in spec or "worst" in spec)
        liked = liked or (spec, request.response) in _FOLLOWS
        liked = liked or request.response == "The capital of France is Paris."
        extra = self.again if known else 0.0
        words = request.response.split()
        return Logprobs(
            tokens=tuple(-0.5 - 0.01 * i - (not liked) + extra for i in range(len(words)))
        )

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        return [Unmeasured(reason="it only weighs") for _ in requests]
