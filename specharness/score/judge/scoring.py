"""Judgements as the scores of a suite: both orders of each pair, under head and base."""

from collections.abc import Iterable, Sequence
from statistics import median

from specharness.gate.verdicts import share_of
from specharness.model import Model
from specharness.records import Pair
from specharness.runfile import ArmScore, Orders
from specharness.score.judge.judgement import Judged, Judgement
from specharness.score.judge.manner import Manner
from specharness.score.judge.scorer import judge_pairs
from specharness.score.margins import log_odds
from specharness.score.scores import PairScore, Scores, Steadiness


def score_judged(
    model: Model, pairs: Sequence[Pair], *, head: str, base: str, manner: Manner
) -> Scores:
    """Judge every pair by two specs' texts, in both orders; equal texts are judged once."""
    judged = judge_pairs(model, pairs, [head, base], manner)
    rows = zip(pairs, judged[head].judgements, judged[base].judgements, strict=True)
    return Scores(
        pairs=tuple(_score(pair, after, before) for pair, after, before in rows),
        temperature=1.0,
        steadiness=steadiness(judged.values()),
    )


def steadiness(judged: Iterable[Judged]) -> Steadiness:
    """How steady a judge was over several rounds of pairs."""
    rounds = list(judged)
    measured = [j for each in rounds for j in each.measured]
    told = [each.mass for each in rounds if each.mass is not None]
    return Steadiness(
        agreement=share_of([float(j.agrees) for j in measured]),
        votes=sum(j.asked for each in rounds for j in each.judgements),
        escalated=sum(each.escalated for each in rounds),
        unreadable=sum(each.unreadable for each in rounds),
        repaired=sum(each.repaired for each in rounds),
        mass=median(told) if told else None,
    )


def orders_of(found: Judgement) -> Orders | None:
    """What was measured of a pair, order by order; None where it could not be judged."""
    if found.first is None or found.second is None:
        return None
    return Orders(
        first=found.first,
        second=found.second,
        agree=found.agrees,
        votes=found.asked,
        unreadable=found.unreadable,
        repaired=found.repaired,
    )


def _score(pair: Pair, head: Judgement, base: Judgement) -> PairScore:
    for name, found in (("head", head), ("base", base)):
        if found.error:
            return PairScore(id=pair.id, error=f"{name}: {found.error}")
    return PairScore(id=pair.id, head=_arm(head), base=_arm(base))


def _arm(found: Judgement) -> ArmScore:
    p = 0.5 if found.preference is None else found.preference
    return ArmScore(
        margin=log_odds(p), preference=p, verdict=found.verdict, orders=orders_of(found)
    )
