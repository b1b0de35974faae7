"""From scores to what a run says: how each pair ended, the gate's verdict, the spec's worth."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from specharness.baseline import Baseline
from specharness.deciding import DECISIONS, Decide
from specharness.errors import SpecharnessError
from specharness.finite import not_finite
from specharness.gate.decision import count
from specharness.gate.drift import Drift
from specharness.gate.gates import Decision
from specharness.gate.hidden import shown
from specharness.gate.quarantine import decide_sparing
from specharness.gate.verdicts import has_to_hold, outcome_of
from specharness.records import Pair
from specharness.runfile import Case, Gate, GateVerdict, Trust
from specharness.score.generate.decision import ReplyDecision
from specharness.score.scores import PairScore, Scores
from specharness.settings import GateSettings, Scorer
from specharness.sparing import NOTHING_SPARED, Spared
from specharness.specworth import length_rule
from specharness.suitefile import Suite
from specharness.telling import tell_decision, tell_incomplete, tell_judge_errors

__all__ = [
    "error_cases", "judge_anchor", "judge_cases", "judge_gate", "length_rule", "make_case",
    "unverifiable_gate",
]  # fmt: skip


def judge_cases(pairs: Sequence[Pair], scores: Scores) -> tuple[Case, ...]:
    """One case per pair, in the pairs' order."""
    return tuple(make_case(p, s) for p, s in zip(pairs, scores.pairs, strict=True))


def make_case(pair: Pair, score: PairScore) -> Case:
    """A pair with its scores and how it ended; scores that are no numbers are none."""
    if not_finite([asdict(arm) for arm in (score.head, score.base) if arm]):
        score = PairScore(id=pair.id, error="the model's result is not a finite number")
    return Case(
        id=pair.id,
        group=pair.group,
        tags=pair.tags,
        must=pair.must,
        prompt=pair.prompt,
        chosen=pair.chosen,
        rejected=pair.rejected,
        source=pair.source,
        outcome=outcome_of(score.head, score.base),
        head=score.head,
        base=score.base,
        reference=score.reference,
        error=score.error,
        replies=score.replies,
    )


def judge_gate(  # noqa: PLR0913 - keywords after what is judged and against what
    suite: Suite,
    cases: Sequence[Case],
    base: Baseline,
    trust: Trust,
    *,
    partial: bool,
    scorer: Scorer | None = None,
    spared: Spared = NOTHING_SPARED,
) -> Gate:
    """The suite's verdict. Only some of its pairs (`partial`) never pass or fail the suite.

    `scorer` measured the cases, by default the one that the suite names; `spared` are pairs that
    may not fail it.
    """
    if not trust.may_gate:
        return _untrusted(suite, cases, trust)
    measured = [c for c in cases if c.head is not None and c.base is not None]
    if not measured:
        return unverifiable_gate(suite, cases, "No pair could be measured.", "specharness report")
    if base.spec.shown == suite.spec.shown:
        return _unchanged(suite, cases, base)
    decides = DECISIONS[scorer or suite.settings.score.scorer]
    gate = _decided(suite, cases, measured, base, partial=partial, decides=decides, spared=spared)
    if (scorer or suite.settings.score.scorer) == "judge":
        gate = replace(gate, sentences=(*gate.sentences, *tell_judge_errors(gate, trust)))
    return gate


def _sparing(decide_cases: Decide, spared: Spared) -> Decide:
    """Decides with all pairs, and lets those in quarantine show no loss."""

    def decide_spared(cases: Sequence[Case], settings: GateSettings) -> Decision | ReplyDecision:
        return decide_sparing(cases, spared.held, lambda some: decide_cases(some, settings))

    return decide_spared if spared.held else decide_cases


def _untrusted(suite: Suite, cases: Sequence[Case], trust: Trust) -> Gate:
    """No verdict, as who answers may not gate: by its probe, its sensitivity, or as it says."""
    if trust.why:
        return unverifiable_gate(suite, cases, trust.why, trust.command)
    reason = (
        f"The probe of the model {trust.probe}."
        if trust.probe != "passed"
        else f"The model {trust.sensitivity_sentence}."
    )
    return unverifiable_gate(suite, cases, reason, "specharness models list")


def _decided(  # noqa: PLR0913 - the same, and how cases are decided
    suite: Suite,
    cases: Sequence[Case],
    measured: Sequence[Case],
    base: Baseline,
    *,
    partial: bool,
    decides: Decide,
    spared: Spared,
) -> Gate:
    decide_cases = _sparing(decides, spared)
    found = decide_cases(measured, suite.settings.gate)
    errors = len(cases) - len(measured)
    verdict = "FAIL" if any(map(has_to_hold, measured)) else found.verdict
    seen = shown(measured, suite.settings.gate)
    told, figures = tell_decision(
        found,
        measured,
        seen,
        verdict=verdict,
        musts=[case.id for case in seen if has_to_hold(case)],
        decide_part=lambda some: decide_cases(some, suite.settings.gate),
        spared=spared,
    )
    first, last, verdict = tell_incomplete(errors, verdict, partial=partial)
    sentences = [f"Compared with {base.label}.", *first, *told, *last]
    failed = verdict == "FAIL"
    diluted = _is_diluted(measured, base.drift, suite.settings.gate, decide_cases)
    sentences[1:1] = base.drift.explain(failed=failed, diluted=diluted)
    if not failed and (diluted or base.drift.may_hide_a_loss):
        verdict = "UNVERIFIABLE"
    return _gate(
        suite,
        cases,
        verdict,
        sentences,
        **figures,
        next_command=_next(suite, verdict, base.drift, partial=partial),
    )


