"""Replies as the scores of a suite: the head's reply against the base's, judged in both orders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from specharness.model import Completion, Model, Unmeasured
from specharness.records import Pair
from specharness.runfile import ArmScore, Replies, Verdict
from specharness.score.generate.replying import Writing, write_replies
from specharness.score.judge.judgement import Judged, Judgement
from specharness.score.judge.manner import Manner
from specharness.score.judge.scorer import judge_pairs
from specharness.score.judge.scoring import orders_of, steadiness
from specharness.score.margins import log_odds
from specharness.score.scores import PairScore, Scores

_VERDICTS: dict[Verdict, Verdict] = {
    "prefers chosen": "prefers head",
    "prefers rejected": "prefers base",
}
_TIE = ArmScore(margin=0.0, preference=0.5, verdict="tie")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """Who compares replies, how it is asked, and the text it goes by ("": general quality)."""

    judge: Model
    manner: Manner
    standard: str = ""


def score_replies(  # noqa: PLR0913 - keywords only: two texts, and how to answer and compare
    model: Model,
    pairs: Sequence[Pair],
    *,
    head: str,
    base: str,
    writing: Writing,
    comparing: Comparing,
) -> Scores:
    """Have the prompts of `pairs` answered under two specs' texts, and the replies compared.

    The score at base is a tie and the one at head P(its reply is better): so a pair is won where
    the head's reply is. Equal specs are not asked for, and equal replies not compared: ties.
    """
    if head == base:
        ties = (PairScore(id=p.id, head=_TIE, base=_TIE) for p in pairs)
        return Scores(pairs=tuple(ties), temperature=1.0)
    written = write_replies(model, pairs, [head, base], writing)
    limit = writing.sampling.max_tokens
    both = zip(written[head], written[base], strict=True)
    replies = [_replies(after, before, limit) for after, before in both]
    asked = [
        replace(pair, chosen=found.head, rejected=found.base)
        for pair, found in zip(pairs, replies, strict=True)
        if isinstance(found, Replies) and found.verdict == "error"
    ]
    judged = judge_pairs(comparing.judge, asked, [comparing.standard], comparing.manner)
    told = judged[comparing.standard]
    found_by = {pair.id: each for pair, each in zip(asked, told.judgements, strict=True)}
    scored = tuple(
        _score(pair, found, found_by.get(pair.id))
        for pair, found in zip(pairs, replies, strict=True)
    )
    return Scores(pairs=scored, temperature=1.0, steadiness=steadiness(_any(told)))


def _any(told: Judged) -> list[Judged]:
    return [told] if told.judgements else []


def _replies(
    head: Completion | Unmeasured, base: Completion | Unmeasured, limit: int
) -> Replies | str:
    """Both replies, or why there are not both."""
    for name, answer in (("head", head), ("base", base)):
        if isinstance(answer, Unmeasured):
            return f"no reply under {name}: {answer.reason}"
    assert isinstance(head, Completion) and isinstance(base, Completion)
    found = Replies(
        head=head.text,
        base=base.text,
        head_tokens=head.count,
        base_tokens=base.count,
        cut=sum(answer.count >= limit for answer in (head, base)),
    )
    return replace(found, preference=0.5, verdict="tie") if head.text == base.text else found


def _score(pair: Pair, found: Replies | str, judgement: Judgement | None) -> PairScore:
    if isinstance(found, str):
        return PairScore(id=pair.id, error=found)
    if judgement is None:
        return PairScore(id=pair.id, head=_TIE, base=_TIE, replies=found)
    p = judgement.preference
    if p is None:
        told = replace(found, error=judgement.error)
        return PairScore(id=pair.id, error=f"replies: {judgement.error}", replies=told)
    verdict = _VERDICTS.get(judgement.verdict, judgement.verdict)
    orders = orders_of(judgement)
    return PairScore(
        id=pair.id,
        head=ArmScore(margin=log_odds(p), preference=p, verdict=verdict, orders=orders),
        base=_TIE,
        replies=replace(found, preference=p, verdict=verdict, orders=orders),
    )
