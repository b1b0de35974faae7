"""Arms fitted and weighed one after the other, so that each one's cost is known."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from time import perf_counter

from specharness.arms.arm import Arm, Condition, Materials
from specharness.arms.known import basic_arms
from specharness.compare.comparison import Cost, Unscored
from specharness.errors import ModelError, UsageError
from specharness.model import Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.records import Pair
from specharness.score.margins import Weighed
from specharness.score.weigh import weigh_pairs
from specharness.settings import Placement

Weights = dict[str, Weighed | Unmeasured]  # by pair id


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a model has cost: requests run and reused, tokens (None: not counted), seconds.

    `written` are those of the tokens that it generated.
    """

    calls: int = 0
    reused: int = 0
    tokens: int | None = 0
    written: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """An arm, the condition that its fit step made, and what that cost."""

    arm: Arm
    condition: Condition
    spent: Spent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """All gate pairs weighed under one arm."""

    fitted: Fitted
    weights: Weights
    spent: Spent

    @property
    def name(self) -> str:
        """The arm's name."""
        return self.fitted.arm.name

    @property
    def cost(self) -> Cost:
        """What the arm cost, to fit and to weigh."""
        condition, fit = self.fitted.condition, self.fitted.spent
        return Cost(
            words=len(condition.text.split()),
            parameters=condition.parameters,
            calls=self.spent.calls,
            reused=self.spent.reused,
            tokens=self.spent.tokens,
            written=self.spent.written,
            seconds=self.spent.seconds,
            fit_tokens=fit.tokens,
            fit_seconds=fit.seconds,
            fit_kept=condition.provenance.is_kept or fit.reused > 0,
            vector=condition.vector,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighings:
    """The arms' columns, and the weights under no system text that margins are measured from."""

    arms: tuple[Column, ...]
    reference: Weights


def fit_arms(
    arms: Sequence[Arm], materials: Materials, model: RecordedModel
) -> tuple[tuple[Fitted, ...], tuple[tuple[str, str], ...]]:
    """The arms fitted, in order; without `arms` those of the basic ones that the suite has all for.

    With them come the names of the others, and why. UsageError where a named arm lacks something.
    """
    fitted, left_out = [], []
    for arm in arms or basic_arms():
        before, began = _spent(model), perf_counter()
        try:
            condition = arm.fit(materials)
        except UsageError as error:
            if arms:
                raise
            left_out.append((arm.name, f"{error.what}; {error.remedy}"))
            continue
        cost = _since(before, _spent(model), perf_counter() - began)
        fitted.append(Fitted(arm=arm, condition=condition, spent=cost))
    return tuple(fitted), tuple(left_out)


def weigh_arms(
    model: RecordedModel, pairs: Sequence[Pair], fitted: Sequence[Fitted], placement: Placement
) -> Weighings:
    """Weigh the pairs under every arm; arms of one text share a measurement.

    A change that an arm makes to the model is undone before the next one, also after an error.
    """
    texts: dict[str, tuple[Weights, Spent]] = {}

    def weigh(condition: Condition) -> tuple[Weights, Spent]:
        before = _spent(model)
        with condition.enter(model) as answering:
            found = weigh_pairs(answering, pairs, {"arm": condition.text}, placement)["arm"]
        after = _spent(model)
        return found, _since(before, after, after.seconds - before.seconds)

    def weigh_once(condition: Condition) -> tuple[Weights, Spent]:
        if condition.enter is not nullcontext:
            return weigh(condition)
        if condition.text not in texts:
            texts[condition.text] = weigh(condition)
        return texts[condition.text]

    reference, _ = weigh_once(Condition())
    found = [(one, *weigh_once(one.condition)) for one in fitted]
    columns = (Column(fitted=one, weights=weights, spent=s) for one, weights, s in found)
    return Weighings(arms=tuple(columns), reference=reference)


def scored_pairs(
    pairs: Sequence[Pair], weighed: Weighings, suite: str
) -> tuple[tuple[Pair, ...], tuple[Unscored, ...]]:
    """The pairs measured under every arm, and the others; ModelError when there are none."""
    columns = [("no system text", weighed.reference)]
    columns += [(column.name, column.weights) for column in weighed.arms]
    missing: dict[str, Unscored] = {}
    for name, weights in columns:
        for pair in pairs:
            answer = weights[pair.id]
            if isinstance(answer, Unmeasured) and pair.id not in missing:
                missing[pair.id] = Unscored(pair=pair.id, arm=name, reason=answer.reason)
    scored = tuple(pair for pair in pairs if pair.id not in missing)
    if not scored:
        first = next(iter(missing.values()))
        what = f"no pair could be measured under every arm ({first.arm}: {first.reason})"
        raise ModelError(suite, what, "leave that arm out, or give it less text")
    return scored, tuple(missing[pair.id] for pair in pairs if pair.id in missing)


def _spent(model: RecordedModel) -> Spent:
    tokens = 0 if model.inner is None else getattr(model.inner, "tokens_run", None)
    return Spent(
        calls=model.calls,
        reused=model.reused,
        tokens=tokens,
        written=model.written,
        seconds=model.seconds,
    )


def _since(before: Spent, after: Spent, seconds: float) -> Spent:
    """What was spent between two readings; a model that does not count has no tokens to tell."""
    calls = after.calls - before.calls
    tokens = None if calls else 0
    if after.tokens is not None:  # those of a fit step that goes past the requests are counted too
        tokens = after.tokens - (before.tokens or 0)
    return Spent(
        calls=calls,
        reused=after.reused - before.reused,
        tokens=tokens,
        written=after.written - before.written,
        seconds=seconds,
    )
