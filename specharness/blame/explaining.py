"""Blame for a run whose gate FAILed, by the run's own model: what a person reads next."""

from collections.abc import Sequence
from dataclasses import dataclass

from specharness.baseline import Baseline
from specharness.blame.finding import find_blame
from specharness.blame.record import Blame, edit_effects
from specharness.choice import Chosen
from specharness.errors import ModelError, RecordingMiss
from specharness.panel import Asking, Panel
from specharness.records import Pair
from specharness.runfile import EditEffect, Trust
from specharness.suitefile import Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Who carries a loss, in sentences; `blame` is None where it could not be measured."""

    sentences: tuple[str, ...]
    blame: Blame | None = None

    @property
    def effects(self) -> tuple[EditEffect, ...]:
        """What reverting each edit alone does; () where it could not be measured."""
        return edit_effects(self.blame) if self.blame else ()


NOTHING_EXPLAINED = Explained(sentences=())


def explain_loss(  # noqa: PLR0913 - keywords only after what is explained
    suite: Suite,
    chosen: Chosen,
    trust: Trust,
    pairs: Sequence[Pair],
    base: Baseline,
    *,
    ref: str = "",
) -> Explained:
    """Which edits since `base` carry the loss on `pairs`, measured by the model of a run.

    `ref` names the base in the command that repeats it, where it is not the one of the run.
    Its results go where those of the run go. What nobody recorded is told, and is no error: a
    replayed run then names the command that finds out. No sentence without an earlier spec.
    """
    if not base.spec.shown:
        return NOTHING_EXPLAINED
    command = f"specharness blame {suite.name}" + (f" --spec-base={ref}" if ref else "")
    asking = Asking(room="blame", command=command, mode=chosen.model.mode)
    panel = Panel(
        suite=suite, asking=asking, pairs=tuple(pairs), held_out=len(pairs), chosen=chosen,
        trust=trust,
    )  # fmt: skip
    try:
        blame = find_blame(panel, base.spec, base.label, verdict="FAIL")
    except RecordingMiss:
        return Explained(sentences=(f"`{command}` says which edit carries it (with a model).",))
    except ModelError as error:
        return Explained(sentences=(f"Which edit carries it was not measured: {error.what}.",))
    return Explained(sentences=blame.sentences, blame=blame)
