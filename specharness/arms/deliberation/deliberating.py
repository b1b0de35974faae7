"""A model that deliberates before it answers, or before a given response is weighed.

How a given response is weighed. A method that thinks (align3, more-think, zero-think) or prepares a
rewrite (self-refine) leaves a conversation in which the answer is next: the response stands there,
teacher-forced, after the same reasoning or critique whichever response it is. A method that makes
an answer of its own (best-of-n, tpo) is no such condition: its answer is put into the conversation
as a draft, the user asks for a final version, and the response is weighed as that.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from specharness.arms.deliberation.work import Brief, Method, Work, assistant, user
from specharness.model import (
    Completion,
    Identity,
    Logprobs,
    Model,
    Request,
    Sampling,
    Unmeasured,
)
from specharness.records import Message, digest

_FINAL = (
    "Write the final version of your answer: the best one by everything you were told. Write the "
    "answer only."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deliberating:
    """A `Model` that works on each conversation by `method` first, once for all its responses.

    Its completions count all that was read and written on the way; `read` is 0 (not told) where
    drafts were weighed, as weighings do not say what they read: a model's `tokens_run` does, for
    answers that failed, too. The requests' `prefill` is not taken: the head of the answer is the
    method's.
    """

    inner: Model
    method: Method
    brief: Brief
    name: str

    @property
    def identity(self) -> Identity:
        """The model's, with the method in its engine."""
        how = digest(asdict(self.brief))[:8]
        inner = self.inner.identity
        return replace(inner, engine=f"{inner.engine}, {self.name} {how}")

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """Weigh each response where the method's answer would stand."""
        works = self._work(requests, self.brief)
        going = [i for i, work in enumerate(works) if not work.error]
        tags = self.brief.effort.tags
        asked = [
            replace(
                requests[i],
                messages=_with_draft(works[i]),
                prefill=works[i].prefill,
                tags=tags if works[i].prefill else (),
            )
            for i in going
        ]
        weighed = dict(zip(going, self.inner.logprobs(asked) if asked else [], strict=True))
        return [
            weighed[i] if i in weighed else Unmeasured(reason=work.error)
            for i, work in enumerate(works)
        ]

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """The method's answers; drafts have `sampling`'s `max_tokens`, stages of thought their own.

        Answers that the method leaves to the model are written with `sampling`.
        """
        effort = replace(self.brief.effort, answer_tokens=sampling.max_tokens)
        works = self._work(requests, replace(self.brief, effort=effort))
        left = [i for i, work in enumerate(works) if not work.error and work.answer is None]
        tags = effort.tags
        asked = [
            Request(
                messages=works[i].messages,
                index=requests[i].index,
                prefill=works[i].prefill,
                tags=tags if works[i].prefill else (),
            )
            for i in left
        ]
        last = dict(zip(left, self.inner.generate(asked, sampling) if asked else [], strict=True))
        return [_answer(work, last.get(i)) for i, work in enumerate(works)]

    def _work(self, requests: Sequence[Request], brief: Brief) -> list[Work]:
        """A work for each request; requests of one conversation share theirs."""
        works = {request.messages: Work(messages=request.messages) for request in requests}
        self.method(self.inner, list(works.values()), brief)
        return [works[request.messages] for request in requests]


@contextmanager
def deliberate(model: Model, method: Method, brief: Brief, name: str) -> Iterator[Model]:
    """`model` with the method before its answers, until the block ends; nothing in it changes."""
    yield Deliberating(inner=model, method=method, brief=brief, name=name)


def _with_draft(work: Work) -> tuple[Message, ...]:
    if work.answer is None:
        return work.messages
    return (*work.messages, assistant(work.answer), user(_FINAL))


def _answer(work: Work, last: Completion | Unmeasured | None) -> Completion | Unmeasured:
    if work.error:
        return Unmeasured(reason=work.error)
    if isinstance(last, Unmeasured):
        return last
    text = work.answer if work.answer is not None else last.text if last else ""
    read, written = (last.read, last.count) if last else (0, 0)
    is_told = work.is_told and (last is None or read > 0)
    told = work.read + read if is_told else 0
    return Completion(text=text, count=work.written + written, read=told)
