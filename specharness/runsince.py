"""What a run file says of how a suite fared since its anchor."""

from dataclasses import dataclass

from specharness.records import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPair:
    """A pair that head lost since the anchor, with its scores under the anchor's spec.

    `margin` and `preference` are what they are in an `ArmScore`; those at head, and the texts, are
    in the pair's case.
    """

    id: str
    margin: float
    preference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceAnchor:
    """The anchor's spec as the model saw it, its rules, and the pairs lost since (shown ones only).

    `blamed` says that the run's `blame` and `edit_effects` are of the edits since the anchor: its
    comparison decided. Else they are of those since the base.
    """

    spec: str
    rules: tuple[Rule, ...] = ()
    lost: tuple[LostPair, ...] = ()
    blamed: bool = False
