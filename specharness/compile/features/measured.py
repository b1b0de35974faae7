"""How pairs vote on candidate rules: +1 the chosen response has more of what is claimed, -1 the
rejected one, 0 neither, the values are equal, missing, or the rule says nothing about the prompt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specharness.compile.features.candidate import Candidate, Condition
from specharness.compile.features.feature import EPSILON, Exchange, Feature
from specharness.compile.features.text import parse
from specharness.errors import UsageError
from specharness.records import Pair

Values = NDArray[np.float64]
Matrix = NDArray[np.int8]  # +1, -1, 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What was measured: `chosen` and `rejected` are (pairs, features), NaN where missing."""

    pairs: tuple[Pair, ...]
    features: tuple[Feature, ...]
    chosen: Values
    rejected: Values

    def column(self, feature: Feature) -> int:
        """Where a feature stands.

        Raises:
            UsageError: it was not measured.
        """
        for index, measured in enumerate(self.features):
            if measured.name == feature.name:
                return index
        raise UsageError(f"feature {feature.name}", "it was not measured", "measure it first")

    def rows(self, indexes: Sequence[int]) -> "Measured":
        """The measurements of some of the pairs, in the given order."""
        kept = list(indexes)
        pairs = tuple(self.pairs[index] for index in kept)
        return replace(self, pairs=pairs, chosen=self.chosen[kept], rejected=self.rejected[kept])

    def swapped(self) -> "Measured":
        """The measurements with chosen and rejected exchanged, as of the opposite preferences."""
        return replace(self, chosen=self.rejected, rejected=self.chosen)


def asked(pair: Pair) -> str:
    """What the response answers: the last user turn, or the last turn where no user spoke."""
    turns = [turn for turn in pair.prompt if turn.role == "user"] or list(pair.prompt)
    return turns[-1].content if turns else ""


def measure_pairs(pairs: Sequence[Pair], features: Sequence[Feature]) -> Measured:
    """Every feature of both responses of every pair; each text is parsed once.

    Of no pairs the arrays have no rows. Values depend on a pair's own texts only.
    """
    shape = (len(pairs), len(features))
    chosen, rejected = np.full(shape, np.nan), np.full(shape, np.nan)
    for row, pair in enumerate(pairs):
        chosen[row] = list(_values(asked(pair), pair.chosen, features))
        rejected[row] = list(_values(asked(pair), pair.rejected, features))
    return Measured(pairs=tuple(pairs), features=tuple(features), chosen=chosen, rejected=rejected)


def _values(prompt: str, response: str, features: Sequence[Feature]) -> Iterator[float]:
    exchange = Exchange(prompt=parse(prompt), response=parse(response))
    for feature in features:
        value = feature.of(exchange)
        yield np.nan if value is None else value


def judge(candidate: Candidate, measured: Measured) -> Matrix:
    """The votes (pairs,) on one candidate; exchanging chosen and rejected negates them."""
    return vote_matrix(measured, (candidate,))[:, 0]


def vote_matrix(measured: Measured, candidates: Sequence[Candidate]) -> Matrix:
    """The votes (pairs, candidates) on all candidates: the currency of the compiler's later steps.

    Raises:
        UsageError: the feature of a candidate was not measured.
    """
    more = _more(measured)
    columns = {feature.name: index for index, feature in enumerate(measured.features)}
    conditions = {c.condition.name: c.condition for c in candidates if c.condition is not None}
    held = {name: sides(condition, measured.pairs) for name, condition in conditions.items()}
    votes = np.zeros((len(measured.pairs), len(candidates)), dtype=np.int8)
    for index, candidate in enumerate(candidates):
        column = columns.get(candidate.feature.name)
        column = measured.column(candidate.feature) if column is None else column
        vote = more[:, column] if candidate.more else -more[:, column]
        if candidate.condition is not None:
            side = held[candidate.condition.name]
            vote = vote * (side if candidate.switch else np.maximum(side, 0))
        votes[:, index] = vote
    return votes


def _more(measured: Measured) -> Matrix:
    """(pairs, features): +1 where the chosen response has more, beyond the dead zone."""
    absolute = np.array([max(f.dead.absolute, EPSILON) for f in measured.features])
    relative = np.array([f.dead.relative for f in measured.features])
    chosen, rejected = measured.chosen, measured.rejected
    size = np.maximum(np.abs(chosen), np.abs(rejected))
    gap = chosen - rejected
    clear = np.abs(gap) > np.maximum(absolute, relative * size)  # False wherever one is NaN
    return np.where(clear, np.sign(gap), 0).astype(np.int8)


def sides(condition: Condition, pairs: Sequence[Pair]) -> Matrix:
    """(pairs,): +1 where the condition holds, -1 where not, 0 where that cannot be told."""
    told = [condition.holds(pair) for pair in pairs]
    return np.array([0 if held is None else 1 if held else -1 for held in told], dtype=np.int8)
