"""The proposer that needs no model: every measured property of a response is a candidate rule."""

from collections.abc import Sequence

from specharness.compile.conditions import conditions_for
from specharness.compile.features.candidate import Candidate, candidates
from specharness.compile.features.catalog import FEATURES
from specharness.compile.features.measured import Measured, measure_pairs, vote_matrix
from specharness.compile.proposal import Proposal, Wording
from specharness.compile.wording import word_merged, word_opposite
from specharness.records import Pair


def propose_features(pairs: Sequence[Pair], tags: Sequence[str] = ()) -> tuple[Proposal, ...]:
    """A proposal for every feature, without a condition and under each that divides the pairs.

    `tags` are those a rule may name as a condition. The catalogue is fixed before the labels are
    looked at, so no pair is the proposer of a rule.
    """
    offered = candidates(FEATURES, conditions_for(pairs, tags))
    by_name = {form.name: form for c in offered for form in (c, c.opposite())}
    measured = measure_pairs(pairs, FEATURES)
    votes = vote_matrix(measured, offered)
    return tuple(
        Proposal(
            name=candidate.name,
            opposite_name=candidate.opposite().name,
            origin="features",
            votes=votes[:, column],
            word=_Words(candidate, measured, by_name),
            sensitive=candidate.feature.sensitive,
        )
        for column, candidate in enumerate(offered)
    )


class _Words:
    """The sentences for a candidate, once its direction and family are known."""

    def __init__(
        self, candidate: Candidate, measured: Measured, by_name: dict[str, Candidate]
    ) -> None:
        self._candidate = candidate
        self._measured = measured
        self._by_name = by_name

    def __call__(self, direction: int, merged: Sequence[str]) -> Wording:
        leader = self._candidate.toward(direction)
        known = [self._by_name[name] for name in merged if name in self._by_name]
        family = [leader, *known]
        return Wording(
            name=leader.name,
            text=word_merged(family, self._measured),
            opposite=word_opposite(leader, self._measured),
        )
