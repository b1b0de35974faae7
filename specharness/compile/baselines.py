"""What simpler rules say of the same pairs: the figure of a compiled spec means little alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from specharness.compile.proposal import Proposal
from specharness.compile.selection import folds, outcomes
from specharness.compile.votes import Votes

_DRAWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """Shares of pairs, 0..1, that count as right; undecided ones are a half, as for rules.

    `length` takes the longer response, or the shorter one: whichever is chosen more often in the
    other folds. `general` is the mean over sets, drawn at random, of as many general hypotheses as
    the spec has rules; None where none were measured. No rule at all is right in 0.5.
    """

    length: float
    general: float | None


def find_baselines(votes: Votes, proposals: Sequence[Proposal], rules: int, seed: int) -> Baselines:
    """The baselines of a spec with so many rules; votes are in the directions proposed."""
    length = np.full(len(votes.longer), 0.5)
    for inside in folds(votes.clusters, seed):
        direction = np.sign(votes.longer[~inside].sum(dtype=int))
        length[inside] = (1 + direction * votes.longer[inside]) / 2
    known = [j for j, proposal in enumerate(proposals) if proposal.origin == "catalogue"]
    general = None
    if 0 < rules <= len(known) and len(votes.longer):
        rng = np.random.default_rng((seed, 2))
        drawn = (rng.choice(known, size=rules, replace=False) for _ in range(_DRAWS))
        general = float(np.mean([outcomes(votes.matrix, d.tolist()).mean() for d in drawn]))
    return Baselines(length=float(length.mean()) if len(length) else 0.5, general=general)
