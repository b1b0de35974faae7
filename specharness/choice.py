"""Which model answers for a suite, from where, and how its numbers are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from specharness.compile.lockfile import LOCK, locked_temperature
from specharness.errors import ModelError
from specharness.model import Model
from specharness.models.cache import cache_dir
from specharness.models.catalog import CatalogEntry, find_model
from specharness.models.opening import Means, find_candidate, is_known, recorded_as
from specharness.models.recorded import RecordedModel
from specharness.recordings import read_recordings, recording_path
from specharness.runfile import Trust
from specharness.score.logprob import Reading
from specharness.settings import Mode, SuiteSettings
from specharness.settings_remote import BudgetSettings, RemoteSettings
from specharness.store import Store
from specharness.suitefile import SETTINGS, Suite, project_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A suite's model behind recordings and store, the reading of its margins, how it is run."""

    name: str
    model: RecordedModel
    reading: Reading
    note: str
    path: Path  # of the recordings
    means: Means = field(default_factory=Means)

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


def with_costs(trust: Trust, seats: Sequence[Chosen]) -> Trust:
    """`trust` with what the models in these seats cost; who sits in two is counted once."""
    models = list({id(seat.model): seat.model for seat in seats}.values())
    return replace(
        trust,
        calls=sum(model.calls for model in models),
        reused=sum(model.reused for model in models),
        tokens=sum(getattr(model.inner, "tokens_run", 0) for model in models),
        seconds=sum(model.seconds for model in models),
    )


def choose_model(suite: Suite, mode: Mode, root: Path, own: Model | None = None) -> Chosen:
    """The suite's model (or the user's `own`) for a run in `mode`; nothing is loaded yet.

    In replay mode nothing is looked up either: whoever was recorded under the model's name answers,
    and for a model of the catalog it has to be that very one.
    """
    chosen = seat(suite, mode, root, suite.settings.model, own)
    return replace(chosen, reading=_at_frozen_temperature(chosen, suite))


def _at_frozen_temperature(chosen: Chosen, suite: Suite) -> Reading:
    """The reading, with the temperature of the suite's lock where the suite itself names none."""
    reading, model = chosen.reading, chosen.model
    who = model.recordings.identity if model.recordings else model.expected
    if reading.temperature or who is None:
        return reading
    lock = (suite.spec_path or suite.folder / suite.settings.spec).with_name(LOCK)
    how = (reading.reduce, reading.reference, reading.placement)
    return replace(reading, temperature=locked_temperature(lock, who.digest, *how))


def seat(  # noqa: PLR0913 - who, for what, and from where
    suite: Suite,
    mode: Mode,
    root: Path,
    name: str,
    own: Model | None = None,
    *,
    judges: Chosen | None = None,
) -> Chosen:
    """The model called `name` (or the user's `own`), behind the store and this suite's recordings.

    Nothing is loaded yet; see `choose_model`. One that `judges` beside another is asked as the
    suite says of its judge; where both have one name, its recordings are a file beside the other's.
    """
    entry = None if own else find_model(name)
    means = means_of(suite, judging=judges is not None)
    candidate = None
    if own is None and (is_known(name) or mode != "replay"):
        candidate = find_candidate(name, means, _where(suite, judging=judges is not None))
    reads = mode in ("auto", "replay")
    expected = own.identity if own else candidate.identity if candidate else None
    title = own.identity.name if own else recorded_as(name)
    folder = root / "fixtures" / "recordings"
    path = recording_path(folder, suite.name, title)
    if judges is not None and path == judges.path:
        path = recording_path(folder, suite.name, f"{title}.judge")
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
        means=means,
    )


def means_of(suite: Suite, *, judging: bool = False) -> Means:
    """How a suite has its model run, or the judge that is another."""
    given = suite.settings
    remote: RemoteSettings = given.remote
    budget: BudgetSettings = given.budget
    if judging:
        remote, budget = given.remote.judge or remote, given.budget.judge or budget
    root = project_root(suite.folder)
    return Means(engine=given.engine, remote=remote, budget=budget, project=root)


def _where(suite: Suite, *, judging: bool) -> Path:
    """The table that mistakes are told of; paths in it go from its file's folder."""
    own = judging and suite.settings.remote.judge is not None
    return suite.folder / (f"{SETTINGS} [remote.judge]" if own else SETTINGS)


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
