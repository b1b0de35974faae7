"""The scorer `logprob`: preference of a spec-conditioned model from log-probabilities of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specharness.errors import ModelError, UsageError
from specharness.model import Model, Unmeasured
from specharness.records import Pair, Spec
from specharness.runfile import ArmScore
from specharness.score.margins import (
    Reduce,
    Weighed,
    absolute_margin,
    label_free_temperature,
    preference,
    shift_margin,
    verdict_of,
)
from specharness.score.reference import Reference, reference_text
from specharness.score.scores import PairScore, Scores
from specharness.score.weigh import weigh_pairs
from specharness.settings import Placement

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a margin is read: see `settings.ScoreSettings`; `temperature` 0 is the label-free one."""

    reduce: Reduce = "mean"
    reference: Reference = "empty"
    placement: Placement = "system"
    temperature: float = 0.0


def score_pairs(  # noqa: PLR0913 - keywords only: three texts, and how to read them
    model: Model,
    pairs: Sequence[Pair],
    *,
    head: str,
    base: str,
    reading: Reading,
    reference: str | None = None,
) -> Scores:
    """Score every pair under two specs' texts; equal texts are weighed once.

    `reference` is the text margins are measured from, by default what `reading` makes of these.
    """
    neutral = reference_text(reading.reference, head, base) if reference is None else reference
    texts = {text: text for text in (head, base, neutral)}  # a condition is named by its text
    weights = weigh_pairs(model, pairs, texts, reading.placement)
    raw = [_margins(p, weights[head], weights[base], weights[neutral], reading) for p in pairs]
    margins = [(entry.head, entry.base) for entry in raw if not isinstance(entry, str)]
    temperature = reading.temperature or label_free_temperature(margins)
    scored = tuple(_score(p, entry, temperature) for p, entry in zip(pairs, raw, strict=True))
    return Scores(pairs=scored, temperature=temperature)


def logprob_preferences(
    model: Model, spec: Spec | str, pairs: Sequence[Pair], reading: Reading | None = None
) -> "npt.NDArray[np.float64]":
    """Preferences in [0, 1], one per pair, of `model` conditioned on `spec`.

    0.5 means that the spec moves the model no more towards one response than the reference
    condition does. Feed those of two specs to `decide`; for that, give both the same temperature
    in `reading` (the label-free one depends on the spec). ModelError when a pair cannot be
    measured, UsageError for a reference that the spec alone does not have.
    """
    import numpy as np  # noqa: PLC0415 - not needed to import the package

    text, reading = spec.shown if isinstance(spec, Spec) else spec, reading or Reading()
    if reading.reference == "base":
        raise UsageError("reference", "one spec alone has no base", 'choose another than "base"')
    neutral = reference_text(reading.reference, spec)
    scores = score_pairs(model, pairs, head=text, base=text, reading=reading, reference=neutral)
    values = []
    for score in scores.pairs:
        if score.head is None:
            raise ModelError(score.id, f"could not be measured ({score.error})", "drop the pair")
        values.append(score.head.preference)
    return np.array(values, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Margins:
    head: float
    base: float
    arms: tuple[Weighed, Weighed, Weighed]  # head, base, reference


def _margins(
    pair: Pair,
    head: dict[str, Weighed | Unmeasured],
    base: dict[str, Weighed | Unmeasured],
    neutral: dict[str, Weighed | Unmeasured],
    reading: Reading,
) -> _Margins | str:
    h, b, n = head[pair.id], base[pair.id], neutral[pair.id]
    for arm in (h, b, n):
        if isinstance(arm, Unmeasured):
            return arm.reason
    assert isinstance(h, Weighed) and isinstance(b, Weighed) and isinstance(n, Weighed)
    if not h.sizes == b.sizes == n.sizes:
        return "the stored results do not count the same tokens"
    return _Margins(
        head=shift_margin(h, n, reading.reduce),
        base=shift_margin(b, n, reading.reduce),
        arms=(h, b, n),
    )


def _score(pair: Pair, entry: _Margins | str, temperature: float) -> PairScore:
    if isinstance(entry, str):
        return PairScore(id=pair.id, error=entry)
    head, base, neutral = entry.arms
    return PairScore(
        id=pair.id,
        head=_arm(entry.head, head, temperature),
        base=_arm(entry.base, base, temperature),
        reference=neutral.terms,
    )


def _arm(margin: float, weighed: Weighed, temperature: float) -> ArmScore:
    p = preference(margin, temperature)
    return ArmScore(
        margin=margin,
        absolute=absolute_margin(weighed),
        preference=p,
        verdict=verdict_of(p),
        terms=weighed.terms,
    )
