"""Where a compilation gets its answers from: models, or what an earlier one was told."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from specharness.choice import Chosen, choose_model, seat
from specharness.compilation.racing import SuiteScorer
from specharness.compile.janus import Janus
from specharness.compile.lockfile import Asked, Inputs, Lock
from specharness.compile.proposing import plan
from specharness.compile.race import Race, Scorer
from specharness.compile.temperature import Calibration
from specharness.errors import ModelError, UsageError
from specharness.keys import Result
from specharness.model import Model
from specharness.models.opening import is_known
from specharness.models.recorded import RecordedModel
from specharness.records import Pair, Spec
from specharness.settings import Mode
from specharness.store import Store
from specharness.suitefile import Suite, project_root

Calibrate = Callable[[Spec, Sequence[Pair]], Calibration | None]

_PROPOSED_BY = ("instruction", "pairs", "asks", "identity", "templates")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sources:
    """Who may be asked, and what need not be asked again.

    `model` proposes rules, `scorer` races the sets of rules, `calibrate` fits the temperature; each
    is None where nobody is to be asked. `asked`, `race`, `calibration` and `janus` are results of
    an earlier compilation of the same inputs, which stand.
    """

    model: Model | None = None
    scorer: Scorer | None = None
    calibrate: Calibrate | None = None
    asked: Asked | None = None
    race: Race | None = None
    calibration: Calibration | None = None
    janus: Janus | None = None

    @property
    def asking(self) -> RecordedModel | None:
        """The proposing model, where it counts what it answers from the store."""
        return self.model if isinstance(self.model, RecordedModel) else None


NOBODY = Sources()


class _Forgetful(Store):
    """A store that is written and not read: what was answered before is asked anew."""

    def get_many(self, keys: object) -> dict[str, Result]:
        return {}


def open_sources(
    suite: Suite, *, own: Model | None = None, refresh: bool = False, race: bool = True
) -> Sources:
    """The models a suite names, each behind the store; nothing is loaded yet.

    With `refresh` no stored answer is used, and new ones take their places. `own` stands in for
    the models that the suite names. Without `race` only the proposer is asked.
    """
    mode: Mode = "live" if refresh else "auto"
    root = project_root(suite.folder)
    scoring = race and suite.settings.split.select > 0
    chosen = choose_model(suite, mode, root, own) if scoring else None
    proposing: Chosen | None = None
    if asks := proposer_name(suite):
        same = chosen is not None and asks == suite.settings.model
        proposing = chosen if same else seat(suite, mode, root, asks, own)
    if refresh:
        for one in (chosen, proposing):
            if one is not None and one.model.store is not None:
                one.model.store = _Forgetful(one.model.store.path)
    scorer = SuiteScorer(chosen=chosen) if chosen else None
    reads_nats = suite.settings.score.scorer == "logprob"
    return Sources(
        model=proposing.model if proposing else None,
        scorer=scorer,
        calibrate=scorer.calibrate if scorer and reads_nats else None,
    )


def proposer_name(suite: Suite) -> str:
    """The model that proposes rules for a suite, "" where none does."""
    settings = suite.settings
    return (settings.compile.model or settings.model) if plan(settings.compile).options else ""


def proposer_identity(suite: Suite, *, look: bool) -> str:
    """The digest of the proposing model's identity; "" where it cannot be told without loading it.

    Without `look` nothing is run or looked for: most models are known by their names alone then.
    """
    name = proposer_name(suite)
    if not name or (not look and not is_known(name)):
        return ""
    try:
        expected = seat(suite, "live", project_root(suite.folder), name).model.expected
    except (ModelError, UsageError):  # the model is not on this machine
        return ""
    return expected.digest if expected else ""


def with_earlier(sources: Sources, suite: Suite, lock: Lock, now: Inputs, stale: bool) -> Sources:
    """The sources, with what a lock holds in place of questions whose answers would be the same.

    Rules stand where all that they were proposed from is the same, race and temperature only where
    nothing has changed since.
    """
    options = plan(suite.settings.compile).options
    then, since = asdict(lock.inputs), asdict(now)
    if not since["identity"]:
        since["identity"] = then["identity"]
    same = all(then[name] == since[name] for name in _PROPOSED_BY)
    if lock.asked and options and same and asdict(lock.asked.options) == asdict(options):
        sources = replace(sources, asked=lock.asked, janus=lock.janus)
    return sources if stale else replace(sources, race=lock.race, calibration=lock.calibration)
