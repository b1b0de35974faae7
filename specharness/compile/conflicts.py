"""Where the preferences do not go into rules: what a person should look at."""

from collections.abc import Sequence
from dataclasses import dataclass

from specharness.compile.derivation import Derivation
from specharness.compile.evidence import Evidence
from specharness.gate.stats import wilson
from specharness.records import Pair

_SHOWN = 5
_TURNED = {"more": "less", "less": "more"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A property of responses that is wanted under one condition of the prompt only."""

    feature: str
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """Pairs (by id) that no rule explains, that the rules contradict, that contradict one another.

    `splits` are preferences that turn round with a property of the prompt. `noise` is the share of
    pairs that the rules speak of and get wrong on pairs they were not chosen by, with its 90 %
    interval (low, high): an upper estimate of what no rule can explain; None without rules.
    """

    unexplained: tuple[str, ...]
    contradicted: tuple[str, ...]
    reversed: tuple[tuple[str, str], ...]
    splits: tuple[Split, ...]
    noise: tuple[float, float, float] | None


def find_conflicts(pairs: Sequence[Pair], found: Derivation) -> Conflicts:
    """What the compiled rules leave open."""
    scored = list(zip(pairs, found.score, strict=True))
    return Conflicts(
        unexplained=tuple(pair.id for pair, score in scored if score == 0),
        contradicted=tuple(pair.id for pair, score in scored if score < 0),
        reversed=tuple(_reversed(pairs)),
        splits=tuple(_splits(dict(found.candidates)))[:_SHOWN],
        noise=_noise(found, len(pairs)),
    )


def _reversed(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    """Pairs with the same texts and opposite labels."""
    seen: dict[tuple[object, str, str], str] = {}
    found = []
    for pair in pairs:
        other = seen.get((pair.prompt, pair.rejected, pair.chosen))
        if other is not None:
            found.append((other, pair.id))
        seen.setdefault((pair.prompt, pair.chosen, pair.rejected), pair.id)
    return found


def _splits(candidates: dict[str, Evidence]) -> list[Split]:
    """Features wanted under a condition and unwanted under its complement, both supported."""
    found = []
    for name, evidence in candidates.items():
        rule, given, condition = name.partition(" if ")
        direction, _, feature = rule.partition(" ")
        turned = _TURNED.get(direction, "")
        other = candidates.get(f"{turned} {feature} if not {condition}")
        if given and other and evidence.tier == other.tier == "supported":
            found.append(Split(feature=feature, condition=condition))
    return found


def _noise(found: Derivation, count: int) -> tuple[float, float, float] | None:
    if not found.rules or not count:
        return None
    wrong = 1 - found.held_out.held_out
    low, high = wilson(wrong * count, count, alpha=0.1)
    return wrong, low, high
