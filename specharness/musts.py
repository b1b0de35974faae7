"""What a run says where pairs that must hold were lost."""

from collections.abc import Sequence

from specharness.gate.gates import Decision
from specharness.runfile import GateVerdict
from specharness.score.generate.decision import ReplyDecision

_ALL_PAIRS: dict[GateVerdict, str] = {
    "PASS": "All pairs together are not worse by more than the margin.",
    "UNPROVEN": "Whether all pairs together got worse is a question for when it holds again.",
}


def explain_musts(found: Decision | ReplyDecision, lost: Sequence[str]) -> list[str]:
    """The sentences of a gate that FAILs by the pairs `lost`: they decide, so nothing is open."""
    if found.verdict == "FAIL":
        return [_named(lost), *found.explain()]
    return [*explain_part(found, lost), _ALL_PAIRS[found.verdict]]


def explain_part(found: Decision | ReplyDecision, lost: Sequence[str]) -> list[str]:
    """What happened to pairs that are not all that decide, and the `lost` ones that must hold."""
    happened = found.explain()[: 1 if isinstance(found, Decision) else 2]
    alone = [f"{_named(lost)} That alone fails the suite."] if lost else []
    return [*alone, *happened]


def _named(lost: Sequence[str]) -> str:
    return f"A pair that must hold was lost: {', '.join(lost[:5])}."
