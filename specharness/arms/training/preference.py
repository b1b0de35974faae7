"""The arms `dpo` and `simpo`: a low-rank adapter trained on the pairs, added to the weights.

Trained once for the same model, pairs and recipe: the adapter is kept in the cache (in peft's own
files, so that other tools read it too) and may be named as an alignment vector.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from specharness.arms.arm import Arm, Condition, Materials, pairs_to_fit
from specharness.arms.fewshot import draw_shots
from specharness.arms.fitting import Kept, entering, fitted_path, pairs_digest
from specharness.arms.options import Given, a_path, given_options
from specharness.arms.provenance import (
    Provenance,
    marks_of,
    provenance_data,
    without_alike,
)
from specharness.arms.training.process import (
    Job,
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

FORMAT = 2
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


def is_trained(typed: str) -> bool:
    """Whether `typed` is an arm whose adapter can be had, and not a folder."""
    return typed.partition(":")[0] in RECIPES


def kept_adapter(materials: Materials, typed: str) -> tuple[Kept, Provenance]:
    """Where the adapter lies that the arm `typed` trains on these pairs, and on which it did.

    It is trained now unless it is there. UsageError where something lacks, ModelError where
    training fails.
    """
    given = given_options(typed, OPTIONS)
    recipe = read_recipe(typed.partition(":")[0], given, materials.seed)
    pairs, provenance = _pairs(materials, given)
    folder = _folder(materials, recipe, pairs)
    kept = Kept(path=folder, was_there=folder.is_dir())
    if not kept.was_there:
        refuse_missing(given.where)
        inside = open_inside(materials.model, given.where)
        triples = [encode_pair(inside, pair, recipe.length) for pair in pairs]
        told = provenance_data(provenance, pairs)
        train_adapter(inside, Job(triples=triples, recipe=recipe, provenance=told), folder,
                      given.where)  # fmt: skip
    if not read_training(folder):
        remedy = "delete that folder: the adapter is trained anew"
        raise UsageError(folder / "training.json", "cannot be read", remedy)
    return kept, replace(provenance, is_kept=kept.was_there, marks=tuple(marks_of(pairs)))


def _fit(materials: Materials, given: Given) -> Condition:
    kept, provenance = kept_adapter(materials, given.typed)
    inside = open_inside(materials.model, given.where)
    difference = read_difference(kept.path, inside.network, inside.tokenizer)
    blend = Blend(parts=((replace(difference, name=given.typed), 1.0),))
    condition = Condition(
        note=f"{_told(read_training(kept.path))}; {kept.told}",
        parameters=blend.size,
        provenance=provenance,
    )
    return entering(condition, blend.mark, blend.change, given.where)


def _told(training: dict[str, Any]) -> str:
    rated = f"trained, it rates {100 * training['accuracy']:.0f} % of them rightly"
    if training["recipe"]["loss"] != "dpo":  # whose reward is 0 for an untrained adapter
        rated += f" (untrained: {100 * training['untrained']:.0f} %)"
    return f"{training['pairs']} pairs, {training['steps']} steps; {rated}"


def _pairs(materials: Materials, given: Given) -> tuple[tuple[Pair, ...], Provenance]:
    """The pairs to fit on, those of another file if one is named, at most so many, each once."""
    own = pairs = _once(pairs_to_fit(materials, LEAST))
    if file := given.last("pairs", None, a_path):
        if materials.more is None:
            raise UsageError(given.where, "no further pairs can be read here", "leave pairs out")
        pairs = _once((*own, *without_alike(materials.more(file), materials.select)))
    most = given.last("most", len(pairs), int)
    if most < LEAST:
        raise UsageError(given.where, f"most={most} is too few", f"give {LEAST} or more")
    if most < len(pairs):
        pairs = tuple(draw_shots(pairs, most, materials.seed))
    names = [materials.source] if not set(own).isdisjoint(pairs) else []
    names += [file.name] if file and not set(pairs) <= set(own) else []
    files = tuple(dict.fromkeys(name for name in names if name))
    return pairs, Provenance(fitted=len(pairs), files=files)


def _once(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """The pairs without those that say and prefer just what an earlier one does."""
    found: dict[str, Pair] = {}
    for pair in pairs:
        found.setdefault(pairs_digest([pair]), pair)
    return tuple(found.values())


def _folder(materials: Materials, recipe: Recipe, pairs: tuple[Pair, ...]) -> Path:
    parts = (FORMAT, materials.model.identity.digest, pairs_digest(pairs), recipe.values())
    return fitted_path(recipe.loss, "", *parts)
