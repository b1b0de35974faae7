"""A run of one suite, every step in order: this file is the map of the package."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from specharness.baseline import Baseline, find_baseline
from specharness.choice import Chosen, choose_model
from specharness.errors import IntegrityError, ModelError, RecordingMiss, SpecharnessError
from specharness.judging import (
    error_cases,
    judge_cases,
    judge_gate,
    judge_spec,
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
from specharness.runfile import Case, Gate, SuiteRun, Trust
from specharness.score.logprob import score_pairs
from specharness.score.reference import reference_text
from specharness.score.trust import NOT_EXAMINED, examine
from specharness.settings import Mode
from specharness.split import split_pairs
from specharness.suitefile import SETTINGS, Suite, project_root
from specharness.suitepairs import read_suite_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user chooses for a run: where results come from, and what to compare with.

    `base` is a git reference, "empty", or None for the merge-base with the main branch; `anchor`
    a git reference, "none", or None for the suite's own (see `anchor`).
    """

    mode: Mode = "auto"
    base: str | None = None
    anchor: str | None = None


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
) -> SuiteRun:
    """Run a suite on its held-out pairs, or on those whose ids are in `only`.

    What could not be measured comes back as errors and UNVERIFIABLE, not as an exception;
    UsageError is raised for what the user has to mend. `model` replaces the suite's own.
    """
    pairs, told = read_held_out(suite)
    selected = tuple(p for p in pairs if only is None or p.id in only)
    baseline = find_baseline(suite, options.base, pairs)
    chosen = choose_model(suite, options.mode, project_root(suite.folder), model)
    try:
        partial = len(selected) < len(pairs)
        earlier = _Earlier(base=baseline)
        if not partial:
            earlier = replace(earlier, anchor=_anchor(suite, baseline, options))
        found = _measure(suite, selected, earlier, chosen, partial)
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
        **chosen.described(),
        **judge_spec(found.cases, selected, chosen.reading.reference),
        cases=found.cases,
        gate=found.gate,
        anchor=found.anchored,
        anchor_label=found.anchor.label if found.anchor else "",
        anchor_commit=found.anchor.commit if found.anchor else "",
        temperature=found.temperature,
        trust=chosen.with_costs(found.trust),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    """What a suite is compared with."""

    base: Baseline
    anchor: Baseline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    trust: Trust
    cases: tuple[Case, ...]
    gate: Gate
    temperature: float
    anchor: Baseline | None = None
    anchored: Gate | None = None


def _anchor(suite: Suite, baseline: Baseline, options: Options) -> Baseline | None:
    """What else to compare with, where that says more; not where only the spec's worth is asked."""
    if options.base == "empty" and options.anchor is None:
        return None
    anchor = find_anchor(suite, options.anchor)
    return anchor if anchor and needs_anchor(suite, baseline, anchor) else None


def _measure(
    suite: Suite, pairs: tuple[Pair, ...], earlier: _Earlier, chosen: Chosen, partial: bool
) -> _Found:
    """Examine the model, score the pairs under head, base and anchor, judge."""
    file, kind = suite.spec_path or suite.folder / SETTINGS, chosen.reading.reference
    base = earlier.base
    texts = {"head": suite.spec.shown, "base": base.spec.shown}
    texts["reference"] = reference_text(kind, suite.spec, base.spec, file)
    trust = examine(chosen.model, chosen.reading)
    anchor = earlier.anchor if trust.may_gate else None
    scores = score_pairs(chosen.model, pairs, **texts, reading=chosen.reading)
    anchored = anchor and compare_with_anchor(
        suite,
        anchor,
        model=chosen.model,
        pairs=pairs,
        reference=texts["reference"],
        # the same temperature, so that head reads the same against both
        reading=replace(chosen.reading, temperature=scores.temperature),
    )
    chosen.save(whole=not partial)
    cases = judge_cases(pairs, scores)
    gate = judge_gate(suite, cases, base, trust, partial=partial)
    if anchor and anchored:
        gate = hold_to_anchor(gate, anchored, anchor.label, suite.settings.gate)
    return _Found(
        trust=trust,
        cases=cases,
        gate=gate,
        temperature=scores.temperature,
        anchor=anchor,
        anchored=anchored or None,
    )


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
