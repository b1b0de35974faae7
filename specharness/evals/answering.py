"""Any model of ours as a model of deepeval: its metrics ask it, under our settings and budget."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property
from typing import Any

from specharness.model import Model, Request, Sampling, Unmeasured
from specharness.models.metrics.drawing import current_sample
from specharness.models.metrics.quiet import open_deepeval
from specharness.models.opening import Means, find_candidate
from specharness.records import Message

open_deepeval("specharness.evals")
from deepeval.models import DeepEvalBaseLLM  # noqa: E402 - now it is quiet


class NoAnswer(RuntimeError):
    """A model gave no answer; deepeval counts that as the metric's error."""


class OurModel(DeepEvalBaseLLM):  # type: ignore[misc]
    """See `as_deepeval`, which makes it."""

    def __init__(self, name: str, load: Callable[[], Model], digest: str, sampling: Sampling):
        self.digest = digest  # who answers: part of what a metric is known by
        self._load = load
        self._sampling = sampling
        # one thread asks: a model is not made for several, nor for a thread with an event loop
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="deepeval")
        super().__init__(name)
        self.name = name

    @cached_property
    def loaded(self) -> Model:
        """The model itself, loaded on first use."""
        return self._load()

    def load_model(self, *args: Any, **kwargs: Any) -> "OurModel":
        """Itself: what answers is loaded with the first question."""
        return self

    def generate(self, prompt: str, schema: Any = None) -> str:
        """The answer's text; a metric reads JSON from it. NoAnswer where there is none.

        A `schema` is not imposed on the model: the prompts of deepeval ask for the JSON in words.
        """
        return self._thread.submit(copy_context().run, self._answer, prompt).result()

    async def a_generate(self, prompt: str, schema: Any = None) -> str:
        """The same, while other metrics go on."""
        return await asyncio.to_thread(self.generate, prompt)

    def get_model_name(self, *args: Any, **kwargs: Any) -> str:
        """The name that the model has with us."""
        return str(self.name)

    def _answer(self, prompt: str) -> str:
        request = Request(messages=(Message(role="user", content=prompt),))
        (answer,) = self.loaded.generate([request], self._how())
        if isinstance(answer, Unmeasured):
            raise NoAnswer(f"{self.name}: {answer.reason}")
        return answer.text

    def _how(self) -> Sampling:
        """The judge's seed, index and temperature while one is asked; else the model's own."""
        sample, own = current_sample(), self._sampling
        if sample is None:
            return own
        return Sampling(
            max_tokens=own.max_tokens,
            temperature=own.temperature or sample.temperature,
            seed=sample.seed,
            index=sample.index,
        )


def as_deepeval(
    model: str | Model, *, sampling: Sampling | None = None, means: Means | None = None
) -> OurModel:
    """A model of ours for `GEval(model=...)` and every other metric of deepeval.

    `model` is a name as in `suite.toml` or an object with a model's members; `means` says how a
    named one is run: engine, server (`RemoteSettings`), budget (`BudgetSettings`). `sampling` is
    1,024 greedy tokens by default. While a `MetricJudge` judges, its seed and sample index hold,
    and its temperature unless `sampling` has one above 0: so votes differ, and are the same again.

    Make it once, not in each metric: a model is loaded for each. ModelError for an unknown name.
    """
    how = sampling or Sampling(max_tokens=1024)
    if not isinstance(model, str):
        return OurModel(model.identity.name, lambda: model, model.identity.digest, how)
    found = find_candidate(model, means or Means(), "model")
    return OurModel(model, found.load, found.identity.digest, how)