def judge_anchor(
    suite: Suite, cases: Sequence[Case], anchor: Baseline, spared: Spared = NOTHING_SPARED
) -> Gate:
    """How head stands against the anchor (the cases' `base`), with the budget as the margin."""
    measured = [c for c in cases if c.head is not None and c.base is not None]
    if not measured:
        return unverifiable_gate(suite, cases, "No pair could be measured at the anchor.", "")
    settings = replace(suite.settings.gate, margin=suite.settings.gate.allowed)
    decide_cases = _sparing(DECISIONS[suite.settings.score.scorer], spared)
    found = decide_cases(measured, settings)
    told, figures = tell_decision(
        found,
        measured,
        shown(measured, settings),
        verdict=found.verdict,
        musts=(),
        decide_part=lambda some: decide_cases(some, settings),
    )
    errors = len(cases) - len(measured)
    first, last, verdict = tell_incomplete(errors, found.verdict, partial=False)
    sentences = [f"Compared with the anchor, {anchor.label}.", *first, *told, *last]
    gate = _gate(
        suite,
        cases,
        verdict,
        sentences,
        **figures,
        next_command=f"specharness run {suite.name} --spec-base={anchor.commit[:10]}",
    )
    return replace(gate, margin=settings.margin)


def _is_diluted(
    cases: Sequence[Case], drift: Drift, settings: GateSettings, decide_cases: Decide
) -> bool:
    """Whether the pairs that were there before show a loss of their own.

    Many easy pairs added with an edit would outvote those it loses. It is a second test at
    `alpha_fail`, so it withholds a verdict and does not FAIL.
    """
    before = [c for c in cases if c.id not in drift.added] if drift.added else []
    return bool(before) and decide_cases(before, settings).verdict == "FAIL"


def _gate(
    suite: Suite,
    cases: Sequence[Case],
    verdict: GateVerdict,
    sentences: Sequence[str],
    **known: Any,
) -> Gate:
    """A gate's record: what is `known`, and nothing made up for the rest."""
    errors = sum(c.outcome == "error" for c in cases)
    seen = shown(cases, suite.settings.gate)
    facts: dict[str, Any] = {
        "clusters": len({c.group for c in seen}),
        "lost": 0,
        "won": 0,
        "difference": None,
        "interval": None,
        "p_value": None,
        "excluded": None,
        "needed": None,
    }
    return Gate(
        verdict=verdict,
        n=sum(c.outcome != "error" for c in seen),
        errors=errors,
        hidden=len(cases) - len(seen),
        margin=suite.settings.gate.margin,
        alpha_pass=suite.settings.gate.alpha_pass,
        sentences=tuple(sentences),
        **facts | known,
    )


def _unchanged(suite: Suite, cases: Sequence[Case], base: Baseline) -> Gate:
    errors = sum(c.outcome == "error" for c in cases)
    sentences = [f"The model sees the same spec as at {base.label}: nothing can have got worse."]
    if errors:
        sentences.append(f"{count(errors, 'pair')} could not be measured.")
    if base.drift.listed:
        sentences.append(f"What judges it changed: {base.drift.listed}.")
        sentences.append("The spec did not, so that needs no gating.")
    return _gate(
        suite,
        cases,
        "UNVERIFIABLE" if errors else "PASS",
        sentences,
        difference=0.0,
        excluded=0.0,
        needed=0,
        next_command=f"specharness run {suite.name} --spec-base=empty",
    )


def unverifiable_gate(suite: Suite, cases: Sequence[Case], reason: str, command: str) -> Gate:
    """A gate without a number, and why."""
    sentences = [reason, "Nothing was concluded from what could not be trusted."]
    return _gate(suite, cases, "UNVERIFIABLE", sentences, clusters=0, next_command=command)


def error_cases(pairs: Sequence[Pair], error: SpecharnessError) -> tuple[Case, ...]:
    """All pairs as unmeasured, for a run that broke off."""
    return tuple(make_case(p, PairScore(id=p.id, error=str(error))) for p in pairs)


def _next(suite: Suite, verdict: GateVerdict, drift: Drift, *, partial: bool) -> str:
    """The command that shows, or settles, what stands in the way."""
    if verdict == "FAIL":
        return f"pytest suites -k '{suite.name}' -rx"
    if verdict == "UNPROVEN":
        return f"specharness run {suite.name}" if partial else "specharness report"
    if verdict == "UNVERIFIABLE":
        return drift.command if drift.listed else "specharness report"
    return ""
