"""The arm `alignment-vector`: weights moved towards an aligned model's, or several at once.

After Alignment Vectors (arXiv 2410.19206): AV = theta_aligned - theta_base, theta(lambda) =
theta_base + sum over domains of lambda_d AV_d. The lambdas are chosen on select pairs, by grid over
all domains; gate pairs have no part in it. Beside the arm stand its controls: lambda 0, random
differences of the same norms, and lambda turned round.
"""

from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

from specharness.arms.arm import Arm, Condition, Materials
from specharness.arms.fitting import Chosen, choose, entering, keep_apart, with_controls
from specharness.arms.options import Given, a_path, given_options, numbers
from specharness.arms.training.preference import adapter_folder, is_trained
from specharness.arms.weights.blend import Blend
from specharness.arms.weights.difference import Difference, random_like, read_difference
from specharness.errors import UsageError
from specharness.models.changed import Change, open_inside

OPTIONS = ("from", "lambda")
LAMBDAS = (0.25, 0.5, 0.75, 1.0)
MOST = 64  # combinations of lambdas that are tried
ABOUT = "weights moved towards an aligned model's (alignment vectors)"


def alignment_arms(typed: str) -> tuple[Arm, ...]:
    """The arm and its three controls, which share its lambdas."""
    given = given_options(typed, OPTIONS)
    kinds = {
        "": ABOUT,
        "zero": "a control: the same weights, lambda 0",
        "random": "a control: random differences of the same norms",
        "flipped": "a control: lambda below 0, it should do the reverse",
    }
    return with_controls(typed, kinds, partial(_fit, given=given))


def fit_blend(materials: Materials, given: Given) -> tuple[Blend, Chosen]:
    """The differences that are named, with the lambdas that do best on select pairs."""
    grid = list(product(*_grids(given)))
    if len(grid) > MOST:
        what = f"{len(grid)} combinations of lambdas, more than {MOST}"
        raise UsageError(given.where, what, "give fewer lambdas: lambda=0.5/1")
    pairs, select = keep_apart(materials) if len(grid) > 1 else (materials.pairs, ())
    differences = _differences(replace(materials, pairs=pairs), given)
    blends = [Blend(parts=tuple(zip(differences, factors, strict=True))) for factors in grid]
    return choose(materials, select, blends, _change, given.where)


def _change(blend: Blend) -> tuple[str, Change]:
    return blend.mark, blend.change


def _differences(materials: Materials, given: Given) -> list[Difference]:
    """What the options name: a folder, or the arm whose adapter is meant (trained if need be)."""
    inside = open_inside(materials.model, given.where)
    found = []
    for name in given.each("from"):
        folder = adapter_folder(materials, name) if is_trained(name) else a_path(name)
        one = read_difference(folder, inside.network, inside.tokenizer)
        found.append(replace(one, name=name if is_trained(name) else Path(name).name))
    return found


def _grids(given: Given) -> list[tuple[float, ...]]:
    """A grid for each difference that is named: the option given once is for all of them."""
    count = len(given.each("from"))
    if not count:
        remedy = "add from=FOLDER (an adapter or a checkpoint), or from=dpo"
        raise UsageError(given.where, "no aligned model is named", remedy)
    grids = given.each("lambda", numbers) or (LAMBDAS,)
    if len(grids) not in (1, count):
        what = f"{len(grids)} lambdas for {count} differences"
        raise UsageError(given.where, what, "give one for all, or one for each")
    return list(grids) if len(grids) == count else [grids[0]] * count


def _fit(materials: Materials, given: Given, kind: str) -> Condition:
    blend, how = fit_blend(materials, given)
    note = f"lambda {blend.lambdas}"
    if how.n:
        note += f", chosen on {how.n} pairs kept apart"
    if kind == "zero":
        blend, note = _with(blend, 0.0), "lambda 0"
    elif kind == "random":
        note = f"{note}, drawn by seed {materials.seed}"
        parts = tuple((random_like(one, materials.seed), factor) for one, factor in blend.parts)
        blend = Blend(parts=parts)
    elif kind == "flipped":
        blend, note = _with(blend, -1.0), f"{note}, turned round"
    return entering(blend.mark, blend.change, given.where, note=note, parameters=blend.size)


def _with(blend: Blend, factor: float) -> Blend:
    return Blend(parts=tuple((one, factor * own) for one, own in blend.parts))
