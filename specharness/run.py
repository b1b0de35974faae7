"""A run of one suite, every step in order: this file is the map of the package."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from specharness.baseline import Baseline, find_baseline, with_admission
from specharness.blame.explaining import explain_loss
from specharness.choice import choose_model
from specharness.diagnosing import diagnose, measure_pairs
from specharness.errors import IntegrityError, ModelError, RecordingMiss, SpecharnessError
from specharness.gate.slices import slice_cases
from specharness.judging import (
    error_cases,
    judge_cases,
    judge_gate,
    unverifiable_gate,
)
from specharness.ledger.anchor import (
    compare_with_anchor,
    find_anchor,
    hold_to_anchor,
    needs_anchor,
)
from specharness.model import Model
from specharness.records import Pair
from specharness.runfile import Case, Diagnostic, Gate, Slice, SuiteRun, Trust
from specharness.score.trust import NOT_EXAMINED
from specharness.seating import Seating, take_seats
from specharness.settings import Mode
from specharness.sparing import NOTHING_SPARED, Again, Spared, confirm_musts, find_held
from specharness.specworth import judge_spec
from specharness.split import split_pairs
from specharness.suitefile import SETTINGS, Suite, project_root
from specharness.suitepairs import read_suite_pairs

MOST_TAGS = 200  # whose pairs are looked at on their own: the most frequent ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user chooses for a run: where results come from, and what to compare with.

    `base` is a git reference, "empty", or None for the merge-base with the main branch; `anchor`
    a git reference, "none", or None for the suite's own (see `anchor`). `today` ends quarantines
    (None: no day does), and so do `accepted` verdicts (None: as many as the ledger has).
    """

    mode: Mode = "auto"
    base: str | None = None
    anchor: str | None = None
    today: date | None = None
    accepted: int | None = None


def default_mode(environment: Mapping[str, str]) -> Mode:
    """Replay where CI=true is set, else auto."""
    return "replay" if environment.get("CI", "").lower() in ("true", "1") else "auto"


def held_out(suite: Suite) -> tuple[Pair, ...]:
    """The pairs of a suite that gate, in file order."""
    return read_held_out(suite)[0]


def read_held_out(suite: Suite) -> tuple[tuple[Pair, ...], str]:
    """The pairs that gate, and one line on what an import left out ("" if nothing)."""
    found = read_suite_pairs(suite.pairs_path, suite.settings.read)
    return split_pairs(found.pairs, suite.settings.split).gate, found.told


