"""The arm `alignment-vector`: weights moved towards an aligned model's, or several at once.

After Alignment Vectors (arXiv 2410.19206): AV = theta_aligned - theta_base, theta(lambda) =
theta_base + sum over domains of lambda_d AV_d. The lambdas are chosen on select pairs, by grid over
all domains; gate pairs have no part in it. Beside the arm stand its controls: lambda 0, random
differences of the same norms, and lambda turned round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from specharness.arms.arm import Arm, Condition, Materials
from specharness.arms.fitting import Chosen, choose, entering, keep_apart, with_controls
from specharness.arms.options import Given, a_path, given_options, numbers
from specharness.arms.provenance import Provenance, read_provenance
from specharness.arms.training.preference import is_trained, kept_adapter
from specharness.arms.training.process import read_training
from specharness.arms.training.recipe import RECIPES
from specharness.arms.weights.blend import Blend
from specharness.arms.weights.difference import Difference, random_like, read_difference
from specharness.errors import UsageError
from specharness.models.changed import Change, open_inside

OPTIONS = ("from", "lambda")
LAMBDAS = (0.25, 0.5, 0.75, 1.0)
MOST = 64  # combinations of lambdas that are tried
ABOUT = "weights moved towards an aligned model's (alignment vectors)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Source:
    """A difference, on which pairs it was fitted, and a few words on that."""

    difference: Difference
    provenance: Provenance
    told: str = ""


def alignment_arms(typed: str, beside: Sequence[str] = ()) -> tuple[Arm, ...]:
    """The arm and its three controls, which share its lambdas.

    `beside` are all arms of the run: `from=dpo` means the dpo arm among them, with its options.
    """
    given = given_options(typed, OPTIONS)
    named = {name: _meant(given, name, beside) for name in given.each("from")}
    kinds = {
        "": ABOUT,
        "zero": "a control: the same weights, lambda 0",
        "random": "a control: random differences of the same norms",
        "flipped": "a control: lambda below 0, it should do the reverse",
    }
    return with_controls(typed, kinds, partial(_fit, given=given, named=named))


def _meant(given: Given, name: str, beside: Sequence[str]) -> str:
    """The arm that a name stands for, as it was typed; a folder as it is."""
    if name not in RECIPES:
        return name
    found = [typed for typed in beside if typed.partition(":")[0] == name]
    if len(found) > 1:
        what = f"from={name} may be any of {', '.join(found)}"
        remedy = "compare one of them a run, or name the folder of its adapter: from=FOLDER"
        raise UsageError(given.where, what, remedy)
    return found[0] if found else name


def _blend(
    materials: Materials, given: Given, named: Mapping[str, str]
) -> tuple[Blend, Chosen, list[_Source]]:
    """The differences that are named, with the lambdas that do best on select pairs."""
    grid = list(product(*_grids(given)))
    if len(grid) > MOST:
        what = f"{len(grid)} combinations of lambdas, more than {MOST}"
        raise UsageError(given.where, what, "give fewer lambdas: lambda=0.5/1")
    pairs, select = keep_apart(materials) if len(grid) > 1 else (materials.pairs, ())
    apart = replace(materials, pairs=pairs, select=select or materials.select)
    sources = [_source(apart, given.where, named[name]) for name in given.each("from")]
    differences = [source.difference for source in sources]
    blends = [Blend(parts=tuple(zip(differences, factors, strict=True))) for factors in grid]
    return *choose(materials, select, blends, _change, given.where), sources


def _change(blend: Blend) -> tuple[str, Change]:
    return blend.mark, blend.change


def _source(materials: Materials, where: str, name: str) -> _Source:
    """What a name means: the adapter of an arm (trained if need be), else what lies in a folder."""
    inside = open_inside(materials.model, where)
    if is_trained(name):
        kept, provenance = kept_adapter(materials, name)
        found = replace(read_difference(kept.path, inside.network, inside.tokenizer), name=name)
        told = f"{name}: {provenance.fitted} pairs, {kept.told}"
        return _Source(difference=found, provenance=provenance, told=told)
    folder = a_path(name)
    found = read_difference(folder, inside.network, inside.tokenizer)
    provenance = read_provenance(read_training(folder).get("provenance"))
    materials.refuse_gate(provenance, folder)
    told = f"{found.name}: "
    told += "pairs unknown" if provenance.is_elsewhere else f"{provenance.fitted} pairs"
    return _Source(difference=found, provenance=provenance, told=told)


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


def _fit(materials: Materials, given: Given, named: Mapping[str, str], kind: str) -> Condition:
    blend, how, sources = _blend(materials, given, named)
    note = f"lambda {blend.lambdas}"
    if how.n:
        note += f", chosen on {how.n} pairs kept apart"
    if kind == "":
        note = "; ".join([note, *dict.fromkeys(source.told for source in sources)])
    elif kind == "zero":
        blend, note = _with(blend, 0.0), "lambda 0"
    elif kind == "random":
        note = f"{note}, drawn by seed {materials.seed}"
        parts = tuple((random_like(one, materials.seed), factor) for one, factor in blend.parts)
        blend = Blend(parts=parts)
    elif kind == "flipped":
        blend, note = _with(blend, -1.0), f"{note}, turned round"
    provenance = _together(materials, sources, how.n)
    condition = Condition(note=note, parameters=blend.size, provenance=provenance)
    return entering(condition, blend.mark, blend.change, given.where)


def _together(materials: Materials, sources: Sequence[_Source], chosen_on: int) -> Provenance:
    """Of all differences, each pair counted once; the lambdas are chosen on this suite's pairs."""
    parts = [source.provenance for source in sources]
    marks = {mark for part in parts for mark in part.marks}
    own = materials.provenance(0, chosen_on)
    files = [name for part in (*parts, own) for name in part.files]
    return Provenance(
        fitted=parts[0].fitted if len(parts) == 1 else len(marks),
        chosen_on=chosen_on,
        files=tuple(dict.fromkeys(files)),
        is_elsewhere=any(part.is_elsewhere for part in parts),
        is_kept=any(part.is_kept for part in parts),
    )


def _with(blend: Blend, factor: float) -> Blend:
    return Blend(parts=tuple((one, factor * own) for one, own in blend.parts))
