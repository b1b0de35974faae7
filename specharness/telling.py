"""What a run says of a decision: all of it, or what hidden pairs leave to be told.

And what stands after it: what spared an edit, and what a judge's own errors make of the figures.
"""

from collections.abc import Callable, Sequence
from typing import Any

from specharness.gate.confirmation import explain_confirmations
from specharness.gate.decision import signed
from specharness.gate.gates import Decision
from specharness.gate.hidden import explain_hidden
from specharness.gate.judgeerror import LEAST, corrected_difference, errors_of
from specharness.gate.quarantine import explain_quarantine
from specharness.musts import explain_musts, explain_part
from specharness.runfile import Case, Gate, GateVerdict, Trust
from specharness.score.generate.decision import ReplyDecision
from specharness.sparing import Spared

_FIGURES = ("clusters", "lost", "won", "difference", "interval", "p_value", "excluded", "needed")


def tell_decision(  # noqa: PLR0913 - keywords only after what was decided
    found: Decision | ReplyDecision,
    measured: Sequence[Case],
    seen: Sequence[Case],
    *,
    verdict: GateVerdict,
    musts: Sequence[str],
    decide_part: Callable[[Sequence[Case]], Decision | ReplyDecision],
) -> tuple[list[str], dict[str, Any]]:
    """What may be said of a decision on all `measured` cases, and its figures.

    Both are about the `seen` ones where others are hidden; of these, `musts` had to hold and were
    lost.
    """
    if len(seen) == len(measured):
        told = explain_musts(found, musts) if musts else list(found.explain())
        return told, _figures(found)
    part = decide_part(seen) if seen else None
    told = explain_hidden(
        len(measured) - len(seen),
        len(seen),
        verdict,
        explain_part(part, musts) if part else [],
        explained=bool(musts) or (part is not None and part.verdict == "FAIL"),
    )
    figures = _figures(part) if part else {}
    if verdict == "UNPROVEN" and not figures.get("needed"):  # the shown pairs are settled
        figures["needed"] = None
    return told, figures


def _figures(found: Decision | ReplyDecision) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _FIGURES}


def tell_spared(seen: Sequence[Case], spared: Spared) -> tuple[str, ...]:
    """What became of the `seen` cases that were measured again, or are in quarantine."""
    known = {case.id for case in seen}
    told = explain_confirmations([one for one in spared.confirmations if one.id in known])
    return told + explain_quarantine(seen, spared.held, spared.over)


def tell_judge_errors(gate: Gate, trust: Trust) -> tuple[str, ...]:
    """What the difference would be without the errors that the judge made at its admission.

    It decides nothing (see `judgeerror` for its limits). () where there is no difference, or the
    judge was right on every labelled pair.
    """
    right = trust.judge.right if trust.judge else None
    if right is None or not right.n or right.count == right.n or not gate.difference:
        return ()
    errors, known = errors_of(right.count, right.n), f"{right.count:g} of {right.n} labelled pairs"
    if errors.worth < LEAST or gate.interval is None:
        return (f"The judge was right on only {known}: its errors cannot be allowed for.",)
    alpha = 2 * gate.alpha_pass
    found = corrected_difference(gate.difference, gate.interval, errors, alpha)
    return (
        f"The judge was right on {known}. If it errs as often here, and under both specs alike, "
        f"the true difference is about {signed(found.value)} points "
        f"({100 * (1 - alpha):g} % interval {signed(found.low)} to {signed(found.high)}).",
    )
