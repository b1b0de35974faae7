"""What a published pipeline keeps, with the evidence that our own chain would ask of it.

The pipeline chooses as its paper says; the figures beside its rules are ours: pairs that proposed a
rule do not count for it, and accuracy is on pairs that had no part in the choice.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specharness.compile.baselines import find_baselines
from specharness.compile.derivation import Derivation, FoundRule, Placebo, Policy, ids_voting
from specharness.compile.evidence import Evidence, weigh_evidence
from specharness.compile.presets import Preset
from specharness.compile.proposal import Proposal, votes_of
from specharness.compile.selection import Step, cluster_error, folds, outcomes, worth_of
from specharness.compile.votes import Votes, random_signs
from specharness.records import Pair

Rows = NDArray[np.intp]


def derive_published(
    pairs: Sequence[Pair], proposals: Sequence[Proposal], preset: Preset, policy: Policy
) -> Derivation:
    """The rules that a preset keeps, best first and in the direction they were proposed in.

    The pipeline's own limits hold, not those of the policy, but refusals and the like enter only
    where they are confirmed. Every step of the path is the beginning of a ranking, judged on folds
    that had no part in it; the placebo is the pipeline on flipped labels.
    """
    pipeline = _Pipeline(pairs, proposals, preset, policy)
    votes = pipeline.votes
    found = [_as_proposed(e) for e in weigh_evidence(votes, np.random.default_rng(policy.seed))]
    chosen = pipeline.choose(np.arange(len(pairs)))
    rules = tuple(
        _rule(pipeline, j, found[j], points)
        for j, points in zip(chosen, worth_of(votes.matrix, tuple(chosen)), strict=True)
    )
    ranked = sorted(range(len(found)), key=lambda j: (found[j].p, -found[j].held_out, j))
    scores = tuple(
        tuple(votes.matrix[:, chosen[:size]].sum(axis=1, dtype=int).tolist())
        for size in range(len(chosen) + 1)
    )
    return Derivation(
        rules=rules,
        smaller=tuple(rules[:size] for size in range(len(rules))),
        path=_path(pipeline, chosen, policy.seed),
        candidates=tuple((proposals[j].name, found[j]) for j in ranked),
        score=scores[-1],
        scores=scores,
        placebo=_placebo(pipeline, policy),
        baselines=find_baselines(votes, proposals, len(chosen), policy.seed),
    )


class _Pipeline:
    """A preset over some of the pairs, or over all with other labels."""

    def __init__(
        self, pairs: Sequence[Pair], proposals: Sequence[Proposal], preset: Preset, policy: Policy
    ) -> None:
        self.pairs = pairs
        self.proposals = proposals
        self.votes = votes_of(proposals, pairs)
        self._preset = preset
        self._allowed = [p for p in proposals if not p.sensitive or p.name in policy.confirmed]
        self._places = {proposal.name: place for place, proposal in enumerate(proposals)}

    def choose(self, rows: Rows, signs: NDArray[np.int8] | None = None) -> list[int]:
        """The proposals kept, by index and best first, when only these pairs are known."""
        labels = np.ones(len(self.pairs), dtype=np.int8) if signs is None else signs
        places = {int(row): place for place, row in enumerate(rows)}
        offered = [
            replace(
                proposal,
                votes=(proposal.votes * labels)[rows],
                proposers=frozenset(places[i] for i in proposal.proposers if i in places),
            )
            for proposal in self._allowed
        ]
        kept = self._preset.compile([self.pairs[i] for i in rows], offered)
        return [self._places[rule.proposal] for rule in kept.rules]


def _rule(pipeline: _Pipeline, place: int, evidence: Evidence, worth: float) -> FoundRule:
    proposal, column = pipeline.proposals[place], pipeline.votes.matrix[:, place]
    return FoundRule(
        name=proposal.name,
        origin=proposal.origin,
        wording=proposal.word(1, ()),
        evidence=evidence,
        worth=worth,
        merged=(),
        proposers=tuple(pipeline.pairs[i].id for i in sorted(proposal.proposers)),
        support=ids_voting(pipeline.pairs, column, 1),
        contradict=ids_voting(pipeline.pairs, column, -1),
    )


def _as_proposed(evidence: Evidence) -> Evidence:
    """Evidence for the rule as it was proposed, also where more pairs are against it."""
    if evidence.direction > 0:
        return evidence
    controlled = evidence.controlled
    return replace(
        evidence,
        direction=1,
        support=evidence.contradict,
        contradict=evidence.support,
        accuracy=1 - evidence.accuracy,
        lower=0.0,
        held_out=1 - evidence.held_out,
        controlled=None if controlled is None else 1 - controlled,
    )


def _path(pipeline: _Pipeline, chosen: Sequence[int], seed: int) -> tuple[Step, ...]:
    """What the first 0, 1, 2, ... rules of rankings made without each fold say of that fold."""
    votes = pipeline.votes
    found = np.full((len(chosen) + 1, len(votes.matrix)), 0.5)
    for inside in folds(votes.clusters, seed):
        ranked = pipeline.choose(np.flatnonzero(~inside))
        for size in range(1, len(chosen) + 1):
            found[size, inside] = outcomes(votes.matrix[inside], ranked[:size])
    return tuple(
        Step(
            rules=tuple(chosen[:size]),
            held_out=float(row.mean()) if len(row) else 0.5,
            error=cluster_error(row, votes.clusters),
        )
        for size, row in enumerate(found)
    )


def _placebo(pipeline: _Pipeline, policy: Policy) -> Placebo:
    """Flip the labels of whole clusters at random, and see what the pipeline makes of it."""
    votes: Votes = pipeline.votes
    everything = np.arange(len(votes.matrix))
    seen, unseen = (np.flatnonzero(votes.clusters % 2 == half) for half in (0, 1))
    found, shares = 0, []
    for signs in random_signs(votes.clusters, policy.placebos, policy.seed):
        found += bool(pipeline.choose(everything, signs))
        rules = pipeline.choose(seen, signs)
        flipped = votes.flipped(signs).matrix[unseen]
        shares.append(float(outcomes(flipped, rules).mean()) if rules and len(unseen) else 0.5)
    mean = float(np.mean(shares)) if shares else 0.5
    return Placebo(runs=policy.placebos, found=found, held_out=mean)
