"""The arm `palrs`: a residual vector from the pairs, added to what one block reads.

After PaLRS (arXiv 2509.23982): the mean state of chosen responses minus that of rejected ones at
the template's tokens (`states`), as long as the former, alpha times of it added at every token. The
places are ranked on select pairs, and the best few are tried there with each strength: gate pairs
have no part in it. By default they are ranked by how well they separate those pairs: the paper's
cosine (`rank=cosine`) chose places that moved nothing where it was tried. Beside the arm stand its
controls: no strength, a random vector, the vector turned round.
"""

from collections.abc import Sequence
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from specharness.arms.arm import Arm, Condition, Materials
from specharness.arms.fewshot import draw_shots
from specharness.arms.fitting import (
    MOST,
    Chosen,
    choose,
    entering,
    fitted_path,
    keep_apart,
    pairs_digest,
    with_controls,
)
from specharness.arms.options import Given, a_path, given_options, one_of
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
from specharness.arms.steering.vector import (
    FORMAT,
    SteeringVector,
    load_vector,
    refuse_stranger,
    save_vector,
)
from specharness.errors import UsageError
from specharness.model import Identity
from specharness.models.changed import open_inside
from specharness.records import Pair

OPTIONS = ("layer", "position", "alpha", "view", "rank", "spots", "vector")
ALPHAS = (0.05, 0.1, 0.2, 0.4)
SPOTS = 3  # places that are tried with each strength
ABOUT = "a residual vector of the pairs, added to what one block reads (PaLRS)"


def palrs_arms(typed: str) -> tuple[Arm, ...]:
    """The arm and its three controls, which share its vector."""
    given = given_options(typed, OPTIONS)
    kinds = {
        "": ABOUT,
        "zero": "a control: the same hook, its vector times 0",
        "random": "a control: a random vector of the same norm and place",
        "flipped": "a control: the vector turned round, it should do the reverse",
    }
    return with_controls(typed, kinds, partial(_fit, given=given))


def fit_vector(materials: Materials, given: Given) -> SteeringVector:
    """The vector of these materials: from a file that was named, from the cache, or fitted now."""
    identity = materials.model.identity
    if file := given.last("vector", None, a_path):
        return _loaded(file, identity)
    pairs, select = keep_apart(materials)
    parts = (FORMAT, identity.digest, pairs_digest(pairs), pairs_digest(select), materials.seed)
    path = fitted_path("palrs", ".safetensors", *parts, dict(given.values))
    if not path.is_file():
        save_vector(_fitted(materials, given, pairs, select), path)
    return load_vector(path)


def _fit(materials: Materials, given: Given, kind: str) -> Condition:
    vector = fit_vector(materials, given)
    made = vector.made
    place = f"block {vector.layer}, alpha {vector.alpha:g}"
    fitted, chosen = made.get("fitted_on", "unknown"), made.get("chosen_on", "unknown")
    note = f"{place}, of {fitted} pairs, {chosen} kept apart for choosing"
    if kind == "zero":
        vector, note = vector.scaled(0.0), f"{place} times 0"
    elif kind == "random":
        vector, note = vector.random(materials.seed), f"{place}, drawn by seed {materials.seed}"
    elif kind == "flipped":
        vector, note = vector.scaled(-vector.alpha), f"{place}, turned round"
    width = len(vector.direction)
    return entering(vector.mark, vector.change, given.where, note=note, parameters=width)


def _loaded(file: Path, identity: Identity) -> SteeringVector:
    vector = load_vector(file)
    refuse_stranger(vector, identity, file)
    return vector


def _fitted(
    materials: Materials, given: Given, pairs: Sequence[Pair], select: Sequence[Pair]
) -> SteeringVector:
    model = open_inside(materials.model, given.where)
    view = given.last("view", VIEWS[0], one_of(*VIEWS))
    means = mean_states(model, pairs, view, given.where)
    how = given.last("rank", RANKS[0], one_of(*RANKS))
    apart = list(states_of(model, draw_shots(tuple(select), MOST, materials.seed), view))
    if not apart:
        raise UsageError(given.where, "no select pair fits into the context", "give shorter pairs")
    spots = _spots(given, rank_spots(means, apart, how))
    made = {
        "method": "palrs", "view": view, "rank": how, "seed": materials.seed, "fitted_on": means.n,
        "chosen_on": len(select), "pairs": pairs_digest(pairs), "select": pairs_digest(select),
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
