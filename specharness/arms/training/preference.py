"""The arms `dpo` and `simpo`: a low-rank adapter trained on the pairs, added to the weights.

Trained once for the same model, pairs and recipe: the adapter is kept in the cache (in peft's own
files, so that other tools read it too) and may be named as an alignment vector.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from specharness.arms.arm import Arm, Condition, Materials, pairs_to_fit
from specharness.arms.fewshot import draw_shots
from specharness.arms.fitting import entering, fitted_path, pairs_digest
from specharness.arms.options import Given, a_path, given_options
from specharness.arms.training.process import (
    encode_pair,
    read_training,
    refuse_missing,
    train_adapter,
)
from specharness.arms.training.recipe import OPTIONS, RECIPES, Recipe, read_recipe
from specharness.arms.weights.blend import Blend
from specharness.arms.weights.difference import read_difference
from specharness.errors import UsageError
from specharness.models.changed import open_inside
from specharness.records import Pair

FORMAT = 1
LEAST = 8  # pairs below which training is not worth a process
ABOUT = {
    "dpo": "an adapter trained on the pairs (DPO)",
    "simpo": "an adapter trained on the pairs (SimPO)",
}


def preference_arms(typed: str) -> tuple[Arm, ...]:
    """The arm `dpo` or `simpo`, with its options."""
    given = given_options(typed, OPTIONS)
    about = ABOUT[typed.partition(":")[0]]
    return (Arm(name=typed, about=about, fit=partial(_fit, given=given)),)


def is_trained(name: str) -> bool:
    """Whether `name` is an arm whose adapter can be had, and not a folder."""
    return name in RECIPES


def adapter_folder(materials: Materials, name: str, given: Given | None = None) -> Path:
    """The folder with the adapter that the arm `name` trains on these pairs.

    It is trained now unless it is there. UsageError where something lacks, ModelError where
    training fails.
    """
    given = given or Given(typed=name)
    recipe = read_recipe(name, given, materials.seed)
    pairs = _pairs(materials, given)
    folder = _folder(materials, recipe, pairs)
    if not folder.is_dir():
        refuse_missing(given.where)
        inside = open_inside(materials.model, given.where)
        triples = [encode_pair(inside, pair, recipe.length) for pair in pairs]
        train_adapter(inside, triples, recipe, folder, given.where)
    return folder


def _fit(materials: Materials, given: Given) -> Condition:
    name = given.typed.partition(":")[0]
    folder = adapter_folder(materials, name, given)
    inside = open_inside(materials.model, given.where)
    difference = read_difference(folder, inside.network, inside.tokenizer)
    blend = Blend(parts=((replace(difference, name=name), 1.0),))
    told = read_training(folder)
    note = (
        f"{told['pairs']} pairs, {told['steps']} steps; at the end of training it rated "
        f"{100 * told['accuracy']:.0f} % of them rightly"
    )
    return entering(blend.mark, blend.change, given.where, note=note, parameters=blend.size)


def _pairs(materials: Materials, given: Given) -> tuple[Pair, ...]:
    """The pairs to fit on, those of another file if one is named, at most so many."""
    pairs = pairs_to_fit(materials, LEAST)
    if file := given.last("pairs", None, a_path):
        if materials.more is None:
            raise UsageError(given.where, "no further pairs can be read here", "leave pairs out")
        pairs = (*pairs, *materials.more(file))
    most = given.last("most", len(pairs), int)
    if most < LEAST:
        raise UsageError(given.where, f"most={most} is too few", f"give {LEAST} or more")
    return tuple(draw_shots(pairs, most, materials.seed)) if most < len(pairs) else pairs


def _folder(materials: Materials, recipe: Recipe, pairs: tuple[Pair, ...]) -> Path:
    parts = (FORMAT, materials.model.identity.digest, pairs_digest(pairs), recipe.values())
    return fitted_path(recipe.loss, "", *parts)
