"""A residual vector made of pairs: means, places, and the choice among them on select pairs."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from specharness.arms.arm import Materials
from specharness.arms.fewshot import draw_shots
from specharness.arms.fitting import MOST, Chosen, choose, pairs_digest
from specharness.arms.options import Given
from specharness.arms.provenance import provenance_data
from specharness.arms.steering.states import (
    RANKS,
    VIEWS,
    Means,
    Spot,
    direction_at,
    mean_states,
    rank_spots,
    states_of,
)
from specharness.arms.steering.vector import SteeringVector
from specharness.errors import UsageError
from specharness.model import Identity
from specharness.models.changed import open_inside
from specharness.records import Pair

ALPHAS = (0.05, 0.1, 0.2, 0.4)
SPOTS = 3  # places that are tried with each strength


def make_vector(
    materials: Materials, given: Given, pairs: Sequence[Pair], select: Sequence[Pair]
) -> SteeringVector:
    """The vector of `pairs` whose place and strength do best on `select`, as the options limit it.

    UsageError where no pair fits into the context or can be measured, or no place is left.
    """
    model = open_inside(materials.model, given.where)
    view = given.last("view", VIEWS[0])
    means = mean_states(model, pairs, view, given.where)
    how = given.last("rank", RANKS[0])
    shown = draw_shots(tuple(select), MOST, materials.seed)
    apart = list(states_of(model, shown, view))
    if not apart:
        raise UsageError(given.where, "no select pair fits into the context", "give shorter pairs")
    spots = _spots(given, rank_spots(means, apart, how))
    made = {
        "method": "palrs", "view": view, "rank": how, "seed": materials.seed, "fitted_on": means.n,
        "chosen_on": len(apart), "pairs": pairs_digest(pairs), "select": pairs_digest(select),
        "provenance": provenance_data(materials.provenance(means.n, len(apart)), (*pairs, *shown)),
    }  # fmt: skip
    tries = [
        _vector(means, spot, alpha, materials.model.identity, made)
        for spot, alpha in product(spots, given.grid("alpha", ALPHAS))
    ]
    best, did = choose(materials, select, tries, lambda v: (v.mark, v.change), given.where)
    return _with_choice(best, did, len(tries))


def _spots(given: Given, ranked: list[Spot]) -> list[Spot]:
    """The best few places, of those that the options leave."""
    layer, position = given.last("layer", None, int), given.last("position", None, int)
    left = [
        spot for spot in ranked
        if layer in (None, spot.layer) and position in (None, spot.position)
    ]  # fmt: skip
    if not left:
        what = f"no such place: layer {layer}, position {position}"
        blocks = max((spot.layer for spot in ranked), default=0)
        remedy = f"give a layer from 1 to {blocks} and a position below 0, or leave them out"
        raise UsageError(given.where, what, remedy)
    return left[: given.last("spots", SPOTS, int)]


def _vector(
    means: Means, spot: Spot, alpha: float, identity: Identity, made: dict[str, object]
) -> SteeringVector:
    told = made | {"position": spot.position, "score": round(spot.score, 6)}
    return SteeringVector(
        direction=direction_at(means, spot).astype(np.float32), layer=spot.layer, alpha=alpha,
        model=identity.name, revision=identity.revision, made=told,
    )  # fmt: skip


def _with_choice(vector: SteeringVector, how: Chosen, tried: int) -> SteeringVector:
    told = {"tried": tried, "moved": round(how.moved, 6), "margin": round(how.margin, 6)}
    return vector.noting(told)
