"""Rules that behave alike, told apart from rules that only read alike."""

import numpy as np
from numpy.typing import NDArray

from specharness.compile.votes import Matrix

ALIKE = 0.8


def alike(matrix: Matrix) -> NDArray[np.float64]:
    """How much two rules vote alike: (pairs, rules) -> (rules, rules), -1..1.

    The sum of the products of their votes over the pairs on which either speaks: 1 where they
    always say the same, -1 the opposite, 0 where one is silent whenever the other speaks.
    """
    # whole numbers below 2**24: exact in float32
    votes = matrix.astype(np.float32)
    spoken = np.abs(votes)
    together = (spoken.T @ spoken).astype(np.float64)
    said = spoken.sum(axis=0, dtype=np.float64)
    either = said[:, None] + said - together
    likeness: NDArray[np.float64] = np.divide(
        (votes.T @ votes).astype(np.float64), either, out=np.zeros_like(together), where=either > 0
    )
    return likeness


def merge_rules(matrix: Matrix, order: list[int], threshold: float = ALIKE) -> list[list[int]]:
    """Rules in families that vote alike (or opposite), each led by its first in `order`.

    A rule joins the first leader that it is alike to by `threshold`; leaders come in the order
    given, best first, so the wording that is kept is the one with the better evidence. Only the
    rules in `order` are returned.
    """
    likeness = np.abs(alike(matrix[:, order]))  # by place in `order`
    places = {rule: place for place, rule in enumerate(order)}
    families: list[list[int]] = []
    for place, rule in enumerate(order):
        home = next((f for f in families if likeness[places[f[0]], place] >= threshold), None)
        if home is None:
            families.append([rule])
        else:
            home.append(rule)
    return families
