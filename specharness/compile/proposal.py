"""A proposed rule, from whichever proposer, and what it says of every pair."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from specharness.compile.votes import Matrix, Votes, collect_votes
from specharness.records import Pair

Origin = Literal["features", "llm", "catalogue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A rule in its direction: its key, its sentence, and the one that asks for the opposite."""

    name: str
    text: str
    opposite: str


Wordsmith = Callable[[int, Sequence[str]], Wording]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """One candidate rule.

    `name` is its key, the same in every run, and `opposite_name` that of its opposite. `votes`
    (pairs,) are +1 where the chosen response has more of what it asks for, -1 where the rejected
    one has, 0 where it does not apply. `word` makes the sentence, given the direction (1: as
    proposed, -1: the opposite) and the names of the rules merged into it. `sensitive`
    ones (refusals, apologies, damage) enter a spec only when they are confirmed by name.
    `proposers` are the indexes of the pairs that gave rise to the rule: no evidence for it.
    """

    name: str
    origin: Origin
    votes: Matrix
    word: Wordsmith
    sensitive: bool = False
    proposers: frozenset[int] = frozenset()
    opposite_name: str = ""

    def named(self, direction: int) -> str:
        """The key of the rule in a direction: 1 as proposed, -1 its opposite."""
        return self.name if direction > 0 else self.opposite_name or f"not {self.name}"


def votes_of(proposals: Sequence[Proposal], pairs: Sequence[Pair]) -> Votes:
    """The votes of all proposals on all pairs, those on their own proposers left out (0)."""
    matrix = np.zeros((len(pairs), len(proposals)), dtype=np.int8)
    for column, proposal in enumerate(proposals):
        matrix[:, column] = proposal.votes
        matrix[sorted(proposal.proposers), column] = 0
    return collect_votes(matrix, pairs)
