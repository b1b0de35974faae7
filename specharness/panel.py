"""Many texts read on a suite's gate pairs by its own model, in one batch and as the gate would.

What `coverage`, `mutate`, `blame`, `bisect` and `history` have in common. Their results are
recorded beside the suite's own, in `<model>.<room>.jsonl`, so that neither drops the other's.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version

from specharness.choice import Chosen, choose_model
from specharness.effects import Measured
from specharness.errors import ModelError, RecordingMiss, UsageError
from specharness.gate.findings import Confirmation
from specharness.gate.hidden import shown_or_refuse
from specharness.ledger.chain import judged_digest
from specharness.model import Model, Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.readings import Readings
from specharness.recordings import Recordings, read_recordings
from specharness.records import Pair, Spec, digest
from specharness.runfile import Trust
from specharness.score.reference import reference_text
from specharness.score.scoring import LogprobScorer
from specharness.score.trust import examine
from specharness.score.weigh import Weights, weigh_pairs
from specharness.settings import Mode
from specharness.sparing import Again, repeat_lost
from specharness.split import split_pairs
from specharness.suitefile import SETTINGS, Suite, project_root
from specharness.suitepairs import read_suite_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked of a model, and how.

    `command` is what the user typed, up to --spec-mode; `room` names the recordings. `sample` is
    how many of the gate pairs are read (0: all), always the same ones; `only` names pairs. With
    `is_part` other texts of the room were left out, so what is recorded of them stays.
    """

    room: str
    command: str
    mode: Mode = "auto"
    sample: int = 0
    only: tuple[str, ...] = ()
    is_part: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all gate pairs are read under all texts of the room."""
        return not self.sample and not self.only and not self.is_part


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """A suite's gate pairs, and its model behind recordings and store.

    `held_out` counts all gate pairs, `judged` is their digest, `pairs` are those that are read.
    """

    suite: Suite
    asking: Asking
    pairs: tuple[Pair, ...]
    held_out: int
    chosen: Chosen
    trust: Trust
    weights: Weights = field(default_factory=dict)
    judged: str = ""

    def reference(self, base: Spec) -> str | None:
        """The text that edits of `base` are measured from; None: from the base of each."""
        kind = self.chosen.reading.reference
        if kind == "base":
            return None
        file = self.suite.spec_path or self.suite.folder / SETTINGS
        return reference_text(kind, self.suite.spec, base, file)

    def read(self, texts: Iterable[str], reference: str | None) -> Readings:
        """Weigh the pairs under each text not weighed before, all in one batch.

        ModelError where no pair could be measured under all of them; RecordingMiss, naming the
        command to record with, in replay mode.
        """
        wanted = dict.fromkeys([*texts, *([] if reference is None else [reference])])
        fresh = {text: text for text in wanted if text not in self.weights}
        placement = self.chosen.reading.placement
        with _told(self.asking):
            if fresh:
                self.weights.update(weigh_pairs(self.chosen.model, self.pairs, fresh, placement))
        pairs, unscored = _measured(self.pairs, {text: self.weights[text] for text in wanted})
        if not pairs:
            what = f"no pair could be measured ({unscored[0][1]})"
            raise ModelError(self.suite.name, what, "shorten the spec or its pairs")
        return Readings(
            pairs=pairs,
            unscored=unscored,
            weights=self.weights,
            reading=self.chosen.reading,
            reference=reference,
            settings=self.suite.settings.gate,
            repeat=partial(self._repeat, reference),
        )

    def _repeat(
        self, reference: str | None, base: str, head: str, lost: Sequence[Pair], temperature: float
    ) -> tuple[Confirmation, ...]:
        """Lost pairs that must hold measured again, by the very steps of a run."""
        scorer = LogprobScorer(
            model=self.chosen.model,
            reading=replace(self.chosen.reading, temperature=temperature),
            reference=base if reference is None else reference,
        )
        again = Again(head=head, base=base, votes=self.suite.settings.gate.confirm)
        return repeat_lost(lost, scorer, self.trust, again)

    def measured(self, readings: Readings) -> Measured:
        """Who measured what, for a record."""
        suite, chosen = self.suite, self.chosen
        file = (suite.spec_path or suite.folder / SETTINGS).resolve()
        return Measured(
            version=version("specharness"),
            suite=suite.name,
            mode=self.asking.mode,
            model=chosen.name,
            model_note=chosen.note,
            model_digest=chosen.digest,
            reduce=chosen.reading.reduce,
            placement=chosen.reading.placement,
            reference=chosen.reading.reference,
            sensitivity=self.trust.sensitivity_sentence,
            spec=suite.spec.digest,
            spec_path=file.relative_to(project_root(suite.folder).resolve()).as_posix(),
            held_out=self.held_out,
            pairs=tuple(pair.id for pair in readings.pairs),
            groups=len(set(readings.groups)),
            unscored=readings.unscored,
            judged=self.judged,
        )

    def save(self) -> None:
        """Write recordings where the mode asks for them."""
        self.chosen.save(whole=self.asking.is_whole)


def open_panel(suite: Suite, asking: Asking, model: Model | None = None) -> Panel:
    """The suite's gate pairs and its model, examined; `model` replaces the suite's own.

    ModelError where the model's numbers mean nothing or are not recorded; UsageError for pairs the
    suite does not have.
    """
    gate = split_pairs(
        read_suite_pairs(suite.pairs_path, suite.settings.read).pairs, suite.settings.split
    ).gate
    pairs = _picked(suite, gate, asking)
    chosen = _recorded(choose_model(suite, asking.mode, project_root(suite.folder), model), asking)
    with _told(asking):
        trust = examine(chosen.model, chosen.reading)
    if not trust.may_gate:
        told = trust.sensitivity_sentence if trust.probe == "passed" else f"probe {trust.probe}"
        what = f"{chosen.name} cannot tell edits apart ({told.rstrip('.')})"
        raise ModelError(suite.name, what, "`specharness models list` shows others")
    return Panel(
        suite=suite,
        asking=asking,
        pairs=pairs,
        held_out=len(gate),
        chosen=chosen,
        trust=trust,
        judged=judged_digest(gate, suite.settings.gate),
    )


def _picked(suite: Suite, every: Sequence[Pair], asking: Asking) -> tuple[Pair, ...]:
    """The pairs to read: what becomes of hidden ones is not for anyone who edits."""
    gate = shown_or_refuse(every, suite.settings.gate, suite.folder / SETTINGS)
    if asking.only:
        unknown = sorted(set(asking.only) - {pair.id for pair in gate})
        if unknown:
            is_hidden = unknown[0] in {pair.id for pair in every}
            told = "the pair {!r} is hidden" if is_hidden else "no gate pair {!r}"
            what = told.format(unknown[0])
            raise UsageError(suite.pairs_path, what, "name a pair of the suite that gates")
        return tuple(pair for pair in gate if pair.id in asking.only)
    drawn = sorted(gate, key=lambda pair: digest(pair.id))[: asking.sample or None]
    kept = {pair.id for pair in drawn}
    return tuple(pair for pair in gate if pair.id in kept)


def _recorded(chosen: Chosen, asking: Asking) -> Chosen:
    """The model with what is recorded for this room, beside what is for the suite."""
    path = chosen.path.with_name(f"{chosen.path.stem}.{asking.room}.jsonl")
    model = chosen.model
    if asking.mode in ("auto", "replay") and path.exists():
        model = _with_more(model, read_recordings(path), asking)
    return replace(chosen, path=path, model=model)


def _with_more(model: RecordedModel, more: Recordings, asking: Asking) -> RecordedModel:
    ours = model.recordings
    if ours is None:
        return replace(model, recordings=more)
    if ours.identity != more.identity:
        what = f"recorded with another model than {ours.source}"
        raise UsageError(more.source, what, f"record again: `{asking.command} --spec-mode=record`")
    both = replace(more, results={**ours.results, **more.results})
    return replace(model, recordings=both)


@contextmanager
def _told(asking: Asking) -> Iterator[None]:
    """What is not recorded is told with the command that was typed."""
    try:
        yield
    except RecordingMiss as error:
        remedy = f"record them with `{asking.command} --spec-mode=record`"
        raise RecordingMiss(error.where, error.what, remedy) from None


def _measured(
    pairs: Sequence[Pair], weights: Weights
) -> tuple[tuple[Pair, ...], tuple[tuple[str, str], ...]]:
    """The pairs with numbers under every text, and the others with a reason."""
    missing: dict[str, str] = {}
    for column in weights.values():
        for pair in pairs:
            answer = column[pair.id]
            if isinstance(answer, Unmeasured):
                missing.setdefault(pair.id, answer.reason)
    kept = tuple(pair for pair in pairs if pair.id not in missing)
    return kept, tuple((pair.id, missing[pair.id]) for pair in pairs if pair.id in missing)
