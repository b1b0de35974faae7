"""From scores to what a run says: how each pair ended, the gate's verdict, the spec's worth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from specharness.baseline import Baseline
from specharness.errors import SpecharnessError
from specharness.gate.drift import Drift
from specharness.gate.gates import Decision, decide
from specharness.gate.verdicts import outcome_of, preferred, share_of
from specharness.records import Pair
from specharness.runfile import Case, Gate, GateVerdict, Share, Trust
from specharness.score.logprob import PairScore, Scores
from specharness.settings import GateSettings
from specharness.suitefile import Suite


def judge_cases(pairs: Sequence[Pair], scores: Scores) -> tuple[Case, ...]:
    """One case per pair, in the pairs' order."""
    return tuple(make_case(p, s) for p, s in zip(pairs, scores.pairs, strict=True))


def make_case(pair: Pair, score: PairScore) -> Case:
    """A pair with its scores and how it ended."""
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
    )


def judge_gate(
    suite: Suite, cases: Sequence[Case], base: Baseline, trust: Trust, *, partial: bool
) -> Gate:
    """The suite's verdict. Only some of its pairs (`partial`) never pass or fail the suite."""
    if not trust.may_gate:
        reason = (
            f"The probe of the model {trust.probe}."
            if trust.probe != "passed"
            else f"The model {trust.sensitivity_sentence}."
        )
        return unverifiable_gate(suite, cases, reason, "specharness models list")
    measured = [c for c in cases if c.head is not None and c.base is not None]
    if not measured:
        return unverifiable_gate(suite, cases, "No pair could be measured.", "specharness report")
    if base.spec.shown == suite.spec.shown:
        return _unchanged(suite, cases, base)
    return _decided(suite, cases, measured, base, partial)


def _decided(
    suite: Suite, cases: Sequence[Case], measured: Sequence[Case], base: Baseline, partial: bool
) -> Gate:
    found = _decide(measured, suite.settings.gate)
    errors = len(cases) - len(measured)
    sentences = [f"Compared with {base.label}.", *found.explain()]
    verdict = found.verdict
    lost_musts = [c.id for c in measured if c.must and c.outcome == "lost"]
    if lost_musts:
        verdict = "FAIL"
        sentences.insert(1, f"A pair that must hold was lost: {', '.join(lost_musts[:5])}.")
    if errors:
        sentences.append(f"{_pairs(errors)} could not be measured and counted for nothing.")
        verdict = "UNVERIFIABLE" if verdict == "PASS" else verdict
    if partial:
        sentences.append("Only some pairs of the suite were selected: this is no verdict on it.")
        verdict = "UNPROVEN" if verdict == "PASS" else verdict
    failed, diluted = verdict == "FAIL", _is_diluted(measured, base.drift, suite.settings.gate)
    sentences[1:1] = base.drift.explain(failed=failed, diluted=diluted)
    if not failed and (diluted or base.drift.may_hide_a_loss):
        verdict = "UNVERIFIABLE"
    return _gate(
        suite,
        cases,
        verdict,
        sentences,
        **_figures(found),
        next_command=_next(suite, verdict, base.drift, partial=partial),
    )


def judge_anchor(suite: Suite, cases: Sequence[Case], anchor: Baseline) -> Gate:
    """How head stands against the anchor (the cases' `base`), with the budget as the margin."""
    measured = [c for c in cases if c.head is not None and c.base is not None]
    if not measured:
        return unverifiable_gate(suite, cases, "No pair could be measured at the anchor.", "")
    settings = replace(suite.settings.gate, margin=suite.settings.gate.allowed)
    found = _decide(measured, settings)
    verdict, sentences = found.verdict, [f"Compared with the anchor, {anchor.label}."]
    sentences += found.explain()
    if errors := len(cases) - len(measured):
        sentences.append(f"{_pairs(errors)} could not be measured and counted for nothing.")
        verdict = "UNVERIFIABLE" if verdict == "PASS" else verdict
    gate = _gate(
        suite,
        cases,
        verdict,
        sentences,
        **_figures(found),
        next_command=f"specharness run {suite.name} --spec-base={anchor.commit[:10]}",
    )
    return replace(gate, margin=settings.margin)


