"""A run of one suite, every step in order: this file is the map of the package."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from specharness.baseline import Baseline, find_baseline, with_admission
from specharness.blame.explaining import NOTHING_EXPLAINED, Explained
from specharness.choice import choose_model
from specharness.compilation.provenance import compiled_spec
from specharness.diagnosing import diagnose, measure_pairs, shade
from specharness.errors import IntegrityError, ModelError, RecordingMiss, SpecharnessError
from specharness.gate.hidden import check_hidden, shown
from specharness.judging import (
    error_cases,
    judge_cases,
    judge_gate,
    unverifiable_gate,
)
from specharness.ledger.anchor import find_anchor, needs_anchor
from specharness.ledger.chain import judged_digest
from specharness.ledger.recorded import recordings_digest
from specharness.model import Model
from specharness.records import Pair
from specharness.runfile import Case, Diagnostic, Gate, Slice, SuiteRun, Trust
from specharness.score.trust import NOT_EXAMINED
from specharness.seating import Seating, take_seats
from specharness.settings import GateSettings, Mode
from specharness.since import Anchored, compare_since, explain_fail
from specharness.slicing import slice_suite
from specharness.sparing import NOTHING_SPARED, Again, Spared, confirm_musts, find_held
from specharness.specworth import judge_spec
from specharness.split import split_pairs
from specharness.suitefile import SETTINGS, Suite, project_root
from specharness.suitepairs import read_suite_pairs


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
    """The pairs that gate, and one line on what an import left out ("" if nothing).

    UsageError where the suite hides a part of them that is none.
    """
    found = read_suite_pairs(suite.pairs_path, suite.settings.read)
    pairs = split_pairs(found.pairs, suite.settings.split).gate
    check_hidden(pairs, suite.settings.gate, suite.folder / SETTINGS)
    return pairs, found.told


def shown_pairs(suite: Suite) -> tuple[Pair, ...]:
    """The pairs of a suite that gate and may be looked at one by one, in file order."""
    return shown(held_out(suite), suite.settings.gate)


def select_pairs(
    pairs: tuple[Pair, ...], only: Collection[str] | None, settings: GateSettings
) -> tuple[Pair, ...]:
    """The pairs whose ids are in `only`; hidden ones are run with all the others or not at all.

    A part of the suite would tell what became of a hidden pair that is in it.
    """
    if only is None:
        return pairs
    seen = shown(pairs, settings)
    chosen = tuple(pair for pair in seen if pair.id in only)
    return pairs if chosen and len(chosen) == len(seen) else chosen


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
    Hidden pairs count in the verdict, and the run tells nothing else of them.
    """
    pairs, told = read_held_out(suite)
    selected = select_pairs(pairs, only, suite.settings.gate)
    seen = shown(selected, suite.settings.gate)
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
        spec_path=_from_here(suite.spec_path or suite.folder / SETTINGS),
        selected=len(selected),
        held_out=len(pairs),
        pairs_read=told,
        sources=tuple(sorted({p.source for p in selected if p.source})),
        head_spec=suite.spec.shown,
        head_rules=suite.spec.rules,
        **baseline.described(),
        **seats.described(),
        **judge_spec(found.cases, seen, chosen.reading.reference, suite.settings.score.scorer),
        **found.described(),
        trust=seats.with_costs(found.trust),
        judged=judged_digest(selected, suite.settings.gate),
        compiled=compiled_spec(suite),
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
    anchored: Anchored | None = None
    against_base: Gate | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    slices: tuple[Slice, ...] = ()
    spared: Spared = NOTHING_SPARED
    blame: Explained = NOTHING_EXPLAINED
    recorded: str = ""

    def described(self) -> dict[str, Any]:
        """What a suite's run says of it."""
        return {
            "cases": self.cases,
            "gate": self.gate,
            "against_base": self.against_base,
            **(self.anchored.described() if self.anchored else {}),
            "temperature": self.temperature,
            "diagnostics": self.diagnostics,
            "slices": self.slices,
            "confirmations": self.spared.confirmations,
            "quarantined": self.spared.held,
            "blame": self.blame.sentences,
            "edit_effects": self.blame.effects,
            "day": self.spared.day,
            "accepted": self.spared.accepted,
            "recorded": self.recorded,
        }


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
    anchored = None
    if anchor:
        anchored = compare_since(
            suite, anchor, scorer=scorer, pairs=pairs, trust=found.trust, spared=spared
        )
    again = Again(head=suite.spec.shown, base=base.spec.shown, votes=suite.settings.gate.confirm)
    cases = judge_cases(pairs, found.scores)
    cases, sure = confirm_musts(pairs, cases, scorer, found.trust, again)
    spared = replace(spared, confirmations=sure)
    against = judge_gate(suite, cases, base, found.trust, partial=partial, spared=spared)
    gate = anchored.hold(against, suite.settings.gate) if anchored else against
    told = shown(pairs, suite.settings.gate)
    blame, anchored = explain_fail(
        seats, told, found.trust, against=against, base=base, anchored=anchored
    )
    beside, cases = diagnose(seats, pairs, base, cases, against, partial=partial)
    seen = shown(cases, suite.settings.gate)
    seen = shade(found, told, seen, suite.spec.shown, base.spec.shown)
    seats.save(whole=not partial)
    return _Found(
        trust=found.trust,
        cases=seen,
        gate=gate,
        temperature=found.scores.temperature if seen else 0.0,  # it is the margin of a pair
        anchored=anchored,
        against_base=against if anchored else None,
        diagnostics=beside,
        recorded=_recorded(seats, found.trust) if len(seen) < len(cases) else "",
        slices=slice_suite(suite, seen, base) if found.trust.may_gate else (),
        spared=_told_of(spared, seen),
        blame=blame,
    )


def _recorded(seats: Seating, trust: Trust) -> str:
    """The digest of the recordings a run was read from, or wrote."""
    decides = seats.seat_of(seats.suite.settings.score.scorer)
    if decides.model.mode not in ("replay", "record"):
        return ""
    return recordings_digest(seats.suite, decides.name, trust.judge.model if trust.judge else "")


def _told_of(spared: Spared, seen: Sequence[Case]) -> Spared:
    """What spared an edit a FAIL, of the pairs that may be told of."""
    known = {case.id for case in seen}
    return replace(
        spared,
        held=tuple(one for one in spared.held if one.id in known),
        confirmations=tuple(one for one in spared.confirmations if one.id in known),
    )


def _broken_off(suite: Suite, pairs: tuple[Pair, ...], error: SpecharnessError) -> _Found:
    """Nothing could be measured: every pair is an error, the gate UNVERIFIABLE."""
    cases = error_cases(pairs, error)
    reason, command = f"{error}.", ""
    if isinstance(error, RecordingMiss):
        reason = f"{_shown(suite, error.where)}: {error.what}."
        command = f"specharness run {suite.name} --spec-mode=record"
    gate = unverifiable_gate(suite, cases, reason, command)
    seen = shown(cases, suite.settings.gate)
    return _Found(trust=NOT_EXAMINED, cases=seen, gate=gate, temperature=0.0)


def _shown(suite: Suite, where: str) -> str:
    """A place in an error as a report may say it: from the project, not from this machine."""
    root = f"{project_root(suite.folder).resolve().as_posix()}/"
    return where.removeprefix(root)


def _from_here(path: Path) -> str:
    """A path below the project, so that a report says the same on every machine."""
    return path.resolve().relative_to(project_root(path).resolve()).as_posix()
