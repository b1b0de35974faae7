"""A run that measures pairs in batches and stops when the gate is decided."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Protocol

from specharness.baseline import find_baseline
from specharness.errors import UsageError
from specharness.gate.decision import count
from specharness.gate.looks import (
    FEWEST,
    Batch,
    Looked,
    decide_by_looks,
    decide_until,
    plan_batches,
    plan_looks,
)
from specharness.gate.quarantine import set_aside
from specharness.gate.verdicts import has_to_hold
from specharness.ledger.anchor import hold_to_anchor
from specharness.model import Model
from specharness.records import Pair
from specharness.run import Options, held_out, run_suite
from specharness.runfile import Case, Gate, SuiteRun
from specharness.score.margins import preference
from specharness.sparing import Spared, find_held
from specharness.suitefile import SETTINGS, Suite
from specharness.telling import tell_incomplete, with_spared


def run_until_decided(
    suite: Suite,
    options: Options,
    model: Model | None = None,
    judge: Model | None = None,
    *,
    planned: bool = False,
) -> SuiteRun:
    """Run a suite on ever more of its held-out pairs until the e-values decide (`looks`).

    Where they are `planned`, there are three looks: at half, three quarters and all of 300 pairs or
    more. The run holds the pairs measured so far. Its verdict is that of the looks: what else a run
    says of some pairs only is no verdict, and an interval for one look is none here. Two things
    settle it at once: nothing that can be trusted (UNVERIFIABLE), and a pair that must hold and was
    lost. Pairs in quarantine are no evidence of a loss, and count where its absence is to be shown.
    The anchor is compared with only where all pairs were needed. UsageError for a suite without
    pairs, and for one that hides some.
    """
    pairs = held_out(suite)
    if not pairs:
        raise UsageError(suite.pairs_path, "no pairs gate", "see [split] in suite.toml")
    if suite.settings.gate.hidden:
        way = "--looks" if planned else "--until-decided"
        what = f"{way} tells of pairs a few at a time, and 'gate.hidden' hides some"
        raise UsageError(suite.folder / SETTINGS, what, f"run the suite without {way}")
    if planned and len(pairs) < FEWEST:
        what = f"{len(pairs)} pairs are too few for --looks"
        raise UsageError(suite.pairs_path, what, f"have {FEWEST}, or use --until-decided")
    spared = _find_spared(suite, options, pairs)
    steps = _Steps(suite, options, (model, judge), plan_looks if planned else plan_batches, spared)
    looked = _look(steps.batches(), pairs, suite, spared, planned=planned)
    assert steps.run is not None
    run = replace(steps.run, steps="planned" if planned else "any")
    spared = replace(spared, confirmations=run.confirmations)
    if steps.settled or looked is None:
        return replace(run, gate=_settled(run, spared)) if steps.is_split else run
    gate = _decided(run, looked, spared)
    if run.anchor is not None:
        gate = hold_to_anchor(gate, run.anchor, run.anchor_label, suite.settings.gate)
    return replace(run, gate=gate)


class _Plan(Protocol):
    """Which pairs each batch has, by index."""

    def __call__(self, groups: list[str], /, *, seed: int) -> list[list[int]]: ...


def _find_spared(suite: Suite, options: Options, pairs: Sequence[Pair]) -> Spared:
    """What is in quarantine at the base, before anything is measured."""
    base = find_baseline(suite, options.base, pairs)
    return find_held(suite, base, today=options.today, accepted=options.accepted)


def _look(
    batches: Iterator[Batch], pairs: Sequence[Pair], suite: Suite, spared: Spared, *, planned: bool
) -> Looked | None:
    """What the looks say; None where the first batch settled it, or nothing was measured."""
    first = next(batches, None)
    if first is None or not first.base:
        return None
    whole, gate = chain([first], batches), suite.settings.gate
    if planned:
        held = len(pairs) - len(set_aside(pairs, spared.held))
        return decide_by_looks(whole, len(pairs), gate, held)
    return decide_until(whole, max(Counter(pair.group for pair in pairs).values()), gate)


class _Steps:
    """Runs of a growing part of the suite; what was measured before comes from the store."""

    def __init__(
        self,
        suite: Suite,
        options: Options,
        models: tuple[Model | None, Model | None],
        plan: "_Plan",
        spared: Spared,
    ) -> None:
        self.suite, self.options, self.models, self.plan = suite, options, models, plan
        self.spared = spared
        self.run: SuiteRun | None = None
        self.settled = self.is_split = False
        self._temperature = 0.0

    def batches(self) -> Iterator[Batch]:
        pairs, chosen = held_out(self.suite), list[str]()
        groups = [pair.group for pair in pairs]
        plan = self.plan(groups, seed=self.suite.settings.gate.seed)
        self.is_split = len(plan) > 1
        for batch in plan:
            fresh = {pairs[index].id for index in batch}
            chosen += sorted(fresh)
            only = None if len(chosen) == len(pairs) else chosen
            model, judge = self.models
            self.run = run_suite(self.suite, self.options, only=only, model=model, judge=judge)
            self._temperature = self._temperature or self.run.temperature
            self.settled = self._is_settled(self.run)
            if self.settled:
                return
            yield self._batch([case for case in self.run.cases if case.id in fresh])

    def _is_settled(self, run: SuiteRun) -> bool:
        lost = any(has_to_hold(case) for case in run.cases)
        same = run.base_spec == run.head_spec
        return lost or same or run.gate.verdict == "UNVERIFIABLE"

    def _batch(self, cases: list[Case]) -> Batch:
        whole = [case for case in cases if case.head is not None and case.base is not None]
        kept = {case.id for case in set_aside(whole, self.spared.held)}
        return Batch(
            base=[self._read(case, "base") for case in whole],
            head=[self._read(case, "head") for case in whole],
            groups=[case.group for case in whole],
            kept=[case.id in kept for case in whole],
        )

    def _read(self, case: Case, arm: str) -> float:
        """The preference at the temperature of the first batch: it must not follow the results."""
        score = getattr(case, arm)
        if self.run is not None and self.run.scorer == "logprob":
            return preference(score.margin, self._temperature)
        return float(score.preference)


_FIGURES = ("clusters", "lost", "won", "difference", "interval", "p_value", "excluded", "needed")


def _decided(run: SuiteRun, looked: Looked, spared: Spared) -> Gate:
    """A run's gate with the verdict and the figures of the looks, and their sentences."""
    gate, cases = run.gate, run.cases
    first, last, verdict = tell_incomplete(gate.errors, looked.verdict, partial=False)
    told = with_spared(looked.sentences, cases, spared, after=False)
    sentences, found = (gate.sentences[0], *first, *told, *last), looked.decision
    if found is not None:
        figures = {name: getattr(found, name) for name in _FIGURES}
        figures["alpha_pass"] = found.alpha_pass  # the level of the interval, at this look
        return replace(gate, verdict=verdict, sentences=sentences, **figures)
    look, interval = looked.looks[-1], looked.interval
    return replace(
        gate,
        verdict=verdict,
        sentences=sentences,
        clusters=len({case.group for case in cases if case.outcome != "error"}),
        lost=look.lost,
        won=look.won,
        difference=(look.won - look.lost) / look.n,
        interval=interval,
        excluded=max(0.0, -interval[0]) if interval else None,
        p_value=min(1.0, 1 / max(1e-9, look.loss)),
        needed=None if verdict == "UNPROVEN" else 0,
    )


def _settled(run: SuiteRun, spared: Spared) -> Gate:
    """The gate of a run that ended before the looks did.

    A lost pair that must hold decided when to stop, so no figure for one look holds.
    """
    gate, lost = run.gate, [case.id for case in run.cases if has_to_hold(case)]
    if not lost:
        return gate
    seen = f"{run.selected:,} of {count(run.held_out, 'pair')}"
    ends = Counter(case.outcome for case in run.cases)
    told = [
        f"A pair that must hold was lost: {', '.join(lost[:5])}. That alone fails the suite.",
        f"That was seen after {seen}: {ends['lost']:,} lost, {ends['won']:,} won.",
    ]
    sentences = (gate.sentences[0], *with_spared(told, run.cases, spared, after=True))
    return replace(gate, sentences=sentences, interval=None, excluded=None, p_value=None)
