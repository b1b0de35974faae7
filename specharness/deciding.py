"""How each scorer's cases are decided: by preferences of the same pairs, or by compared replies."""

from collections.abc import Callable, Sequence

from specharness.gate.gates import Decision, decide
from specharness.runfile import Case
from specharness.score.generate.decision import Compared, ReplyDecision, decide_replies
from specharness.settings import GateSettings, Scorer


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


def _decide_replies(cases: Sequence[Case], settings: GateSettings) -> ReplyDecision:
    """Cases whose replies were compared; where both specs are one there was nothing to write."""
    lengths = [(len(c.replies.head), len(c.replies.base)) if c.replies else (0, 0) for c in cases]
    preferences = [c.head.preference for c in cases if c.head]
    groups = [c.group for c in cases]
    cut = sum(c.replies.cut for c in cases if c.replies)
    found = Compared(preferences=preferences, lengths=lengths, groups=groups, cut=cut)
    return decide_replies(found, settings)


Decide = Callable[[Sequence[Case], GateSettings], Decision | ReplyDecision]
DECISIONS: dict[Scorer, Decide] = {
    "logprob": _decide,
    "judge": _decide,
    "generate": _decide_replies,
}
