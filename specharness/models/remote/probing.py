"""What a server really gives: tried with a known text before anything is paid for in numbers.

A way of weighing given text counts as proven when it returns one finite number for each of our
tokens, echoes our text, gives different tokens different numbers, and rates a sentence above the
same words in disorder.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

from specharness.keys import settle
from specharness.model import Logprobs, Unmeasured
from specharness.models.remote.jobs import Answer, Job, verdict_job, weight_job
from specharness.models.remote.prompting import Prompting
from specharness.models.remote.replies import Reply
from specharness.models.remote.verdicts import RIVALS, UNTOLD
from specharness.models.remote.weighing import ECHO, PROMPT
from specharness.score.sensitivity import judge_probe, probe_requests
from specharness.settings_remote import LogprobRoute

Try = Callable[[Job], Awaitable[list[Answer]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How log-probabilities are had; `reason` says why those of given text are not."""

    text: Literal["", "echo", "prompt_logprobs"] = ""
    rivals: int = 0  # asked for of an answer's first token; 0: the server gives none
    reason: str = ""


NO_PROMPT = f"{UNTOLD}; where its server echoes prompts, name the model's 'tokenizer' in [remote]"


async def find_route(
    wanted: LogprobRoute, prompting: Prompting | None, attempt: Try, ask: Try
) -> Route:
    """The first proven way; a text route serves verdicts too. `ask` may raise, `attempt` not."""
    if wanted == "none":
        return Route(reason="[remote] logprobs is none")
    reason = NO_PROMPT
    if prompting is not None and wanted in ("auto", "text"):
        found = await _text_route(prompting, attempt)
        if found.text:
            return found
        reason = found.reason
    if wanted == "text":
        return Route(reason=reason)
    return Route(rivals=await _rivals(ask), reason=reason)


async def _text_route(prompting: Prompting, attempt: Try) -> Route:
    reasons = []
    for route in (PROMPT, ECHO):
        given = [prompting.write(request) for request in probe_requests()[:2]]
        answers: list[Answer] = []
        for each in given:
            if isinstance(each, Unmeasured):
                return Route(reason=each.reason)
            if route == PROMPT and not each.ids:
                break  # that list is by token: without a tokenizer it says nothing
            answers += [settle(a) for a in await attempt(weight_job(0, each, route))]
            if isinstance(answers[-1], Unmeasured):
                break
        if not answers:
            continue
        if not (wrong := _wrong(answers)):
            return Route(text="prompt_logprobs" if route == PROMPT else "echo")
        reasons.append(wrong)
    return Route(reason=reasons[-1])


def _wrong(answers: list[Answer]) -> str:
    numbers = [a for a in answers if isinstance(a, Logprobs)]
    for answer in answers:
        if isinstance(answer, Unmeasured):
            return answer.reason
    known, disorder = numbers
    # asked once here: whether a second answer is the same, the probe before a gate tells
    return judge_probe([known, disorder, known])


async def _rivals(attempt: Try) -> int:
    """How many rivals of a first token can be had; 0 where none are told."""
    for count in RIVALS:
        told: list[int] = []

        def note(reply: Reply, told: list[int] = told) -> list[Answer]:
            told.append(len(reply.top))
            return []

        await attempt(replace(verdict_job((0,), probe_requests()[:1], count), read=note))
        if told and told[0] > 1:
            return count
    return 0
