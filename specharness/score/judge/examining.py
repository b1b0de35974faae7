"""May this judge gate? Its admission has to fit, and its anchors have to be judged as before."""

from dataclasses import dataclass, replace

from specharness.runfile import JudgeTrust, Trust
from specharness.score.judge.admission import Admission, why_not
from specharness.score.judge.anchor import anchor_pairs
from specharness.score.judge.bench import Bench
from specharness.score.judge.drift import drifted
from specharness.score.judge.family import family
from specharness.score.judge.scorer import judge_pairs
from specharness.score.margins import verdict_of
from specharness.score.scores import Scores
from specharness.score.trust import NOT_EXAMINED


def examine_judge(bench: Bench) -> Trust:
    """Whether the judge at `bench` may gate, and what that rests on; costs are left at zero.

    Nobody is asked anything where the admission already says no. Else the anchors are judged again,
    by the spec that the judge was tried with.
    """
    against = _against(bench)
    admission = bench.admission
    if against or admission is None:
        return _refused(bench, f"The judge {bench.name} {against}.")
    anchors = _judge_anchors(bench, admission)
    trust = _admitted(bench, admission, anchors)
    if anchors.drifted:
        why = f"The judge {bench.name} is no longer the one that was admitted: {anchors.told}."
        return replace(trust, may_gate=False, why=why, command=bench.command)
    return trust


def with_steadiness(trust: Trust, scores: Scores) -> Trust:
    """`trust` with how steady the judge was when it scored; as it is where none was asked."""
    found = scores.steadiness
    if trust.judge is None or found is None:
        return trust
    told = replace(
        trust.judge,
        agreement=found.agreement,
        votes=found.votes,
        escalated=found.escalated,
        unreadable=found.unreadable,
        repaired=found.repaired,
        mass=found.mass,
    )
    return replace(trust, judge=told)


def _against(bench: Bench) -> str:
    """What speaks against a judge before it is asked anything, as the end of a sentence."""
    admission = bench.admission
    if admission is None:
        return "has not been admitted: whether it judges better than a coin is not known"
    if found := why_not(admission, bench.model.identity):
        return found
    asked = {name: getattr(admission.manner, name) for name in bench.wanted}
    other = [f"{n} {asked[n]}, here {v}" for n, v in bench.wanted.items() if asked[n] != v]
    if other:
        return f"was admitted when it was asked in another way ({'; '.join(other)})"
    kin = family(bench.proposer)
    # a metric's own name is no model's: who answers for it is in its identity
    if kin and kin in (family(bench.name), family(admission.judge.name)):
        return f"is of the family that wrote the spec ({kin})"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchors:
    count: int
    drifted: bool
    told: str


def _judge_anchors(bench: Bench, admission: Admission) -> _Anchors:
    text = admission.spec_text
    judged = judge_pairs(bench.model, anchor_pairs(admission.anchors), [text], bench.manner)[text]
    now = {j.id: j.preference for j in judged.measured if j.preference is not None}
    then = {anchor.id: anchor.preference for anchor in admission.anchors}
    turned = sum(n not in now or verdict_of(now[n]) != verdict_of(p) for n, p in then.items())
    moved = sum(abs(now[n] - p) if n in now else 1.0 for n, p in then.items()) / max(1, len(then))
    told = (
        f"{turned} of {len(then)} anchors have another verdict than at its admission, "
        f"and p moved by {moved:.3f} on average"
    )
    return _Anchors(count=len(then), drifted=drifted(admission, now), told=told)


def _admitted(bench: Bench, admission: Admission, anchors: _Anchors) -> Trust:
    known = replace(
        _judge(bench, admitted=True, told=admission.sentence),
        digest=bench.model.identity.digest,
        anchors=anchors.count,
        anchors_sentence=f"{anchors.told[0].upper()}{anchors.told[1:]}.",
        drifted=anchors.drifted,
    )
    return replace(
        NOT_EXAMINED,
        probe="a judge is tried by its admission and its anchors",
        sensitivity=admission.right,
        sensitivity_sentence=admission.sentence,
        may_gate=True,
        judge=known,
    )


def _refused(bench: Bench, why: str) -> Trust:
    told = bench.admission.sentence if bench.admission else why
    return replace(
        NOT_EXAMINED,
        probe="the judge was asked nothing, as it may not gate",
        sensitivity_sentence=told,
        why=why,
        command=bench.command,
        judge=_judge(bench, admitted=False, told=told),
    )


def _judge(bench: Bench, *, admitted: bool, told: str) -> JudgeTrust:
    manner, admission = bench.manner, bench.admission
    return JudgeTrust(
        model=bench.name,
        digest=admission.judge.digest if admission else "",
        by=manner.by,
        standard=manner.standard,
        votes_each=manner.votes if manner.by != "logprob" else 0,
        votes_more=manner.more if manner.by != "logprob" else 0,
        seed=manner.seed,
        admission=bench.digest,
        admitted=admitted,
        told=told,
        right=admission.right if admission else None,
        consistency=admission.consistency if admission else None,
        chosen_first=admission.confusion.chosen_first if admission else None,
        chosen_second=admission.confusion.chosen_second if admission else None,
    )