def run_suite(
    suite: Suite,
    options: Options,
    *,
    only: Collection[str] | None = None,
    model: Model | None = None,
    judge: Model | None = None,
) -> SuiteRun:
    """Run a suite on its held-out pairs, or on those whose ids are in `only`.

    What could not be measured comes back as errors and UNVERIFIABLE, not as an exception;
    UsageError is raised for what the user has to mend. `model` and `judge` replace the suite's own.
    """
    pairs, told = read_held_out(suite)
    selected = tuple(p for p in pairs if only is None or p.id in only)
    baseline = find_baseline(suite, options.base, pairs)
    chosen = choose_model(suite, options.mode, project_root(suite.folder), model)
    seats = take_seats(suite, options.mode, chosen, judge)
    baseline = with_admission(baseline, suite, seats.decided_by)
    try:
        partial = len(selected) < len(pairs)
        spared = find_held(suite, baseline, today=options.today, accepted=options.accepted)
        earlier = _Earlier(base=baseline, spared=spared)
        if not partial:
            earlier = replace(earlier, anchor=_anchor(suite, baseline, options))
        found = _measure(seats, selected, earlier, partial)
    except (ModelError, IntegrityError) as error:
        found = _broken_off(suite, selected, error)
    return SuiteRun(
        name=suite.name,
        description=suite.settings.description,
        folder=_from_here(suite.folder),
        mode=options.mode,
        base_label=baseline.label,
        base_commit=baseline.commit,
        base_spec=baseline.spec.shown,
        head_spec=suite.spec.shown,
        base_rules=baseline.spec.rules,
        head_rules=suite.spec.rules,
        spec_path=_from_here(suite.spec_path or suite.folder / SETTINGS),
        selected=len(selected),
        held_out=len(pairs),
        pairs_read=told,
        sources=tuple(sorted({p.source for p in selected if p.source})),
        **seats.described(),
        **judge_spec(found.cases, selected, chosen.reading.reference, suite.settings.score.scorer),
        cases=found.cases,
        gate=found.gate,
        against_base=found.against_base,
        anchor=found.anchored,
        anchor_label=found.anchor.label if found.anchor else "",
        anchor_commit=found.anchor.commit if found.anchor else "",
        temperature=found.temperature,
        trust=seats.with_costs(found.trust),
        diagnostics=found.diagnostics,
        slices=found.slices,
        confirmations=found.spared.confirmations,
        quarantined=found.spared.held,
        blame=found.blame,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    """What a suite is compared with."""

    base: Baseline
    anchor: Baseline | None = None
    spared: Spared = NOTHING_SPARED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    trust: Trust
    cases: tuple[Case, ...]
    gate: Gate
    temperature: float
    anchor: Baseline | None = None
    anchored: Gate | None = None
    against_base: Gate | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    slices: tuple[Slice, ...] = ()
    spared: Spared = NOTHING_SPARED
    blame: tuple[str, ...] = ()


def _anchor(suite: Suite, baseline: Baseline, options: Options) -> Baseline | None:
    """What else to compare with, where that says more; not where only the spec's worth is asked."""
    if options.base == "empty" and options.anchor is None:
        return None
    anchor = find_anchor(suite, options.anchor)
    return anchor if anchor and needs_anchor(suite, baseline, anchor) else None


def _measure(seats: Seating, pairs: tuple[Pair, ...], earlier: _Earlier, partial: bool) -> _Found:
    """Examine who answers, score the pairs under head, base and anchor, judge."""
    suite, base = seats.suite, earlier.base
    found = measure_pairs(seats, suite.settings.score.scorer, pairs, base)
    anchor = earlier.anchor if found.trust.may_gate else None
    # read as the gate reads, so that head is the same against both
    scorer = found.scorer.held(found.scores)
    spared = earlier.spared
    anchored = anchor and compare_with_anchor(
        suite, anchor, scorer=scorer, pairs=pairs, trust=found.trust, spared=spared
    )
    again = Again(head=suite.spec.shown, base=base.spec.shown, votes=suite.settings.gate.confirm)
    cases = judge_cases(pairs, found.scores)
    cases, sure = confirm_musts(pairs, cases, scorer, found.trust, again)
    spared = replace(spared, confirmations=sure)
    gate = judge_gate(suite, cases, base, found.trust, partial=partial, spared=spared)
    blame = _blame(seats, pairs, base, found.trust) if gate.verdict == "FAIL" else ()
    beside, cases = diagnose(seats, pairs, base, cases, gate, partial=partial)
    seats.save(whole=not partial)
    against_base = gate if anchored else None
    if anchor and anchored:
        gate = hold_to_anchor(gate, anchored, anchor.label, suite.settings.gate)
    return _Found(
        trust=found.trust,
        cases=cases,
        gate=gate,
        temperature=found.scores.temperature,
        anchor=anchor,
        anchored=anchored or None,
        against_base=against_base,
        diagnostics=beside,
        slices=_slices(suite, cases, base) if found.trust.may_gate else (),
        spared=spared,
        blame=blame,
    )


def _blame(
    seats: Seating, pairs: tuple[Pair, ...], base: Baseline, trust: Trust
) -> tuple[str, ...]:
    """Which edits carry a loss, where log-probabilities decide."""
    suite = seats.suite
    if suite.settings.score.scorer != "logprob" or not trust.may_gate:
        return ()
    return explain_loss(suite, seats.seat_of("logprob"), trust, pairs, base).sentences


def _slices(suite: Suite, cases: tuple[Case, ...], base: Baseline) -> tuple[Slice, ...]:
    """How parts of the suite fared; () where the spec is the same, as nothing can have changed.

    A tag of one pair is no part of a suite.
    """
    if base.spec.shown == suite.spec.shown:
        return ()
    counts = Counter(tag for case in cases for tag in set(case.tags))
    common = sorted((-n, tag) for tag, n in counts.items() if n > 1)
    kept = {tag for _, tag in common[:MOST_TAGS]}
    tagged = [replace(case, tags=tuple(t for t in case.tags if t in kept)) for case in cases]
    return slice_cases(tagged, settings=suite.settings.gate)


def _broken_off(suite: Suite, pairs: tuple[Pair, ...], error: SpecharnessError) -> _Found:
    """Nothing could be measured: every pair is an error, the gate UNVERIFIABLE."""
    cases = error_cases(pairs, error)
    reason, command = f"{error}.", ""
    if isinstance(error, RecordingMiss):
        reason = f"{_shown(suite, error.where)}: {error.what}."
        command = f"specharness run {suite.name} --spec-mode=record"
    gate = unverifiable_gate(suite, cases, reason, command)
    return _Found(trust=NOT_EXAMINED, cases=cases, gate=gate, temperature=0.0)


def _shown(suite: Suite, where: str) -> str:
    """A place in an error as a report may say it: from the project, not from this machine."""
    root = f"{project_root(suite.folder).resolve().as_posix()}/"
    return where.removeprefix(root)


def _from_here(path: Path) -> str:
    """A path below the project, so that a report says the same on every machine."""
    return path.resolve().relative_to(project_root(path).resolve()).as_posix()
