"""Which of two responses a spec prefers, asked pair by pair, as evaluation suites ask."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from specharness.errors import ModelError
from specharness.model import Model
from specharness.models.cache import cache_dir
from specharness.models.catalog import find_model
from specharness.models.opening import Means, find_candidate
from specharness.models.recorded import RecordedModel
from specharness.records import Message, Pair, Spec
from specharness.runfile import Trust
from specharness.score.judge.admissionfile import read_admission
from specharness.score.judge.bench import Bench
from specharness.score.judge.examining import examine_judge
from specharness.score.judge.manner import Manner
from specharness.score.judge.scorer import judge_preferences
from specharness.score.logprob import Reading, logprob_preferences
from specharness.score.trust import examine
from specharness.specfile import load_spec
from specharness.store import Store

T = TypeVar("T")
_TEMPERATURE = 1.0  # nats: of one pair alone there is no scale to take


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a referee asks its model.

    `scorer` is "logprob" or "judge". `reading` says how margins of log-probabilities are read
    (None: as is best for the model; a temperature of 0 is 1 nat here). `manner` says how a judge is
    asked (None: as it was admitted). `means` is how the model is run: engine, server, budget.
    """

    scorer: Literal["logprob", "judge"] = "logprob"
    reading: Reading | None = None
    manner: Manner | None = None
    means: Means = field(default_factory=Means)


class Referee:
    """Prefers one of two responses by a spec, as a model conditioned on it does.

    `spec` is a text, a `Spec` or the path of a spec file; `model` a model as `suite.toml` names it,
    or an object with a model's members. What a named model answers is kept in the user's store.

    The model has to earn it first, as in a suite: for "logprob" its probe and sensitivity test have
    to pass, a judge needs the file that `specharness judges admit` wrote, `admission`. Without
    `examined` nobody looks, and the numbers are the model's own affair.
    """

    def __init__(
        self,
        spec: str | Path | Spec,
        model: str | Model,
        *,
        asking: Asking | None = None,
        admission: str | Path | None = None,
        examined: bool = True,
    ) -> None:
        self.spec = _text(spec)
        self.asking = asking or Asking()
        self.examined = examined
        self._given = model
        self._admission = Path(admission) if admission else None
        # One thread asks the model: evaluation suites measure many cases at once, from a thread
        # whose event loop runs, and neither models nor the store may be shared among threads.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="referee")

    @property
    def name(self) -> str:
        """The model's."""
        return self._given if isinstance(self._given, str) else self._given.identity.name

    def prefer(self, prompt: str, first: str, second: str) -> float:
        """P(`first` is better than `second`) in [0, 1]; 0.5 is a tie.

        ModelError where the model may not be believed, and where the pair cannot be measured.
        """
        turn = (Message(role="user", content=prompt),)
        pair = Pair(id="test case", prompt=turn, chosen=first, rejected=second, group="test case")
        return self._apart(lambda: self._prefer(pair))

    def _apart(self, work: Callable[[], T]) -> T:
        return self._thread.submit(copy_context().run, work).result()

    def _prefer(self, pair: Pair) -> float:
        if self.examined and not self._trust.may_gate:
            command = self._trust.command or "use another model"
            raise ModelError(self.name, self._why, command)
        if self.asking.scorer == "judge":
            found = judge_preferences(self._model, self.spec, [pair], self._bench_manner)
        else:
            found = logprob_preferences(self._model, self.spec, [pair], self._reading)
        return float(found[0])

    @property
    def _why(self) -> str:
        trust = self._trust
        if trust.why:
            return trust.why.removesuffix(".")
        if trust.probe != "passed":
            return f"its probe {trust.probe}"
        return f"it {trust.sensitivity_sentence}"

    @cached_property
    def _trust(self) -> Trust:
        if self.asking.scorer == "logprob":
            return examine(self._model, self._reading)
        return examine_judge(self._bench)

    @cached_property
    def _model(self) -> RecordedModel:
        given = self._given
        if not isinstance(given, str):
            return RecordedModel(mode="live", factory=lambda: given, expected=given.identity)
        found = find_candidate(given, self.asking.means, "model")
        return RecordedModel(
            mode="live",
            factory=found.load,
            store=Store(cache_dir() / "store.sqlite"),
            expected=found.identity,
        )

    @cached_property
    def _reading(self) -> Reading:
        entry = find_model(self.name)
        reading = self.asking.reading or (entry.reading if entry else Reading())
        return reading if reading.temperature else replace(reading, temperature=_TEMPERATURE)

    @cached_property
    def _bench(self) -> Bench:
        file = self._admission
        return Bench(
            name=self.name,
            model=self._model,
            admission=read_admission(file) if file else None,
            file=str(file or "ADMISSION.json"),
        )

    @property
    def _bench_manner(self) -> Manner | None:
        """As the caller says, else as it was admitted (None: as suits the model)."""
        admission = self._bench.admission
        return self.asking.manner or (admission.manner if admission else None)


def _text(spec: str | Path | Spec) -> str:
    if isinstance(spec, Path):
        spec = load_spec(spec)
    return spec.shown if isinstance(spec, Spec) else spec
