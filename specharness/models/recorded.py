"""A model behind its recordings and the store: every result is paid for once, or not at all.

Where an answer comes from, by mode:

    auto     recordings, else the store, else the model
    live     the store, else the model
    record   as live; numbers are rounded as `save` writes them, so replaying gives the same run
    replay   recordings only; a miss is an error that names the command, never a call
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import cast

from specharness.errors import ModelError
from specharness.keys import Result, cuts_key, request_key, settle
from specharness.model import (
    Completion,
    Cuts,
    Cutter,
    Identity,
    Logprobs,
    Model,
    Request,
    Sampling,
    Unmeasured,
)
from specharness.models.batches import BATCH_CHARACTERS, Answer, run_batches
from specharness.models.refusals import check_loaded, check_recorded, recording_miss
from specharness.recordings import Recordings, round_result, write_recordings
from specharness.settings import Mode
from specharness.store import Store


@dataclass(slots=True, kw_only=True, eq=False)
class RecordedModel:
    """A `Model` that answers from recordings and the store, and makes the real one when it must.

    `factory` is called once, when the first miss needs the model (None: there is none). `expected`
    is who it will turn out to be, where that is known without loading it; with it (or with
    recordings) a run that misses nothing never loads the model. `suite` is what the user types
    after `specharness run`. After a kill, at most the results of the last batch (about
    `batch_characters` of text; 16 results with a model that streams) have to be paid for again.

    `calls` counts requests the model itself ran, `reused` those answered from recordings or the
    store (each different request once), `seconds` the time spent in the model, `written` the tokens
    it generated (what it read is its own to count), and `used` holds
    every result of this run by key.
    """

    mode: Mode
    factory: Callable[[], Model] | None = None
    recordings: Recordings | None = None
    store: Store | None = None
    expected: Identity | None = None
    suite: str = "SUITE"
    batch_characters: int = BATCH_CHARACTERS
    calls: int = field(default=0, init=False)
    reused: int = field(default=0, init=False)
    seconds: float = field(default=0.0, init=False)
    written: int = field(default=0, init=False)
    used: dict[str, Result] = field(default_factory=dict, init=False)
    inner: Model | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.mode in ("live", "record"):
            self.recordings = None
        elif self.mode == "replay":
            self.store = None
        if self.recordings is not None and self.expected is not None:
            # other arithmetic matters only once it has to answer beside the recordings
            alike = replace(self.expected, engine=self.recordings.identity.engine)
            check_recorded(self.suite, self.recordings, alike)

    @property
    def identity(self) -> Identity:
        """Who answers: the recordings' model, else the expected one, else the model itself."""
        if self.recordings is not None:
            return self.recordings.identity
        return self.expected or self._model().identity

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """Weigh each request's response; equal requests are asked once (`Request.index`)."""
        return cast("list[Logprobs | Unmeasured]", self._answer(requests, None))

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """Answer each request; equal requests are asked once (`Sampling.index` tells apart)."""
        return cast("list[Completion | Unmeasured]", self._answer(requests, sampling))

    def cut(self, texts: Sequence[str]) -> list[Cuts | None]:
        """How the model's tokens cut each response; None for what nobody at hand can say.

        Recordings and the store say it first. A model that is loaded is asked; it is loaded for
        this in modes that ask a model anyway (live, record). No verdict hangs on it, so nothing
        here is a miss.
        """
        keys = [cuts_key(self.identity, text) for text in texts]
        wanted = dict(zip(keys, texts, strict=True))
        recorded = self.recordings.results if self.recordings else {}
        found = {key: recorded[key] for key in wanted if key in recorded}
        if self.store is not None:
            found |= self.store.get_many(key for key in wanted if key not in found)
        found |= self._cut_anew({key: text for key, text in wanted.items() if key not in found})
        self.used |= found
        return [cuts if isinstance(cuts := found.get(key), Cuts) else None for key in keys]

    def _cut_anew(self, missing: Mapping[str, str]) -> dict[str, Result]:
        """What the model says, kept in the store; nothing where it is not at hand."""
        if not missing or (self.inner is None and self.mode not in ("live", "record")):
            return {}
        try:
            model = self._model()
        except ModelError:
            return {}
        if not isinstance(model, Cutter):
            return {}
        cuts = dict(zip(missing, model.cut(list(missing.values())), strict=True))
        fresh: dict[str, Result] = {key: found for key, found in cuts.items() if found is not None}
        if self.store is not None:
            self.store.put_many(fresh)
        return fresh

    def opened(self) -> Model:
        """The real model, made now if it was not needed before; RecordingMiss in replay mode."""
        return self._model()

    @contextmanager
    def under(
        self, identity: Identity, change: Callable[[Model], Model]
    ) -> Iterator["RecordedModel"]:
        """The model that `change` makes of the real one, known by `identity`, until the block ends.

        It has the same recordings and store, under keys of its own; what it costs is counted here
        too when the block ends.
        """
        other = RecordedModel(
            mode=self.mode,
            factory=lambda: change(self.opened()),
            recordings=self.recordings and replace(self.recordings, identity=identity),
            store=self.store,
            expected=identity,
            suite=self.suite,
            batch_characters=self.batch_characters,
        )
        other.used = self.used
        try:
            yield other
        finally:
            self.calls += other.calls
            self.reused += other.reused
            self.seconds += other.seconds
            self.written += other.written

    def save(self, path: Path, *, prune: bool = False) -> None:
        """Write the results used in this run to the recordings at `path`.

        What else is recorded there stays, unless `prune`: prune when every case of a suite ran.
        """
        write_recordings(path, self.identity, self.used, prune=prune)

    def _answer(self, requests: Sequence[Request], sampling: Sampling | None) -> list[Answer]:
        if not requests:
            return []
        keys = [request_key(self.identity, request, sampling) for request in requests]
        wanted = dict(zip(keys, requests, strict=True))
        self._recall(wanted, sampling)
        missing = {key: request for key, request in wanted.items() if key not in self.used}
        refused = self._ask(missing, len(wanted), sampling) if missing else {}
        return [refused[key] if key in refused else self.used[key] for key in keys]

    def _recall(self, wanted: Mapping[str, Request], sampling: Sampling | None) -> None:
        """Take from recordings and store what this run has not used yet."""
        fresh = [key for key in wanted if key not in self.used]
        recorded = self.recordings.results if self.recordings else {}
        found = {key: recorded[key] for key in fresh if key in recorded}
        # recordings of when nothing was asked twice: the one answer stands for its repeats
        for key in (k for k in fresh if k not in found and wanted[k].index):
            first = request_key(self.identity, replace(wanted[key], index=0), sampling)
            found |= {key: recorded[first]} if first in recorded else {}
        if self.store is not None:
            found |= self.store.get_many(key for key in fresh if key not in found)
        self.reused += len(found)
        self._use(found)

    def _ask(
        self, missing: Mapping[str, Request], total: int, sampling: Sampling | None
    ) -> dict[str, Unmeasured]:
        """Have the model answer, keeping each batch as soon as it is there."""
        if self.mode == "replay":
            raise recording_miss(self.suite, self.recordings, len(missing), total)
        refused: dict[str, Unmeasured] = {}
        keys, requests = list(missing), list(missing.values())
        model = self._model()
        began = perf_counter()
        for batch in run_batches(model, requests, sampling, self.batch_characters):
            self.seconds += perf_counter() - began
            self._keep({keys[i]: settle(answer) for i, answer in batch.items()}, refused)
            began = perf_counter()
        return refused

    def _keep(self, answers: Mapping[str, Answer], refused: dict[str, Unmeasured]) -> None:
        self.calls += len(answers)
        results: dict[str, Result] = {}
        for key, answer in answers.items():
            if isinstance(answer, Unmeasured):
                refused[key] = answer
            else:
                results[key] = answer
                self.written += answer.count if isinstance(answer, Completion) else 0
        if self.store is not None:
            self.store.put_many(results)
        self._use(results)

    def _use(self, results: Mapping[str, Result]) -> None:
        rounded = self.mode == "record"
        self.used |= {k: round_result(r) if rounded else r for k, r in results.items()}

    def _model(self) -> Model:
        """The real model, made now if it was not needed before."""
        if self.inner is None:
            if self.mode == "replay":
                raise recording_miss(self.suite, self.recordings, 0, 0)
            if self.factory is None:
                raise ModelError(self.suite, "there is no model to ask", "name one in suite.toml")
            if self.expected is not None:  # told before anything is loaded
                check_recorded(self.suite, self.recordings, self.expected)
            model = self.factory()
            check_recorded(self.suite, self.recordings, model.identity)
            check_loaded(self.suite, self.expected, model.identity)
            self.inner = model
        return self.inner
