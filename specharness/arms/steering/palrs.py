"""The arm `palrs`: a residual vector from the pairs, added to what one block reads.

After PaLRS (arXiv 2509.23982): the mean state of chosen responses minus that of rejected ones at
the template's tokens (`states`), as long as the former, alpha times of it added at every token. The
places are ranked on select pairs, and the best few are tried there with each strength: gate pairs
have no part in it. By default they are ranked by how well they separate those pairs: the paper's
cosine (`rank=cosine`) chose places that moved nothing where it was tried. Beside the arm stand its
controls: no strength, a random vector, the vector turned round.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from specharness.arms.arm import Arm, Condition, Materials
from specharness.arms.fitting import (
    Kept,
    entering,
    fitted_path,
    keep_apart,
    pairs_digest,
    with_controls,
)
from specharness.arms.options import Given, a_path, at_least, given_options, numbers, one_of
from specharness.arms.provenance import Provenance, read_provenance
from specharness.arms.steering.making import make_vector
from specharness.arms.steering.states import RANKS, VIEWS
from specharness.arms.steering.vector import (
    SteeringVector,
    load_vector,
    refuse_stranger,
    save_vector,
)
from specharness.errors import UsageError

KEPT = 2  # the form of what is kept; other vectors in the cache are fitted anew
_READERS: dict[str, Callable[[str], Any]] = {
    "layer": int, "position": int, "alpha": numbers, "view": one_of(*VIEWS),
    "rank": one_of(*RANKS), "spots": at_least(1), "vector": a_path,
}  # fmt: skip
ABOUT = "a residual vector of the pairs, added to what one block reads (PaLRS)"


def palrs_arms(typed: str) -> tuple[Arm, ...]:
    """The arm and its three controls, which share its vector."""
    given = given_options(typed, tuple(_READERS))
    _refuse_wrong(given)
    kinds = {
        "": ABOUT,
        "zero": "a control: the same hook, its vector times 0",
        "random": "a control: a random vector of the same norm and place",
        "flipped": "a control: the vector turned round, it should do the reverse",
    }
    return with_controls(typed, kinds, partial(_fit, given=given))


def _refuse_wrong(given: Given) -> None:
    """UsageError for a value that cannot be, before anything is computed."""
    for key, read in _READERS.items():
        given.each(key, read)


def fit_vector(materials: Materials, given: Given) -> SteeringVector:
    """The vector of these materials: from a file that was named, from the cache, or fitted now."""
    return _found(materials, given)[0]


def _found(materials: Materials, given: Given) -> tuple[SteeringVector, Kept | None]:
    """The vector, and where it is kept; a file that was named is the user's own."""
    if file := given.last("vector", None, a_path):
        return _loaded(materials, given, file), None
    pairs, select = keep_apart(materials)
    identity = materials.model.identity
    parts = (KEPT, identity.digest, pairs_digest(pairs), pairs_digest(select), materials.seed)
    path = fitted_path("palrs", ".safetensors", *parts, dict(given.values))
    kept = Kept(path=path, was_there=path.is_file())
    if not kept.was_there:
        save_vector(make_vector(materials, given, pairs, select), path)
    return load_vector(path), kept


def _fit(materials: Materials, given: Given, kind: str) -> Condition:
    vector, kept = _found(materials, given)
    place = f"block {vector.layer}, alpha {vector.alpha:g}"
    note = f"{place}, {_told(vector)}" + (f"; {kept.told}" if kept else "")
    if kind == "zero":
        vector, note = vector.scaled(0.0), f"{place} times 0"
    elif kind == "random":
        vector, note = vector.random(materials.seed), f"{place}, drawn by seed {materials.seed}"
    elif kind == "flipped":
        vector, note = vector.scaled(-vector.alpha), f"{place}, turned round"
    condition = Condition(
        note=note,
        vector=len(vector.direction) if vector.alpha else 0,
        provenance=_provenance(materials, vector, kept),
    )
    return entering(condition, vector.mark, vector.change, given.where)


def _told(vector: SteeringVector) -> str:
    fitted, chosen = (vector.made.get(key, "unknown") for key in ("fitted_on", "chosen_on"))
    return f"of {fitted} pairs, {chosen} kept apart for choosing"


def _provenance(materials: Materials, vector: SteeringVector, kept: Kept | None) -> Provenance:
    if kept is None:
        return read_provenance(vector.made.get("provenance"))
    made = vector.made  # the key in its name says that it is of these very pairs
    return materials.provenance(made["fitted_on"], made["chosen_on"], kept.was_there)


def _loaded(materials: Materials, given: Given, file: Path) -> SteeringVector:
    """A fitted vector at the strength asked for; UsageError where a gate pair is in it."""
    if fixed := [key for key in given.values if key not in ("vector", "alpha")]:
        remedy = "leave it out, or leave vector out and fit a new one"
        raise UsageError(given.where, f"{fixed[0]} is settled by the vector of the file", remedy)
    vector = load_vector(file)
    refuse_stranger(vector, materials.model.identity, file)
    materials.refuse_gate(read_provenance(vector.made.get("provenance")), file)
    alphas = given.grid("alpha", (vector.alpha,))
    if len(alphas) > 1:
        raise UsageError(given.where, "several alphas for a fitted vector", "give one: alpha=0.2")
    return vector.scaled(alphas[0])
