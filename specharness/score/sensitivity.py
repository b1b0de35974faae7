"""May this model gate? A probe of its numbers, and a test that it reacts to what a spec asks.

The sensitivity test reads planted pairs that differ only in what a planted rule asks for: the edit
contrast of the rule against its opposite has to favour the response that follows the rule. A model
that guesses gets half of them right.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any

from specharness.condition import condition
from specharness.gate.stats import wilson
from specharness.model import Logprobs, Request, Unmeasured
from specharness.records import Message
from specharness.runfile import Share
from specharness.score.margins import Reduce, Weighed, shift_margin
from specharness.settings import Placement

_QUESTION = (Message(role="user", content="What is the capital of France?"),)
_PROBES = (
    "The capital of France is Paris.",
    "Paris of France is capital the.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How many planted edits the model read rightly; `may_gate` when that is more than chance."""

    share: Share
    errors: int
    may_gate: bool

    @property
    def sentence(self) -> str:
        """The result in words."""
        right, n = int(self.share.count), self.share.n
        tail = "" if self.may_gate else "; a coin would do as well, so it may not gate"
        lost = f" ({self.errors} could not be measured)" if self.errors else ""
        return f"reacts as asked to {right} of {n} planted edits{lost}{tail}"


def probe_requests() -> list[Request]:
    """A known text and the same words in disorder; last the known text, asked a second time."""
    known, disorder = (Request(messages=_QUESTION, response=text) for text in _PROBES)
    return [known, disorder, replace(known, index=1)]


def judge_probe(answers: Sequence[Logprobs | Unmeasured]) -> str:
    """What is wrong with the probe's numbers ("" when nothing is)."""
    for answer in answers:
        if isinstance(answer, Unmeasured):
            return answer.reason
        if wrong := _implausible(answer.tokens):
            return wrong
    known, disorder, again = (a for a in answers if isinstance(a, Logprobs))
    if known.total <= disorder.total:
        return "words in disorder are rated likelier than the sentence"
    if abs(known.total - again.total) > 0.01 * len(known.tokens):
        return "another answer to the same question"
    return ""


def _implausible(tokens: tuple[float, ...]) -> str:
    if len(tokens) < 4:
        return f"{len(tokens)} log-probabilities for a sentence of six words"
    if not all(isfinite(t) and t <= 1e-6 for t in tokens):
        return "log-probabilities that are not finite numbers up to 0"
    return "the same log-probability for every token" if len(set(tokens)) == 1 else ""


@cache
def planted_pairs() -> tuple[dict[str, Any], ...]:
    """The planted pairs that come with the package."""
    text = files("specharness.score").joinpath("planted.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def planted_requests(placement: Placement) -> list[Request]:
    """Four requests for each planted pair: rule and opposite, each with both responses."""
    return [
        Request(
            messages=condition(
                (Message(role="user", content=item["prompt"]),), item[side], placement
            ),
            response=item[response],
        )
        for item in planted_pairs()
        for side in ("rule", "opposite")
        for response in ("follows", "violates")
    ]


def judge_sensitivity(answers: Sequence[Logprobs | Unmeasured], reduce: Reduce) -> Sensitivity:
    """Count the planted edits read rightly; a tie counts half, an unmeasured one not at all.

    Chance is excluded when the lower end of the 95 % Wilson interval lies above a half.
    """
    right, n, errors = 0.0, 0, 0
    for i in range(0, len(answers), 4):
        four = [a for a in answers[i : i + 4] if isinstance(a, Logprobs)]
        if len(four) < 4:
            errors += 1
            continue
        rule = Weighed(chosen=four[0], rejected=four[1])
        margin = shift_margin(rule, Weighed(chosen=four[2], rejected=four[3]), reduce)
        right += (margin > 0) + 0.5 * (margin == 0)
        n += 1
    low, high = wilson(right, n) if n else (0.0, 1.0)
    share = Share(count=right, n=n, low=low, high=high)
    return Sensitivity(share=share, errors=errors, may_gate=low > 0.5)
