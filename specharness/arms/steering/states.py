"""Mean residual states of chosen and rejected responses, and the places a vector may come from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from specharness.arms.steering.blocks import Array, block_inputs
from specharness.condition import condition
from specharness.errors import UsageError
from specharness.models.changed import OpenModel
from specharness.records import Message, Pair

VIEWS = ("response", "conversation")
RANKS = ("separation", "cosine")
_PROBES = ("One.", "two!", "3", "four?", "(five)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Means:
    """Mean states of chosen and rejected responses, each (blocks, positions, d), of `n` pairs.

    The positions are the template's tokens after a text, the last of them last.
    """

    chosen: Array
    rejected: Array
    n: int

    @property
    def difference(self) -> Array:
        """Chosen minus rejected: the residual vectors, (blocks, positions, d)."""
        return self.chosen - self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place for a vector: a block, a position counted back from -1, and how it was rated."""

    layer: int
    position: int
    score: float


def template_tail(template: Any) -> int:
    """How many tokens the template puts between the end of a user's text and the answer."""
    prompts = [template.prompt((Message(role="user", content=text),)) for text in _PROBES]
    same = 0
    while same < min(map(len, prompts)) and len({p[-1 - same] for p in prompts}) == 1:
        same += 1
    return same


def states_of(model: OpenModel, pairs: Sequence[Pair], view: str) -> Iterator[Array]:
    """For each pair the states of chosen and rejected, (2, blocks, positions, d).

    In the view "response" a response alone is fed as a user's turn, in "conversation" it stands
    after its prompt. A pair longer than the model's context is left out.
    """
    count = template_tail(model.template) if view == "response" else len(model.template.end)
    for two in _runs(model, pairs, view):
        model.engine.ran += sum(map(len, two))
        yield np.stack([block_inputs(model.network, ids, count) for ids in two])


def mean_states(model: OpenModel, pairs: Sequence[Pair], view: str, where: str) -> Means:
    """The means over pairs, summed in float64; UsageError where no pair fits into the context."""
    total: Array | None = None
    n = 0
    for states in states_of(model, pairs, view):
        total = states if total is None else total + states
        n += 1
    if total is None:
        raise UsageError(where, "no pair fits into the model's context", "give shorter pairs")
    return Means(chosen=total[0] / n, rejected=total[1] / n, n=n)


def rank_spots(fitted: Means, apart: Sequence[Array], how: str) -> list[Spot]:
    """Places by what the vector r = mu+ - mu- tells of pairs kept apart, the best first.

    "separation": the t statistic of how much further along r chosen lies than rejected. "cosine":
    that of r and their mu+ (PaLRS, arXiv 2509.23982, eq. 3). Places without a difference (the first
    block reads the template's own embeddings) are none.
    """
    r = fitted.difference
    length = np.linalg.norm(r, axis=-1)
    is_place = length > 1e-6 * np.linalg.norm(fitted.chosen, axis=-1)
    unit = r / np.where(is_place, length, 1.0)[..., None]
    scores = (_separation if how == "separation" else _cosine)(unit, np.stack(apart))
    count = r.shape[1]
    spots = [
        Spot(layer=int(layer), position=int(place) - count, score=float(scores[layer, place]))
        for layer, place in zip(*np.nonzero(is_place), strict=True)
    ]
    return sorted(spots, key=lambda s: (-s.score, s.layer, s.position))


def _separation(unit: Array, apart: Array) -> Array:
    """(blocks, positions): mean over pairs by its standard error; infinite for equal gaps."""
    gaps = ((apart[:, 0] - apart[:, 1]) * unit).sum(-1)  # (n, blocks, positions)
    error = gaps.std(0, ddof=1 if len(gaps) > 1 else 0) / np.sqrt(len(gaps))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.nan_to_num(gaps.mean(0) / error, nan=0.0)
    return found


def _cosine(unit: Array, apart: Array) -> Array:
    goal = apart[:, 0].mean(0)
    found: Array = (unit * goal).sum(-1) / np.maximum(np.linalg.norm(goal, axis=-1), 1e-300)
    return found


def direction_at(means: Means, spot: Spot) -> Array:
    """r at a place, as long as mu+ is there (eq. 4), (d,)."""
    r = means.difference[spot.layer, spot.position]
    length = np.linalg.norm(means.chosen[spot.layer, spot.position])
    found: Array = r / np.linalg.norm(r) * length
    return found


def _runs(
    model: OpenModel, pairs: Sequence[Pair], view: str
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Token ids of chosen and rejected of each pair that fits into the context."""
    for pair in pairs:
        two = [_ids(model, pair, text, view) for text in (pair.chosen, pair.rejected)]
        if all(len(ids) <= (model.engine.context or len(ids)) for ids in two):
            yield two[0], two[1]


def _ids(model: OpenModel, pair: Pair, response: str, view: str) -> tuple[int, ...]:
    if view == "response":
        found: tuple[int, ...] = model.template.prompt((Message(role="user", content=response),))
        return found
    run = model.template.encode(condition(pair.prompt, ""), response)
    ids: tuple[int, ...] = run.ids
    return ids
