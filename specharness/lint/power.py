"""Whether the gate has enough pairs for its margin (SH403)."""

from collections.abc import Iterator
from math import ceil, floor

from specharness.gate.decision import count
from specharness.gate.stats import effective_n, minimum_pairs
from specharness.lint.finding import Finding
from specharness.lint.subject import Subject
from specharness.settings import GateSettings


def check_number(subject: Subject) -> Iterator[Finding]:
    """How many pairs a PASS takes even when none is lost, where there are fewer."""
    pairs, gate = subject.split.gate, subject.suite.settings.gate
    needed = minimum_pairs(gate.margin, gate.alpha_pass)
    if not pairs:
        return
    worth = effective_n([0.0] * len(pairs), [pair.group for pair in pairs])
    if worth >= needed:
        return
    have = count(len(pairs), "gate pair")
    if worth < len(pairs):
        have += f" in {count(len({p.group for p in pairs}), 'group')}, worth {floor(worth)}"
    message = f"{have}, but a PASS at a margin of {100 * gate.margin:g} points takes {needed}"
    missing = count(ceil(needed - worth), "pair")
    remedy = f"add {missing} of new groups{_margin(worth, gate)}"
    yield subject.at_line("SH403", 1, message, remedy)


def _margin(worth: float, gate: GateSettings) -> str:
    """The margin that so many pairs can show, where it still means anything."""
    fits = ceil(1000 * (1 - gate.alpha_pass ** (1 / worth))) / 1000
    return f", or set gate.margin to {fits:g}" if fits < 0.2 else ""
