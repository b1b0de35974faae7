"""What stands beside a verdict: preferred shares, the length rule, and the spec's own worth."""

from collections.abc import Sequence
from typing import Any

from specharness.gate.verdicts import preferred, share_of
from specharness.records import Pair
from specharness.runfile import Case, Share
from specharness.settings import Scorer


def judge_spec(
    cases: Sequence[Case], pairs: Sequence[Pair], reference: str, scorer: Scorer = "logprob"
) -> dict[str, Any]:
    """What stands beside the verdict: preferred shares, the length rule, the spec's own worth."""
    head = preferred([c.head for c in cases])
    return {
        "preferred_head": head,
        "preferred_base": preferred([c.base for c in cases]),
        "length_rule": length_rule(pairs),
        "spec_sentence": judged_worth(head, scorer)
        if scorer in _JUDGED
        else spec_worth(head, _NAMES[reference]),
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


_JUDGED: dict[str, str] = {
    "judge": "Judged by the spec, the chosen response is the better one on",
    "generate": "Answering under the head's spec, the model's reply is judged the better one on",
}


def judged_worth(head: Share, scorer: str) -> str:
    """What a judge says under the head's spec, in one sentence."""
    if not head.n:
        return "Nothing was judged."
    told = f"{head.count:g} of {head.n} pairs ({100 * head.count / head.n:.0f} %, 95 % interval "
    return f"{_JUDGED[scorer]} {told}{100 * head.low:.0f} to {100 * head.high:.0f} %)."
