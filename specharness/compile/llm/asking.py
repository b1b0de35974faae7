"""Questions put to a model in batches, with one repair turn, within a budget, all counted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Generic, TypeVar

from specharness.compile.llm.answers import Malformed
from specharness.compile.llm.prompts import render
from specharness.compile.llm.quoting import quote
from specharness.errors import ModelError
from specharness.model import Completion, Model, Request, Sampling, Unmeasured
from specharness.records import Message, digest

T = TypeVar("T")

_SHOWN_AGAIN = 2000  # characters of a malformed answer that the repair turn shows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question(Generic[T]):
    """A prompt, how to read its answer (`read` raises Malformed), and the form asked for again."""

    prompt: str
    read: Callable[[str], T]
    form: str


@dataclass(slots=True, kw_only=True, eq=False)
class Interview:
    """A model being asked, and what it cost.

    `calls` counts requests, repairs included, and never exceeds `budget`; a question that finds no
    room counts as an error "not asked". `errors` counts questions without a result, by step and
    kind; `repaired` those that the second turn saved. `weighed` counts the answers that were
    weighed rather than written; they are not part of the budget.
    """

    model: Model
    budget: int
    calls: int = field(default=0, init=False)
    weighed: int = field(default=0, init=False)
    repaired: int = field(default=0, init=False)
    errors: Counter[str] = field(default_factory=Counter, init=False)
    _heard: list[str] = field(default_factory=list, init=False)

    @property
    def left(self) -> int:
        """How many calls may still be made."""
        return self.budget - self.calls

    @property
    def transcript(self) -> str:
        """The sha256 over all questions and written answers, in order (weighed: questions only)."""
        return digest(*self._heard)

    def ask(
        self, step: str, questions: Sequence[Question[T]], max_tokens: int, keep: int = 0
    ) -> list[T | None]:
        """Ask all at once, then once more where an answer was malformed; None where that failed.

        Answers are greedy. `keep` calls of the budget are not spent on repairs.
        """
        sampling = Sampling(max_tokens=max_tokens, temperature=0.0)
        asked = questions[: self.left]
        self._count(step, "not asked", len(questions) - len(asked))
        turns = [(Message(role="user", content=question.prompt),) for question in asked]
        results: list[T | None] = [None] * len(questions)
        faults: dict[int, tuple[str, str]] = {}  # by question: the kind, and the answer
        for i, answer in enumerate(self._generate(turns, sampling)):
            if isinstance(answer, Unmeasured):
                self._count(step, "unmeasured")
                continue
            try:
                results[i] = asked[i].read(_whole(answer, sampling))
            except Malformed as fault:
                faults[i] = fault.kind, answer.text
        self._repair(step, asked, results, faults, (sampling, keep))
        return results

    def weigh(self, step: str, requests: Sequence[Request]) -> list[float]:
        """The log-probability (nats) of the first token of each response; NaN where unmeasured."""
        answers = self.model.logprobs(requests) if requests else []
        self._complete(len(requests), len(answers))
        self.weighed += len(answers)
        self._heard += [digest(r.messages[-1].content, r.response) for r in requests]
        self._count(step, "unmeasured", sum(isinstance(a, Unmeasured) for a in answers))
        return [nan if isinstance(a, Unmeasured) else a.tokens[0] for a in answers]

    def _repair(
        self,
        step: str,
        asked: Sequence[Question[T]],
        results: list[T | None],
        faults: dict[int, tuple[str, str]],
        how: tuple[Sampling, int],
    ) -> None:
        sampling, keep = how
        again = sorted(faults)[: max(0, self.left - keep)]
        for i in sorted(faults)[len(again) :]:
            self._count(step, faults[i][0])
        turns = [_again(asked[i], *faults[i]) for i in again]
        for i, answer in zip(again, self._generate(turns, sampling), strict=True):
            if isinstance(answer, Unmeasured):
                self._count(step, "unmeasured")
                continue
            try:
                results[i] = asked[i].read(_whole(answer, sampling))
                self.repaired += 1
            except Malformed as fault:
                self._count(step, fault.kind)

    def _generate(
        self, turns: Sequence[tuple[Message, ...]], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        if not turns:
            return []
        answers = self.model.generate([Request(messages=t) for t in turns], sampling)
        self._complete(len(turns), len(answers))
        self.calls += len(turns)
        for messages, answer in zip(turns, answers, strict=True):
            said = answer.text if isinstance(answer, Completion) else answer.reason
            self._heard.append(digest([(m.role, m.content) for m in messages], said))
        return answers

    def _complete(self, asked: int, answered: int) -> None:
        if answered != asked:
            what = f"gave {answered} answers to {asked} requests"
            remedy = "a model has to answer each request, in order"
            raise ModelError(self.model.identity.name, what, remedy)

    def _count(self, step: str, kind: str, times: int = 1) -> None:
        if times:
            self.errors[f"{step}: {kind}"] += times


def _whole(answer: Completion, sampling: Sampling) -> str:
    """An answer without its last line where it was cut off: "B" may be the beginning of "BOTH"."""
    if answer.count < sampling.max_tokens:
        return answer.text
    return answer.text.rpartition("\n")[0]


def _again(question: Question[T], kind: str, answer: str) -> tuple[Message, ...]:
    shown = quote(answer, _SHOWN_AGAIN)
    return (
        Message(role="user", content=question.prompt),
        Message(role="assistant", content=shown or "(nothing)"),
        Message(role="user", content=render("repair", kind=kind, form=question.form)),
    )
