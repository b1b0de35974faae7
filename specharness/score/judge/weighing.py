"""Verdicts as log-probabilities: how probable is the answer A, and how probable B?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite

from specharness.errors import ModelError
from specharness.model import Logprobs, Model, Request, Unmeasured
from specharness.records import Message
from specharness.score.judge.question import LETTERS, Letter
from specharness.score.margins import preference

Question = tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """Log-probabilities (nats) of the first token of each answer."""

    a: float
    b: float

    def share(self, letter: Letter) -> float:
        """The probability of `letter`, given that the answer is one of the two."""
        return preference((self.a - self.b) * (1 if letter == "A" else -1), 1.0)

    @property
    def mass(self) -> float:
        """The probability of both answers together."""
        return min(1.0, exp(min(0.0, self.a)) + exp(min(0.0, self.b)))


def weigh(model: Model, questions: Sequence[Question]) -> list[Odds | Unmeasured]:
    """The odds of each question; two requests each, all in one batch so that prefixes are shared.

    Only the first token counts: whether a model ends its turn after "A" is not the question.
    """
    requests = [Request(messages=q, response=letter) for q in questions for letter in LETTERS]
    answers = model.logprobs(requests)
    check_complete(model, len(requests), len(answers))
    return [_odds(a, b) for a, b in zip(answers[::2], answers[1::2], strict=True)]


def offers_logprobs(model: Model) -> bool:
    """Whether a model weighs given text: it is asked to, once."""
    question = (Message(role="user", content="Which letter comes first, A or B?"),)
    return isinstance(weigh(model, [question])[0], Odds)


def check_complete(model: Model, asked: int, answered: int) -> None:
    """ModelError where a model gave more or fewer answers than it was asked for."""
    if answered != asked:
        what = f"gave {answered} answers to {asked} requests"
        remedy = "a model has to answer each request, in order"
        raise ModelError(model.identity.name, what, remedy)


def _odds(a: Logprobs | Unmeasured, b: Logprobs | Unmeasured) -> Odds | Unmeasured:
    for letter, answer in zip(LETTERS, (a, b), strict=True):
        if isinstance(answer, Unmeasured):
            return Unmeasured(reason=f"{letter}: {answer.reason}")
        if not answer.tokens or not isfinite(answer.tokens[0]) or answer.tokens[0] > 1e-3:
            return Unmeasured(reason=f"{letter}: no log-probability")
    assert isinstance(a, Logprobs) and isinstance(b, Logprobs)
    return Odds(a=a.tokens[0], b=b.tokens[0])