def _figures(found: Decision) -> dict[str, Any]:
    names = ("clusters", "lost", "won", "difference", "interval", "p_value", "excluded", "needed")
    return {name: getattr(found, name) for name in names}


def _decide(cases: Sequence[Case], settings: GateSettings) -> Decision:
    return decide(
        [c.base.preference for c in cases if c.base],
        [c.head.preference for c in cases if c.head],
        groups=[c.group for c in cases],
        margin=settings.margin,
        alpha_fail=settings.alpha_fail,
        alpha_pass=settings.alpha_pass,
        seed=settings.seed,
    )


def _is_diluted(cases: Sequence[Case], drift: Drift, settings: GateSettings) -> bool:
    """Whether the pairs that were there before show a loss of their own.

    Many easy pairs added with an edit would outvote those it loses. It is a second test at
    `alpha_fail`, so it withholds a verdict and does not FAIL.
    """
    before = [c for c in cases if c.id not in drift.added] if drift.added else []
    return bool(before) and _decide(before, settings).verdict == "FAIL"


def _gate(
    suite: Suite,
    cases: Sequence[Case],
    verdict: GateVerdict,
    sentences: Sequence[str],
    **known: Any,
) -> Gate:
    """A gate's record: what is `known`, and nothing made up for the rest."""
    errors = sum(c.outcome == "error" for c in cases)
    facts: dict[str, Any] = {
        "clusters": len({c.group for c in cases}),
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
        n=len(cases) - errors,
        errors=errors,
        margin=suite.settings.gate.margin,
        alpha_pass=suite.settings.gate.alpha_pass,
        sentences=tuple(sentences),
        **facts | known,
    )


def _unchanged(suite: Suite, cases: Sequence[Case], base: Baseline) -> Gate:
    errors = sum(c.outcome == "error" for c in cases)
    sentences = [f"The model sees the same spec as at {base.label}: nothing can have got worse."]
    if errors:
        sentences.append(f"{_pairs(errors)} could not be measured.")
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


def judge_spec(cases: Sequence[Case], pairs: Sequence[Pair], reference: str) -> dict[str, Any]:
    """What stands beside the verdict: preferred shares, the length rule, the spec's own worth."""
    head = preferred([c.head for c in cases])
    return {
        "preferred_head": head,
        "preferred_base": preferred([c.base for c in cases]),
        "length_rule": length_rule(pairs),
        "spec_sentence": spec_worth(head, _NAMES[reference]),
    }


def length_rule(pairs: Sequence[Pair]) -> Share:
    """How often "the longer response (in words) is better" is right; equal lengths count half."""
    return share_of([_longer(len(p.chosen.split()), len(p.rejected.split())) for p in pairs])


def _longer(chosen: int, rejected: int) -> float:
    return 0.5 if chosen == rejected else float(chosen > rejected)


_NAMES = {
    "empty": "no spec",
    "neutral": "a neutral line",
    "placebo": "a placebo of its length",
    "base": "the base spec",
    "opposite": "its opposite",
}


def spec_worth(head: Share, other: str) -> str:
    """Whether the spec moves the model towards the chosen responses at all, in one sentence."""
    if not head.n:
        return "Nothing was measured about the spec itself."
    told = f"{head.count:g} of {head.n} pairs ({100 * head.count / head.n:.0f} %, 95 % interval "
    told += f"{100 * head.low:.0f} to {100 * head.high:.0f} %)"
    if head.low > 0.5:
        return f"The spec beats {other}: it moves the model towards the chosen response on {told}."
    if head.high < 0.5:
        return f"The spec is worse than {other}: it moves the model the right way on only {told}."
    return (
        f"The spec is not shown to beat {other}: it moves the model towards the chosen response "
        f"on {told}."
    )


def _next(suite: Suite, verdict: GateVerdict, drift: Drift, *, partial: bool) -> str:
    """The command that shows, or settles, what stands in the way."""
    if verdict == "FAIL":
        return f"pytest suites -k '{suite.name}' -rx"
    if verdict == "UNPROVEN":
        return f"specharness run {suite.name}" if partial else "specharness report"
    if verdict == "UNVERIFIABLE":
        return drift.command if drift.listed else "specharness report"
    return ""


def _pairs(number: int) -> str:
    return "1 pair" if number == 1 else f"{number} pairs"
