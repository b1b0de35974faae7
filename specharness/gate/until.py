"""A run that measures pairs in batches and stops when the gate is decided."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Protocol

from specharness.errors import UsageError
from specharness.gate.looks import (
    FEWEST,
    Batch,
    Looked,
    decide_by_looks,
    decide_until,
    plan_batches,
    plan_looks,
)
from specharness.gate.verdicts import has_to_hold
from specharness.ledger.anchor import hold_to_anchor
from specharness.model import Model
from specharness.run import Options, held_out, run_suite
from specharness.runfile import Case, Gate, GateVerdict, SuiteRun
from specharness.score.margins import preference
from specharness.suitefile import SETTINGS, Suite


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
    says of some pairs only is no verdict. Two things settle it at once: nothing that can be trusted
    (UNVERIFIABLE), and a pair that must hold and was lost. The anchor is compared with only where
    all pairs were needed. UsageError for a suite without pairs, and for one that hides some.
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
    steps = _Steps(suite, options, (model, judge), plan_looks if planned else plan_batches)
    looked = _look(steps.batches(), [pair.group for pair in pairs], suite, planned=planned)
    assert steps.run is not None
    run = replace(steps.run, steps="planned" if planned else "any")
    if steps.settled or looked is None:
        return run
    gate = _decided(run.gate, looked)
    if run.anchor is not None:
        gate = hold_to_anchor(gate, run.anchor, run.anchor_label, suite.settings.gate)
    return replace(run, gate=gate)


class _Plan(Protocol):
    """Which pairs each batch has, by index."""

    def __call__(self, groups: list[str], /, *, seed: int) -> list[list[int]]: ...


def _look(
    batches: Iterator[Batch], groups: list[str], suite: Suite, *, planned: bool
) -> Looked | None:
    """What the looks say; None where the first batch settled it, or nothing was measured."""
    first = next(batches, None)
    if first is None or not first.base:
        return None
    whole, gate = chain([first], batches), suite.settings.gate
    if planned:
        return decide_by_looks(whole, len(groups), gate)
    return decide_until(whole, max(Counter(groups).values()), gate)


class _Steps:
    """Runs of a growing part of the suite; what was measured before comes from the store."""

    def __init__(
        self,
        suite: Suite,
        options: Options,
        models: tuple[Model | None, Model | None],
        plan: "_Plan",
    ) -> None:
        self.suite, self.options, self.models, self.plan = suite, options, models, plan
        self.run: SuiteRun | None = None
        self.settled = False
        self._temperature = 0.0

    def batches(self) -> Iterator[Batch]:
        pairs, chosen = held_out(self.suite), list[str]()
        groups = [pair.group for pair in pairs]
        for batch in self.plan(groups, seed=self.suite.settings.gate.seed):
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
        return Batch(
            base=[self._read(case, "base") for case in whole],
            head=[self._read(case, "head") for case in whole],
            groups=[case.group for case in whole],
        )

    def _read(self, case: Case, arm: str) -> float:
        """The preference at the temperature of the first batch: it must not follow the results."""
        score = getattr(case, arm)
        if self.run is not None and self.run.scorer == "logprob":
            return preference(score.margin, self._temperature)
        return float(score.preference)


_FIGURES = ("clusters", "lost", "won", "difference", "interval", "p_value", "excluded", "needed")


def _decided(gate: Gate, looked: Looked) -> Gate:
    """A run's gate with the verdict of the looks, and their sentences after the first."""
    verdict: GateVerdict = looked.verdict
    if verdict == "PASS" and gate.errors:
        verdict = "UNVERIFIABLE"
    sentences, found = (gate.sentences[0], *looked.sentences), looked.decision
    if found is not None:
        figures = {name: getattr(found, name) for name in _FIGURES}
        figures["alpha_pass"] = found.alpha_pass  # the level of the interval, at this look
        return replace(gate, verdict=verdict, sentences=sentences, **figures)
    return replace(
        gate,
        verdict=verdict,
        sentences=sentences,
        p_value=min(1.0, 1 / max(1e-9, looked.looks[-1].loss)),
        needed=None if verdict == "UNPROVEN" else 0,
    )
