"""What fit steps share: pairs kept apart for choosing, the choice itself, and what is kept of it.

A setting (a layer, a strength) is chosen on select pairs only, by what it does to their margins:
the one that moves the largest share of them towards chosen, of those the one with the largest mean
margin. What was fitted lies in the user's cache under a key of everything it was made of.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from specharness.arms.arm import Arm, Condition, Materials, pairs_to_fit
from specharness.arms.fewshot import draw_shots
from specharness.errors import UsageError
from specharness.model import Model, Unmeasured
from specharness.models.cache import cache_dir
from specharness.models.changed import Change, changed_model
from specharness.records import Pair, digest
from specharness.score.margins import shift_margin
from specharness.score.weigh import Weights, weigh_pairs
from specharness.settings import SplitSettings
from specharness.split import split_pairs

LEAST = 12  # pairs: eight to fit on and four to choose on
MOST = 16  # select pairs that are weighed for a choice
CUT = 600  # characters of each response that are weighed for a choice
_WEAKER = "give smaller strengths: alpha=0.1, lambda=0.5"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How a setting did on `n` select pairs: the share it moved to chosen, the mean margin."""

    moved: float
    margin: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where what was fitted lies in the cache, and whether it lay there before this fit step."""

    path: Path
    was_there: bool

    @property
    def told(self) -> str:
        """The place in words, which are the same in everybody's cache."""
        return f"kept as {self.path.relative_to(cache_dir()).as_posix()} in the cache"


def with_controls(
    typed: str, about: Mapping[str, str], fit: Callable[..., Condition]
) -> tuple[Arm, ...]:
    """The arm as it was typed and its controls: `fit(materials, kind=...)` for each kind.

    `about` has a line for each kind; that of the arm itself is "".
    """
    return tuple(
        Arm(name=f"{typed}:{kind}".rstrip(":"), about=told, fit=partial(fit, kind=kind))
        for kind, told in about.items()
    )


def keep_apart(materials: Materials) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Pairs to fit on and pairs to choose on: the suite's select pairs, else a third of the others.

    UsageError for fewer than `LEAST` pairs in all.
    """
    if materials.select:
        return pairs_to_fit(materials, LEAST - 4), materials.select
    settings = SplitSettings(compile=2 / 3, select=1 / 3, gate=0.0, seed=materials.seed)
    split = split_pairs(pairs_to_fit(materials, LEAST), settings)
    return split.compile, split.select


def choose(
    materials: Materials,
    pairs: Sequence[Pair],
    candidates: Sequence[T],
    change: Callable[[T], tuple[str, Change]],
    where: str,
) -> tuple[T, Chosen]:
    """The candidate that does best on these select pairs, and how it did.

    `change` gives a candidate's mark and change. A single candidate is taken unmeasured (n = 0).
    UsageError where no pair can be measured.
    """
    if len(candidates) == 1:
        return candidates[0], Chosen(moved=0.0, margin=0.0, n=0)
    seen = [_shortened(pair) for pair in draw_shots(tuple(pairs), MOST, materials.seed)]
    plain = _weigh(materials.model, seen)
    found = []
    for candidate in candidates:
        mark, made = change(candidate)
        with changed_model(materials.model, mark, made, where) as model:
            found.append(_standing(plain, _weigh(model, seen), where))
    best = max(range(len(found)), key=lambda i: (found[i].moved, found[i].margin))
    return candidates[best], found[best]


def entering(condition: Condition, mark: str, change: Change, where: str) -> Condition:
    """The same condition under a change of the network; `mark` names everything about it."""
    return replace(condition, enter=partial(changed_model, mark=mark, change=change, where=where))


def fitted_path(method: str, suffix: str, *parts: object) -> Path:
    """Where what a method fits is kept in the cache; `parts` are all that decides it."""
    return cache_dir() / "fitted" / f"{method}-{digest(method, *parts)[:16]}{suffix}"


def pairs_digest(pairs: Sequence[Pair]) -> str:
    """64 hex digits over what pairs ask and say, in order."""
    return digest([[[[m.role, m.content] for m in p.prompt], p.chosen, p.rejected] for p in pairs])


def _shortened(pair: Pair) -> Pair:
    return replace(pair, chosen=pair.chosen[:CUT], rejected=pair.rejected[:CUT])


def _weigh(model: Model, pairs: Sequence[Pair]) -> Weights:
    return weigh_pairs(model, pairs, {"": ""}, "system")


def _standing(plain: Weights, changed: Weights, where: str) -> Chosen:
    margins = []
    reason, remedy = "", "give shorter pairs"
    for id, there in plain[""].items():
        here = changed[""][id]
        if isinstance(there, Unmeasured):
            reason = reason or there.reason
        elif isinstance(here, Unmeasured):  # so it is the change that does it
            reason, remedy = here.reason, _WEAKER
        elif not isfinite(margin := shift_margin(here, there, "mean")):
            reason, remedy = "log-probabilities that are no numbers", _WEAKER
        else:
            margins.append(margin)
    if not margins:
        raise UsageError(where, f"no select pair can be measured ({reason})", remedy)
    moved = fmean((m > 0) + 0.5 * (m == 0) for m in margins)
    return Chosen(moved=moved, margin=fmean(margins), n=len(margins))
