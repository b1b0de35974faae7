"""A suite's mutation score as data: every mutant, and whether the suite's pairs noticed it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from specharness.effects import Effect, Measured
from specharness.mutation.mutants import Expected, Operator
from specharness.runfile import GateVerdict

FORMAT = 1
SHOWN = 0.05  # the level of "shown lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One mutant in place of the spec, on the suite's gate pairs.

    `verdict` is the gate's on the edit from the spec to the mutant; `effect` how preference changed
    (shares); `lost` and `won` count flips; `needed` pairs would settle an unproven verdict as
    `toward` (None: no practical number would). `template` is true where no writer's opposite said
    what negating the rule means. `told` says what beside the figures decided: repeats of lost pairs
    that must hold, and quarantine.
    """

    id: str
    operator: Operator
    expected: Expected
    rule: str
    line: int
    before: str
    after: str
    template: bool
    verdict: GateVerdict
    lost: int
    won: int
    needed: int | None
    toward: GateVerdict
    effect: Effect
    told: tuple[str, ...] = ()

    @property
    def is_caught(self) -> bool:
        """Whether the gate FAILs it."""
        return self.verdict == "FAIL"

    @property
    def is_lower(self) -> bool:
        """Whether preference is shown to fall (one-sided sign-flip p up to 5 %)."""
        return self.effect.p_down <= SHOWN

    @property
    def is_right(self) -> bool:
        """Whether the gate did what the edit's nature asks for."""
        return self.is_caught == (self.expected == "harmful")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutations:
    """All mutants of a suite's spec, in one run.

    Pairs `held` in quarantine (their ids) show no loss. Verdicts are by log-probabilities, whatever
    `scorer` decides in the suite's own runs.
    """

    measured: Measured
    tried: tuple[Tried, ...]
    format: int = FORMAT
    held: tuple[str, ...] = ()
    scorer: str = "logprob"

    def of(self, expected: Expected) -> tuple[Tried, ...]:
        """The harmful, or the harmless ones."""
        return tuple(one for one in self.tried if one.expected == expected)

    @property
    def caught(self) -> float | None:
        """The share of harmful mutants that the gate FAILs; None where there are none."""
        return share(one.is_caught for one in self.of("harmful"))

    @property
    def left_alone(self) -> float | None:
        """The share of harmless mutants that it does not; None where there are none."""
        return share(not one.is_caught for one in self.of("harmless"))

    @property
    def survivors(self) -> tuple[Tried, ...]:
        """Harmful mutants that no verdict stops."""
        return tuple(one for one in self.of("harmful") if not one.is_caught)


def share(facts: Iterable[bool]) -> float | None:
    """How many of the facts hold, in [0, 1]; None where there are none."""
    found = list(facts)
    return sum(found) / len(found) if found else None


def mutations_text(found: Mutations) -> str:
    """The run as JSON with sorted keys."""
    told = asdict(found) | {"caught": found.caught, "left_alone": found.left_alone}
    return json.dumps(told, ensure_ascii=True, sort_keys=True, indent=1) + "\n"
