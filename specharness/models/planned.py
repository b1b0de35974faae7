"""What a run would ask of a model, found out without asking: for dry runs.

A planned model answers from recordings and the store as the real one would. What it lacks is
counted, and answered by a stand-in whose answers are kept nowhere: it follows planted rules, so
that a run goes on as with a model that may gate, its verdicts contradict each other, so that the
most votes are counted that there can be, and its replies are as long as they may be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from specharness.budget import NOTHING, Cost
from specharness.errors import ModelError
from specharness.keys import Result
from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.models.remote.verdicts import is_verdict
from specharness.prices import estimate_tokens
from specharness.records import digest
from specharness.score.judge.question import FORM
from specharness.score.sensitivity import planted_pairs, probe_requests
from specharness.settings import Mode
from specharness.settings_remote import RemoteSettings
from specharness.store import Store

LONGEST_REPLY = 20_000  # characters of a planned reply


@dataclass(slots=True, kw_only=True, eq=False)
class StandIn:
    """Takes a model's place; `cost` is what the real one would have taken, estimated.

    `asked` counts requests, several of which one call may answer.
    """

    identity: Identity
    weighs_text: bool
    takes_prefill: bool = True
    cost: Cost = field(default=NOTHING, init=False)
    asked: int = field(default=0, init=False)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """One number a word; likelier for what a planted rule asks for."""
        self.asked += len(requests)
        verdicts = set()
        for request in requests:
            size = _size(request)
            if not self.weighs_text and is_verdict(request.response):
                verdicts.add((request.messages, request.index))  # one call for both answers
            else:
                self.cost += Cost(read=size + estimate_tokens(request.response))
        for messages, _ in verdicts:
            self.cost += Cost(read=_size(Request(messages=messages)), wrote=1)
        return self.weigh(requests)

    def weigh(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """The same numbers, uncounted."""
        liked = _liked()
        return [_weigh(request, liked) for request in requests]

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """The verdict A, whichever response is shown first; else a reply that no other is like."""
        self.asked += len(requests)
        for request in requests:
            self.cost += Cost(read=_size(request), wrote=sampling.max_tokens)
        return [_write(request, sampling) for request in requests]


class _Planned(RecordedModel):
    """Recordings and store, and a stand-in for what they lack."""

    double: StandIn

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """What is at hand where all is; numbers of two models are not read together."""
        before = self.double.asked
        answers = super().logprobs(requests)
        return answers if self.double.asked == before else self.double.weigh(requests)


class _ReadOnlyStore(Store):
    """A store that takes nothing."""

    def put_many(self, results: Mapping[str, Result]) -> None:
        """Nothing."""


def plan_model(
    model: RecordedModel, settings: RemoteSettings, *, stored: bool = True
) -> tuple[RecordedModel, StandIn]:
    """A model to plan a run with in place of `model`, and what counts its costs.

    Where not `stored`, only recordings answer, and what they lack is counted in replay mode too.
    """
    try:
        identity = model.identity
    except ModelError:  # nothing is recorded, and nobody says who would answer
        identity = Identity(name=model.suite, revision="", engine="", template="")
    double = StandIn(identity=identity, weighs_text=bool(settings.tokenizer or settings.template))
    mode: Mode = "live" if model.mode == "record" else model.mode
    # a store that is not there yet is not made for a plan
    store = model.store if stored and model.store and model.store.path.is_file() else None
    planned = _Planned(
        mode=mode if stored else "auto",
        factory=lambda: double,
        recordings=model.recordings,
        store=_ReadOnlyStore(store.path) if store else None,
        expected=identity,
        suite=model.suite,
    )
    planned.double = double
    return planned, double


def _liked() -> set[tuple[str, str]]:
    """Planted rules and probe: which response a model that may gate prefers under which text."""
    liked = {(item["rule"], item["follows"]) for item in planted_pairs()}
    liked |= {(item["opposite"], item["violates"]) for item in planted_pairs()}
    return liked | {("", probe_requests()[0].response)}


def _weigh(request: Request, liked: set[tuple[str, str]]) -> Logprobs:
    texts = {"", *(m.content for m in request.messages)}
    follows = any((text, request.response) in liked for text in texts) or any(
        rule and rule in text and request.response == response
        for rule, response in liked
        for text in texts
    )
    words = len(request.response.split()) + 1
    return Logprobs(tokens=tuple(-0.5 - 0.01 * i - (not follows) for i in range(words)))


def _write(request: Request, sampling: Sampling) -> Completion:
    """A verdict where one is asked for, else as long a reply as there may be: a judge reads it."""
    if any(FORM in message.content for message in request.messages):
        return Completion(text="A", count=1)
    name = digest([(m.role, m.content) for m in request.messages])
    text = (name * (4 * sampling.max_tokens // len(name) + 1))[:LONGEST_REPLY]
    return Completion(text=text, count=sampling.max_tokens)


def _size(request: Request) -> int:
    return sum(estimate_tokens(m.content) + 4 for m in request.messages)
