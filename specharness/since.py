"""How head stands against the anchor, pair by pair, and which edits since then carry a loss."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from specharness.baseline import Baseline
from specharness.blame.explaining import NOTHING_EXPLAINED, Explained, explain_loss
from specharness.errors import RecordingMiss
from specharness.gate.hidden import shown
from specharness.judging import error_cases, judge_anchor, judge_cases, unverifiable_gate
from specharness.ledger.anchor import hold_to_anchor
from specharness.records import Pair
from specharness.runfile import Case, Gate, Trust
from specharness.runsince import LostPair, SinceAnchor
from specharness.score.scoring import Scorer
from specharness.seating import Seating
from specharness.settings import GateSettings
from specharness.sparing import NOTHING_SPARED, Spared
from specharness.suitefile import Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """The comparison with an anchor: its gate, and what became of the pairs since then."""

    anchor: Baseline
    gate: Gate
    since: SinceAnchor

    def hold(self, gate: Gate, settings: GateSettings) -> Gate:
        """The verdict against the base with the consequences of this comparison."""
        return hold_to_anchor(gate, self.gate, self.anchor.label, settings)

    def described(self) -> dict[str, Any]:
        """What a suite's run says of it."""
        return {
            "anchor": self.gate,
            "anchor_label": self.anchor.label,
            "anchor_commit": self.anchor.commit,
            "since_anchor": self.since,
        }


def compare_since(  # noqa: PLR0913 - keywords only after what is compared
    suite: Suite,
    anchor: Baseline,
    *,
    scorer: Scorer,
    pairs: Sequence[Pair],
    trust: Trust,
    spared: Spared = NOTHING_SPARED,
) -> Anchored:
    """Head against the anchor on `pairs`, by a `scorer` that reads as the gate does.

    It has the temperature and the reference that the gate used, so preferences at head are the
    same; `trust` is what was found out about it. UNVERIFIABLE where the anchor's results are not
    recorded. Of hidden pairs nothing is told beside the gate.
    """
    head, before = suite.spec.shown, anchor.spec.shown
    since = SinceAnchor(spec=before, rules=anchor.spec.rules)
    try:
        scores = scorer.score(pairs, head=head, base=before, trust=trust)
    except RecordingMiss as error:
        reason = f"The spec of the anchor ({anchor.label}) is not recorded: {error.what}."
        command = f"specharness run {suite.name} --spec-mode=record"
        gate = unverifiable_gate(suite, error_cases(pairs, error), reason, command)
        return Anchored(anchor=anchor, gate=gate, since=since)
    cases = judge_cases(pairs, scores)
    seen = shown(cases, suite.settings.gate)
    gate, lost = judge_anchor(suite, cases, anchor, spared), _lost(seen)
    if gate.verdict == "FAIL" and lost and scorer.name == "logprob":
        gate = replace(gate, next_command=_blaming(suite, anchor))
    return Anchored(anchor=anchor, gate=gate, since=replace(since, lost=lost))


def _lost(cases: Sequence[Case]) -> tuple[LostPair, ...]:
    return tuple(
        LostPair(id=case.id, margin=case.base.margin, preference=case.base.preference)
        for case in cases
        if case.outcome == "lost" and case.base is not None
    )


def explain_fail(  # noqa: PLR0913 - keywords only: the comparisons
    seats: Seating,
    pairs: Sequence[Pair],
    trust: Trust,
    *,
    against: Gate,
    base: Baseline,
    anchored: Anchored | None,
) -> tuple[Explained, Anchored | None]:
    """Which edits carry the loss of a FAIL, and the comparison with the anchor, that notes it.

    They are the edits since the base where the comparison `against` it fails, else those since the
    anchor, where its comparison fails the run. Nothing where log-probabilities do not decide.
    """
    suite = seats.suite
    if suite.settings.score.scorer != "logprob" or not trust.may_gate or not pairs:
        return NOTHING_EXPLAINED, anchored
    own = seats.seat_of("logprob")
    if against.verdict == "FAIL":
        return explain_loss(suite, own, trust, pairs, base), anchored
    if anchored is None or anchored.hold(against, suite.settings.gate).verdict != "FAIL":
        return NOTHING_EXPLAINED, anchored
    anchor = anchored.anchor
    found = explain_loss(suite, own, trust, pairs, anchor, ref=anchor.commit[:10])
    blamed = replace(anchored, since=replace(anchored.since, blamed=True))
    return replace(found, sentences=_told(found.sentences)), blamed


def _told(sentences: Sequence[str]) -> tuple[str, ...]:
    """Sentences of blame that say what they are against."""
    return (f"With the anchor as base: {sentences[0]}", *sentences[1:]) if sentences else ()


def _blaming(suite: Suite, anchor: Baseline) -> str:
    return f"specharness blame {suite.name} --spec-base={anchor.commit[:10]}"
