"""Rule coverage as data: what each rule does to the gate pairs, in the spec and alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil, log2
from typing import Literal

from specharness.effects import Effect, Measured

FORMAT = 1
LEVEL = 0.05  # family-wise, over the rules of a spec
MOVES = 0.05  # a change of preference (a share) from which on a rule is said to move a pair
_DIGITS = 4

State = Literal["covered", "redundant", "uncovered", "hurting"]
STATES: Mapping[State, str] = {
    "covered": "dropping it is shown to lower preference: the pairs would notice",
    "redundant": "dropping it is not shown to change anything, though alone it works",
    "uncovered": "not shown to change anything, in the spec or alone: it moves no pair, or too few",
    "hurting": "dropping it is shown to raise preference",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCoverage:
    """One rule. `lines` are those it takes up in the spec's file.

    `worth` is what keeping it changes, from the spec without it to the spec; `alone` what it
    changes by itself, from the spec without any rule. `worth_p` (two-sided) and `alone_p` (upwards)
    are Holm-adjusted over the rules; `changes` has what keeping it does to each pair's preference.
    """

    id: str
    text: str
    section: str
    lines: tuple[int, ...]
    state: State
    worth: Effect
    worth_p: float
    alone: Effect
    alone_p: float
    changes: tuple[float, ...]

    @property
    def moves(self) -> int:
        """How many pairs' preference keeping it moves by `MOVES` or more, either way."""
        return sum(abs(change) >= MOVES for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Rule coverage of one suite in one run."""

    measured: Measured
    rules: tuple[RuleCoverage, ...]
    format: int = FORMAT

    @property
    def covered(self) -> float:
        """The share of rules that the pairs would miss, in [0, 1]."""
        return len(self.of("covered")) / len(self.rules)

    @property
    def fewest(self) -> int:
        """How many pairs (or groups) a rule has to move, all one way, to be shown to change them.

        A sign-flip p is at least 2^-k with k of them; two-sided, and the smallest of all rules by
        Holm, it has to be `LEVEL` / rules.
        """
        return ceil(log2(2 * len(self.rules) / LEVEL))

    def exercised(self, least: float = MOVES) -> dict[str, tuple[str, ...]]:
        """By rule: the ids of the pairs whose preference it moves by `least` (a share) or more."""
        return {
            rule.id: tuple(
                pair
                for pair, change in zip(self.measured.pairs, rule.changes, strict=True)
                if abs(change) >= least
            )
            for rule in self.rules
        }

    def of(self, state: State) -> tuple[RuleCoverage, ...]:
        """The rules in a state, in the spec's order."""
        return tuple(rule for rule in self.rules if rule.state == state)


def judge_rule(worth: Effect, worth_p: float, alone_p: float) -> State:
    """The state of a rule, from its effects and their adjusted p values."""
    if worth_p <= LEVEL:
        return "covered" if worth.mean > 0 else "hurting"
    return "redundant" if alone_p <= LEVEL else "uncovered"


def coverage_text(found: Coverage) -> str:
    """The coverage as JSON with sorted keys and rounded changes."""
    told = asdict(found) | {"covered": found.covered}
    for rule, known in zip(told["rules"], found.rules, strict=True):
        rule["moves"] = known.moves
        rule["changes"] = [round(change, _DIGITS) + 0.0 for change in rule["changes"]]
    return json.dumps(told, ensure_ascii=True, sort_keys=True, indent=1) + "\n"
