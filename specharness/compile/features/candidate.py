"""A candidate rule: a feature, a direction, and perhaps a property of the prompt that decides."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from specharness.compile.features.feature import Feature
from specharness.records import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A property of the prompt: `holds` is True, False, or None where it cannot be told.

    `when` and `unless` name both sides as a writer would, each fit to follow "When"; neither holds
    text from a pair. Conditions of one name are equal.
    """

    name: str
    when: str
    unless: str
    holds: Callable[[Pair], bool | None] = field(compare=False)

    def complement(self) -> "Condition":
        """The same property denied; what cannot be told stays so. Its complement is equal to it."""
        if isinstance(self.holds, _Denied):
            return self.holds.condition
        return Condition(
            name=f"not {self.name}", when=self.unless, unless=self.when, holds=_Denied(self)
        )


@dataclass(frozen=True, slots=True)
class _Denied:
    condition: Condition

    def __call__(self, pair: Pair) -> bool | None:
        held = self.condition.holds(pair)
        return None if held is None else not held


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The claim that `more` (or else less) of a feature is chosen.

    With a `condition`, where it holds; with `switch` besides, the opposite where it does not.
    """

    feature: Feature
    more: bool
    condition: Condition | None = None
    switch: bool = False

    @property
    def name(self) -> str:
        """A short key, the same in every run: "less words", "more list_items if not question"."""
        name = f"{'more' if self.more else 'less'} {self.feature.name}"
        if self.condition is None:
            return name
        return f"{name} if {self.condition.name}{' else opposite' if self.switch else ''}"

    def opposite(self) -> "Candidate":
        """The same claim with its direction flipped; its votes are these, negated."""
        return replace(self, more=not self.more)

    def toward(self, direction: int) -> "Candidate":
        """The claim that its votes point to: itself for a positive direction, else its opposite."""
        return self if direction > 0 else self.opposite()


def candidates(
    features: Sequence[Feature], conditions: Sequence[Condition] = ()
) -> tuple[Candidate, ...]:
    """Every claim over these features, in the direction "more" (the votes decide which: `toward`).

    Without a condition first; then for each condition where it holds, where it does not, and the
    switch: features x (1 + 3 conditions) in all.
    """
    return tuple(form for feature in features for form in _forms(feature, conditions))


def _forms(feature: Feature, conditions: Sequence[Condition]) -> Iterator[Candidate]:
    yield Candidate(feature=feature, more=True)
    for condition in conditions:
        yield Candidate(feature=feature, more=True, condition=condition)
        yield Candidate(feature=feature, more=True, condition=condition.complement())
        yield Candidate(feature=feature, more=True, condition=condition, switch=True)
