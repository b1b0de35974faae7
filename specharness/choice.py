"""Which model answers for a suite, from where, and how its numbers are read."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from specharness.errors import ModelError
from specharness.model import Model
from specharness.models.cache import cache_dir
from specharness.models.catalog import CatalogEntry, find_model
from specharness.models.opening import find_candidate
from specharness.models.recorded import RecordedModel
from specharness.recordings import read_recordings, recording_path
from specharness.runfile import Trust
from specharness.score.logprob import Reading
from specharness.settings import Mode, SuiteSettings
from specharness.store import Store
from specharness.suitefile import SETTINGS, Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A suite's model behind recordings and store, and the reading of its margins."""

    name: str
    model: RecordedModel
    reading: Reading
    note: str
    path: Path  # of the recordings

    def described(self) -> dict[str, Any]:
        """Who answers and how it is read, as a run file says it."""
        return {
            "model": self.name,
            "model_note": self.note,
            "model_digest": self.digest,
            "scorer": "logprob",
            "reduce": self.reading.reduce,
            "reference": self.reading.reference,
            "placement": self.reading.placement,
        }

    @property
    def digest(self) -> str:
        """The identity's digest, "" where nobody is known to answer."""
        try:
            return self.model.identity.digest
        except ModelError:
            return ""

    def save(self, *, whole: bool) -> None:
        """Write recordings when the mode asks for them; a `whole` run drops what it did not use."""
        if self.model.mode == "record":
            self.model.save(self.path, prune=whole)

    def with_costs(self, trust: Trust) -> Trust:
        """`trust` with what the run cost."""
        return replace(
            trust,
            calls=self.model.calls,
            reused=self.model.reused,
            tokens=getattr(self.model.inner, "tokens_run", 0),
            seconds=self.model.seconds,
        )


def choose_model(suite: Suite, mode: Mode, root: Path, own: Model | None = None) -> Chosen:
    """The suite's model (or the user's `own`) for a run in `mode`; nothing is loaded yet.

    In replay mode nothing is looked up either: whoever was recorded under the model's name answers,
    and for a model of the catalog it has to be that very one.
    """
    name = suite.settings.model
    entry = None if own else find_model(name)
    candidate = None
    if own is None and (entry is not None or mode != "replay"):
        candidate = find_candidate(name, suite.settings.engine, suite.folder / SETTINGS)
    reads = mode in ("auto", "replay")
    expected = own.identity if own else candidate.identity if candidate else None
    path = recording_path(
        root / "fixtures" / "recordings", suite.name, expected.name if expected else Path(name).name
    )
    return Chosen(
        name=own.identity.name if own else name,
        model=RecordedModel(
            mode=mode,
            factory=(lambda: own) if own else candidate.load if candidate else None,
            recordings=read_recordings(path) if reads and path.exists() else None,
            store=Store(cache_dir() / "store.sqlite"),
            expected=expected,
            suite=suite.name,
        ),
        reading=read_margins(suite.settings, entry),
        note=entry.note if entry else candidate.note if candidate else "a model of your own",
        path=path,
    )


def read_margins(settings: SuiteSettings, entry: CatalogEntry | None) -> Reading:
    """The suite's reading, with "auto" replaced by what was measured best for its model."""
    default = entry.reading if entry else Reading()
    score = settings.score
    return Reading(
        reduce=default.reduce if score.reduce == "auto" else score.reduce,
        reference=default.reference if score.reference == "auto" else score.reference,
        placement=default.placement if settings.placement == "auto" else settings.placement,
        temperature=score.temperature,
    )
