"""Admission: a judge gates only after it was right often enough on labelled pairs.

Four things are asked of it: enough pairs, more right than chance explains, the same verdict in both
orders, and kinship with nobody who wrote the spec. Who fails is refused, and that is a result too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor

from specharness.gate.stats import effective_n, wilson
from specharness.model import Identity, Model
from specharness.pairline import content_digest, dump_pair
from specharness.records import Pair, digest
from specharness.runfile import Share
from specharness.score.judge.anchor import Anchor, pick_anchors
from specharness.score.judge.confusion import Confusion, confusion, first_share, side_of
from specharness.score.judge.family import family
from specharness.score.judge.judgement import Judged
from specharness.score.judge.manner import Manner
from specharness.score.judge.question import question_digest
from specharness.score.judge.scorer import find_manner, judge_pairs

PAIRS = 92  # labelled pairs, at least
CONSISTENCY = 0.8  # of the pairs have to get the same verdict in both orders
ERRORS = 0.1  # of all pairs may have no verdict, lest the hard ones drop out


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a judge may gate, and what that rests on.

    `judge`, `manner`, `question` (a digest of the wording) and `spec` (of what it judged by, which
    is `spec_text`) say who was admitted for what; `pairs` is a digest of the labelled pairs. `n`
    counts measured pairs, `errors` the others. In `right` a tie counts half, and where pairs share
    a group its interval is that of the independent pairs they are worth. `consistency` is the share
    of pairs whose two orders agree, `first` that of all verdicts that go to the response shown
    first.
    """

    judge: Identity
    manner: Manner
    question: str
    spec: str
    proposer: str
    pairs: str
    n: int
    errors: int
    right: Share
    consistency: Share
    first: Share
    unreadable: int
    confusion: Confusion
    anchors: tuple[Anchor, ...]
    admitted: bool
    sentence: str
    spec_text: str = ""


def admit_judge(
    model: Model,
    pairs: Sequence[Pair],
    spec: str = "",
    *,
    manner: Manner | None = None,
    proposer: str = "",
) -> Admission:
    """Try a judge on labelled pairs and say whether it may gate.

    `spec` is what the labels go by ("" for general quality), `proposer` the model that wrote the
    spec ("" where people or measured features did), `manner` how it is asked (default: by
    log-probabilities where the model gives them, else by votes). A pair that is there several
    times counts once.
    """
    pairs = list(
        {content_digest(p.prompt, p.chosen, p.rejected): p for p in reversed(pairs)}.values()
    )
    pairs.reverse()
    manner = manner or find_manner(model)
    judged = judge_pairs(model, pairs, [spec], manner)[spec]
    right, name = _right(pairs, judged), model.identity.name
    reasons = list(_against(judged, right, name, proposer))
    return Admission(
        judge=model.identity,
        manner=manner,
        question=question_digest(),
        spec=digest(spec),
        proposer=proposer,
        pairs=digest(*(dump_pair(pair) for pair in pairs)),
        n=len(judged.measured),
        errors=judged.errors,
        right=right,
        consistency=judged.consistency,
        first=first_share(judged.measured),
        unreadable=judged.unreadable,
        confusion=confusion(judged.measured),
        anchors=pick_anchors(pairs, judged),
        admitted=not reasons,
        sentence=_sentence(name, judged, right, reasons),
        spec_text=spec,
    )


def why_not(admission: Admission | None, judge: Identity) -> str:
    """Why `judge` may not gate by this admission, as the end of a sentence; "" if it may.

    What else has to hold is the caller's to see to: that it is asked in the admission's manner, and
    that its anchors have not drifted.
    """
    if admission is None:
        return "has not been admitted"
    if not admission.admitted:
        return "was refused when it was tried"
    if admission.judge != judge:
        return f"is not the one that was admitted ({admission.judge.name}, or how it runs, changed)"
    if admission.question != question_digest():
        return "was admitted with a question that is worded differently"
    if admission.spec != digest(admission.spec_text):
        return "was admitted by a version that did not keep the spec it judged by"
    return ""


def _right(pairs: Sequence[Pair], judged: Judged) -> Share:
    """The share of right verdicts; with groups, the interval of the pairs they are worth."""
    plain = judged.right
    if not plain.n:
        return plain
    told = [
        (side_of(found.preference), pair.group)
        for pair, found in zip(pairs, judged.judgements, strict=True)
        if found.preference is not None
    ]
    worth = effective_n([side for side, _ in told], [group for _, group in told])
    n = max(1, floor(worth + 1e-9))
    low, high = wilson(plain.count * n / plain.n, n)
    return Share(count=plain.count, n=plain.n, low=low, high=high)


def _against(judged: Judged, right: Share, name: str, proposer: str) -> Iterable[str]:
    """What speaks against a judge, in words."""
    n, steady = len(judged.measured), judged.consistency
    if n < PAIRS:
        yield f"{PAIRS} judged pairs are needed, and there are {n}"
    if judged.errors > ERRORS * len(judged.judgements):
        yield f"{judged.errors} of {len(judged.judgements)} pairs could not be judged"
    if right.low <= 0.5:
        yield "a coin might be right as often"
    if not n or steady.count / n < CONSISTENCY:
        yield f"both orders have to agree on {CONSISTENCY:.0%} of the pairs"
    if proposer and family(name) == family(proposer):
        yield f"it is of the family that wrote the spec ({family(name) or proposer})"


def _sentence(name: str, judged: Judged, right: Share, reasons: Sequence[str]) -> str:
    n = len(judged.measured)
    told = f"{name} judged {n} labelled pairs"
    if n:
        told += (
            f": right on {right.count:g} ({right.count / n:.0%}, 95 % interval {right.low:.0%} to "
            f"{right.high:.0%}), the same in both orders on {judged.consistency.count:g} "
            f"({judged.consistency.count / n:.0%})"
        )
    if judged.errors:
        told += f"; {judged.errors} could not be judged"
    verdict = f"Refused: {'; '.join(reasons)}." if reasons else "It may gate."
    return f"{told}. {verdict}"
