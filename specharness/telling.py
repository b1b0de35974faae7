"""What a run says of a decision: all of it, or what hidden pairs leave to be told.

And what stands after it: what spared an edit, and what a judge's own errors make of the figures.
"""

from collections.abc import Callable, Sequence
from typing import Any

from specharness.gate.confirmation import explain_confirmations
from specharness.gate.decision import count, signed
from specharness.gate.gates import Decision
from specharness.gate.hidden import explain_hidden
from specharness.gate.judgeerror import LEAST, corrected_difference, errors_of
from specharness.gate.quarantine import SHOWN_BY_HELD, explain_held, explain_over
from specharness.musts import explain_musts, explain_part
from specharness.runfile import Case, Gate, GateVerdict, Trust
from specharness.score.generate.decision import ReplyDecision
from specharness.sparing import NOTHING_SPARED, Spared

_FIGURES = ("clusters", "lost", "won", "difference", "interval", "p_value", "excluded", "needed")


def tell_decision(  # noqa: PLR0913 - keywords only after what was decided
    found: Decision | ReplyDecision,
    measured: Sequence[Case],
    seen: Sequence[Case],
    *,
    verdict: GateVerdict,
    musts: Sequence[str],
    decide_part: Callable[[Sequence[Case]], Decision | ReplyDecision],
    spared: Spared = NOTHING_SPARED,
) -> tuple[list[str], dict[str, Any]]:
    """What may be said of a decision on all `measured` cases, and its figures.

    Both are about the `seen` ones where others are hidden; of these, `musts` had to hold and were
    lost. What decided comes first, and so does what became of pairs that were `spared`: views cut
    the end.
    """
    if len(seen) == len(measured):
        told = explain_musts(found, musts) if musts else list(found.explain())
        return with_spared(told, seen, spared, after=bool(musts)), _figures(found)
    part = decide_part(seen) if seen else None
    shown_part = explain_part(part, musts) if part else []
    told = explain_hidden(
        len(measured) - len(seen),
        len(seen),
        verdict,
        with_spared(shown_part, seen, spared, after=bool(musts)),
        explained=bool(musts) or (part is not None and part.verdict == "FAIL"),
    )
    figures = _figures(part) if part else {}
    if verdict == "UNPROVEN" and not figures.get("needed"):  # the shown pairs are settled
        figures["needed"] = None
    return told, figures


def _figures(found: Decision | ReplyDecision) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _FIGURES}


def tell_incomplete(
    errors: int, verdict: GateVerdict, *, partial: bool
) -> tuple[list[str], list[str], GateVerdict]:
    """What is said of pairs that were not measured, or not selected, and the verdict without them.

    First what takes a PASS away, last what changes nothing.
    """
    sentences, was = [], verdict
    if errors:
        sentences.append(f"{count(errors, 'pair')} could not be measured and counted for nothing.")
        verdict = "UNVERIFIABLE" if verdict == "PASS" else verdict
    if partial:
        sentences.append("Only some pairs of the suite were selected: this is no verdict on it.")
        verdict = "UNPROVEN" if verdict == "PASS" else verdict
    return (sentences, [], verdict) if verdict != was else ([], sentences, verdict)


def with_spared(
    told: Sequence[str], seen: Sequence[Case], spared: Spared, *, after: bool
) -> list[str]:
    """The sentences, with what repeats and quarantine did: where they decide, ahead of the figures.

    `after` is true where the first sentence names lost pairs that must hold.
    """
    known = {case.id for case in seen}
    again = explain_confirmations([one for one in spared.confirmations if one.id in known])
    held, over = explain_held(seen, spared.held), explain_over(seen, spared.over)
    rest = [sentence for sentence in told[after:] if sentence != SHOWN_BY_HELD]
    if SHOWN_BY_HELD in told:
        return [*told[:after], *again, SHOWN_BY_HELD, *held, *rest, *over]
    return [*told[:after], *again, *rest, *held, *over]


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
