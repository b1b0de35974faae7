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
    told, names = found.explain(), ", ".join(lost[:5])
    named = f"A pair that must hold was lost: {names}."
    if found.verdict == "FAIL":
        return [named, *told]
    happened = told[:1] if isinstance(found, Decision) else told[:2]
    return [f"{named} That alone fails the suite.", *happened, _ALL_PAIRS[found.verdict]]
