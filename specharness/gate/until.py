"""A run that measures pairs in batches and stops when the gate is decided."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from specharness.errors import UsageError
from specharness.gate.looks import Batch, Looked, decide_until, plan_batches
from specharness.gate.verdicts import has_to_hold
from specharness.ledger.anchor import hold_to_anchor
from specharness.model import Model
from specharness.run import Options, held_out, run_suite
from specharness.runfile import Case, Gate, GateVerdict, SuiteRun
from specharness.score.margins import preference
from specharness.suitefile import Suite


def run_until_decided(suite: Suite, options: Options, model: Model | None = None) -> SuiteRun:
    """Run a suite on ever more of its held-out pairs until the e-values decide (`looks`).

    The run holds the pairs measured so far. Its verdict is that of the e-values: what else a run
    says of some pairs only is no verdict. Two things settle it at once: nothing that can be trusted
    (UNVERIFIABLE), and a pair that must hold and was lost. The anchor is compared with only where
    all pairs were needed. UsageError for a suite without pairs.
    """
    pairs = held_out(suite)
    if not pairs:
        raise UsageError(suite.pairs_path, "no pairs gate", "see [split] in suite.toml")
    steps = _Steps(suite, options, model)
    largest = max(Counter(pair.group for pair in pairs).values())
    looked = decide_until(steps.batches(), largest, suite.settings.gate)
    run = steps.run
    assert run is not None
    if steps.settled:
        return run
    gate = _decided(run.gate, looked)
    if run.anchor is not None:
        gate = hold_to_anchor(gate, run.anchor, run.anchor_label, suite.settings.gate)
    return replace(run, gate=gate)


class _Steps:
    """Runs of a growing part of the suite; what was measured before comes from the store."""

    def __init__(self, suite: Suite, options: Options, model: Model | None) -> None:
        self.suite, self.options, self.model = suite, options, model
        self.run: SuiteRun | None = None
        self.settled = False
        self._temperature = 0.0

    def batches(self) -> Iterator[Batch]:
        pairs, chosen = held_out(self.suite), list[str]()
        groups = [pair.group for pair in pairs]
        for batch in plan_batches(groups, seed=self.suite.settings.gate.seed):
            fresh = {pairs[index].id for index in batch}
            chosen += sorted(fresh)
            only = None if len(chosen) == len(pairs) else chosen
            self.run = run_suite(self.suite, self.options, only=only, model=self.model)
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


def _decided(gate: Gate, looked: Looked) -> Gate:
    """A run's gate with the verdict of the looks, and their sentences after the first."""
    verdict: GateVerdict = looked.verdict
    if verdict == "PASS" and gate.errors:
        verdict = "UNVERIFIABLE"
    return replace(
        gate,
        verdict=verdict,
        sentences=(gate.sentences[0], *looked.sentences),
        p_value=min(1.0, 1 / max(1e-9, looked.looks[-1].loss)),
        needed=None if verdict == "UNPROVEN" else 0,
    )
