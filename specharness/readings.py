"""Texts weighed on the same pairs, and what the gate would say of an edit from one to another."""

from dataclasses import dataclass

import numpy as np

from specharness.effects import Effect, measure_effect
from specharness.gate.gates import Decision, decide
from specharness.gate.stats import Floats
from specharness.records import Pair
from specharness.runfile import GateVerdict
from specharness.score.logprob import Reading
from specharness.score.margins import (
    TIE,
    Weighed,
    label_free_temperature,
    preference,
    shift_margin,
)
from specharness.score.weigh import Weights
from specharness.settings import GateSettings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """Texts weighed on the `pairs` that could be measured under every one of them.

    `unscored` are the others, with why. Margins are measured from the text `reference`, or where
    that is None from the base of each comparison.
    """

    pairs: tuple[Pair, ...]
    unscored: tuple[tuple[str, str], ...]
    weights: Weights
    reading: Reading
    reference: str | None
    settings: GateSettings

    @property
    def groups(self) -> list[str]:
        """The pairs' clusters."""
        return [pair.group for pair in self.pairs]

    def margins(self, text: str, base: str = "") -> Floats:
        """(pairs,): the shift margin of each pair under a text, in nats."""
        here = self.weights[text]
        there = self.weights[base if self.reference is None else self.reference]
        found = []
        for pair in self.pairs:
            one, other = here[pair.id], there[pair.id]
            assert isinstance(one, Weighed) and isinstance(other, Weighed)
            found.append(shift_margin(one, other, self.reading.reduce))
        return np.array(found, dtype=np.float64)

    def preferences(self, base: str, *heads: str) -> tuple[Floats, ...]:
        """Preferences under a base and other texts, (pairs,) each, read with one temperature.

        With one other text it is the one that a gate of the two would use.
        """
        sides = [self.margins(text, base).tolist() for text in (base, *heads)]
        largest = [max(map(abs, margins)) for margins in zip(*sides, strict=True)]
        heat = self.reading.temperature or label_free_temperature((m, m) for m in largest)
        return tuple(np.array([preference(m, heat) for m in side]) for side in sides)

    def decide(self, base: str, head: str) -> Decision:
        """What the suite's gate would say of an edit from one text to the other."""
        ours = self.settings
        before, after = self.preferences(base, head)
        return decide(
            before,
            after,
            groups=self.groups,
            margin=ours.margin,
            alpha_fail=ours.alpha_fail,
            alpha_pass=ours.alpha_pass,
            seed=ours.seed,
        )

    def lost(self, base: str, head: str) -> tuple[Pair, ...]:
        """The pairs that an edit from one text to the other loses, as the gate counts."""
        before, after = (levels(side) for side in self.preferences(base, head))
        return tuple(p for p, fell in zip(self.pairs, after < before, strict=True) if fell)

    def verdict(self, base: str, head: str) -> GateVerdict:
        """The gate's verdict on an edit; losing a pair that must hold is a FAIL."""
        if any(pair.must for pair in self.lost(base, head)):
            return "FAIL"
        return self.decide(base, head).verdict

    def effect(self, base: str, head: str) -> Effect:
        """How an edit from one text to the other changes preference."""
        before, after = self.preferences(base, head)
        return measure_effect(after - before, self.groups, self.settings.seed)


def levels(preferences: Floats) -> Floats:
    """-1, 0 or 1: prefers rejected, neither, chosen."""
    centred = preferences - 0.5
    return np.asarray(np.where(np.abs(centred) <= TIE, 0.0, np.sign(centred)))
