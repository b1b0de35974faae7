"""Texts weighed on the same pairs, and what the gate would say of an edit from one to another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from specharness.effects import Effect, measure_effect
from specharness.gate.confirmation import explain_confirmations
from specharness.gate.decision import count
from specharness.gate.findings import Confirmation, Quarantined
from specharness.gate.gates import Decision, decide
from specharness.gate.quarantine import SHOWN_BY_HELD, SparedLoss, decide_sparing
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

# base's text, head's text, lost pairs that must hold, temperature -> which losses hold
Repeat = Callable[[str, str, Sequence[Pair], float], tuple[Confirmation, ...]]


def no_repeats(
    base: str, head: str, lost: Sequence[Pair], temperature: float
) -> tuple[Confirmation, ...]:
    """Nothing is measured again: every loss counts at once."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the gate says of an edit: its `verdict`, and the decision on all pairs together.

    `lost` are the ids of the lost pairs, `repeated` what became of those that must hold when they
    were measured again, and `unrepeated` the ids of those that were not.
    """

    verdict: GateVerdict
    decision: Decision
    lost: tuple[str, ...]
    repeated: tuple[Confirmation, ...] = ()
    unrepeated: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What beside the figures decided: lost pairs that must hold, quarantine; () if nothing."""
        told = [*explain_confirmations(self.repeated)]
        if self.unrepeated:
            names = ", ".join(self.unrepeated[:5])
            more = f" and {len(self.unrepeated) - 5} more" if self.unrepeated[5:] else ""
            told.append(f"Must hold, was lost, and was not measured again: {names}{more}.")
        if self.verdict == "UNPROVEN" and isinstance(self.decision, SparedLoss):
            told.append(SHOWN_BY_HELD)
        return tuple(told)


def other_scorer(scorer: str) -> str:
    """What a reader has to know where log-probabilities do not decide in the suite's own runs."""
    return (
        f"Verdicts here are by log-probabilities; in a run of this suite the scorer {scorer!r} "
        "decides, and was not asked."
    )


def tell_held(held: Sequence[str]) -> str:
    """Which pairs were in quarantine, and what that means."""
    more = f" and {len(held) - 5} more" if held[5:] else ""
    verb = "is" if len(held) == 1 else "are"
    return (
        f"{count(len(held), 'pair')} {verb} in quarantine ({', '.join(held[:5])}{more}) and "
        "cannot make a verdict FAIL; a PASS counts all pairs."
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """Texts weighed on the `pairs` that could be measured under every one of them.

    `unscored` are the others, with why. Margins are measured from the text `reference`, or where
    that is None from the base of each comparison. `repeat` measures lost pairs that must hold
    again, as a run does.
    """

    pairs: tuple[Pair, ...]
    unscored: tuple[tuple[str, str], ...]
    weights: Weights
    reading: Reading
    reference: str | None
    settings: GateSettings
    repeat: Repeat = no_repeats

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
        heat = self._temperature(sides)
        return tuple(np.array([preference(m, heat) for m in side]) for side in sides)

    def _temperature(self, sides: Sequence[Sequence[float]]) -> float:
        """In nats: the suite's own, else that of a gate of these margins."""
        largest = [max(map(abs, margins)) for margins in zip(*sides, strict=True)]
        return self.reading.temperature or label_free_temperature((m, m) for m in largest)

    def decide(self, base: str, head: str, held: Sequence[Quarantined] = ()) -> Decision:
        """What the suite's gate would say of all pairs together; those `held` show no loss."""
        before, after = self.preferences(base, head)
        both = zip(before.tolist(), after.tolist(), strict=True)
        sides = {pair.id: side for pair, side in zip(self.pairs, both, strict=True)}
        return decide_sparing(self.pairs, held, lambda some: self._decide(some, sides))

    def _decide(self, some: Sequence[Pair], sides: dict[str, tuple[float, float]]) -> Decision:
        ours = self.settings
        return decide(
            [sides[pair.id][0] for pair in some],
            [sides[pair.id][1] for pair in some],
            groups=[pair.group for pair in some],
            margin=ours.margin,
            alpha_fail=ours.alpha_fail,
            alpha_pass=ours.alpha_pass,
            seed=ours.seed,
        )

    def lost(self, base: str, head: str) -> tuple[Pair, ...]:
        """The pairs that an edit from one text to the other loses, as the gate counts."""
        before, after = (levels(side) for side in self.preferences(base, head))
        return tuple(p for p, fell in zip(self.pairs, after < before, strict=True) if fell)

    def judge(self, base: str, head: str, held: Sequence[Quarantined] = ()) -> Judged:
        """The gate's verdict on an edit from one text to the other, as a run comes to it.

        A lost pair that must hold is a FAIL unless it holds when it is measured again; pairs that
        are `held` in quarantine show no loss. Two texts that are one have nothing to lose.
        """
        lost = self.lost(base, head)
        musts = [pair for pair in lost if pair.must]
        sides = [self.margins(text, base).tolist() for text in (base, head)]
        again = self.repeat(base, head, musts, self._temperature(sides)) if musts else ()
        spared = {one.id for one in again if not one.confirmed}
        decision = self.decide(base, head, held)
        verdict: GateVerdict = "PASS" if base == head else decision.verdict
        return Judged(
            verdict="FAIL" if any(pair.id not in spared for pair in musts) else verdict,
            decision=decision,
            lost=tuple(pair.id for pair in lost),
            repeated=again,
            unrepeated=tuple(p.id for p in musts if p.id not in {one.id for one in again}),
        )

    def effect(self, base: str, head: str) -> Effect:
        """How an edit from one text to the other changes preference."""
        before, after = self.preferences(base, head)
        return measure_effect(after - before, self.groups, self.settings.seed)


def levels(preferences: Floats) -> Floats:
    """-1, 0 or 1: prefers rejected, neither, chosen."""
    centred = preferences - 0.5
    return np.asarray(np.where(np.abs(centred) <= TIE, 0.0, np.sign(centred)))
