"""From requests to calls, and from a call's reply to results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from specharness.budget import Cost
from specharness.keys import Result
from specharness.model import Completion, Request, Sampling, Unmeasured
from specharness.models.remote.prompting import Given
from specharness.models.remote.replies import Reply
from specharness.models.remote.verdicts import read_verdicts
from specharness.models.remote.weighing import PROMPT, read_weights
from specharness.models.remote.wire import Call
from specharness.prices import estimate_tokens

Answer = Result | Unmeasured
_TURN = 4  # tokens that a chat template puts around a turn, about


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A call, the requests (by place) it answers, and how."""

    places: tuple[int, ...]
    call: Call
    read: Callable[[Reply], Sequence[Answer]]


def completion_job(place: int, request: Request, sampling: Sampling, takes: set[str]) -> Job:
    """Have a request answered; `takes` are the parameters that the provider knows."""
    body: dict[str, Any] = {
        "messages": _turns(request),
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
    }
    if "seed" in takes:
        body["seed"] = (sampling.seed * 1_000_003 + sampling.index) % 2**31
    if sampling.stop and "stop" in takes:
        body["stop"] = list(sampling.stop)
    cost = Cost(read=_read(request), wrote=sampling.max_tokens)

    def read(reply: Reply) -> Sequence[Answer]:
        return [_completion(reply, sampling.stop)]

    return Job(places=(place,), call=Call(kind="chat", body=body, cost=cost), read=read)


def verdict_job(places: tuple[int, ...], requests: Sequence[Request], rivals: int) -> Job:
    """Weigh one-token answers to one conversation, all with one call."""
    responses = [request.response for request in requests]
    body = {
        "messages": _turns(requests[0]),
        "max_tokens": 1,
        "temperature": 0.0,
        "logprobs": True,
        "top_logprobs": rivals,
    }

    def read(reply: Reply) -> Sequence[Answer]:
        return read_verdicts(responses, reply.top)

    cost = Cost(read=_read(requests[0]), wrote=1)
    return Job(places=places, call=Call(kind="chat", body=body, cost=cost), read=read)


def weight_job(place: int, given: Given, route: str) -> Job:
    """Weigh a given text."""
    body: dict[str, Any] = {"prompt": list(given.ids) or given.text, "temperature": 0.0}
    if route == PROMPT:  # vLLM's own: it writes one token beside
        body |= {"max_tokens": 1, "extra_body": {"prompt_logprobs": 0}}
    else:
        body |= {"max_tokens": 0, "echo": True, "logprobs": 1}
    size = len(given.ids) or estimate_tokens(given.text)

    def read(reply: Reply) -> Sequence[Answer]:
        assert reply.echo is not None
        return [read_weights(given, reply.echo, route)]

    return Job(
        places=(place,),
        call=Call(kind="text", body=body, cost=Cost(read=size, wrote=body["max_tokens"])),
        read=read,
    )


def _turns(request: Request) -> list[dict[str, str]]:
    return [{"role": m.role, "content": m.content} for m in request.messages]


def _read(request: Request) -> int:
    return sum(estimate_tokens(m.content) + _TURN for m in request.messages)


def _completion(reply: Reply, stop: tuple[str, ...]) -> Answer:
    if reply.text is None:
        why = f" (it ended with {reply.finish!r})" if reply.finish else ""
        return Unmeasured(reason=f"the answer has no text{why}")
    if reply.finish == "content_filter":
        return Unmeasured(reason="the provider's filter cut the answer")
    text = reply.text
    for mark in stop:  # a provider without `stop` writes on
        text = text.partition(mark)[0]
    return Completion(text=text, count=reply.wrote or estimate_tokens(text), read=reply.read)
