"""How a pair ends: head against base, in one word, and what that means for its test case."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from specharness.runfile import ArmScore, Case, GateVerdict, Outcome, Share, SuiteRun
from specharness.runfile import Verdict as PairVerdict
from specharness.settings import GateSettings

Ending = Literal["passed", "xfailed", "xpassed", "failed", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An ending for a test case, and the sentence that explains it."""

    ending: Ending
    sentence: str


_LEVEL: dict[PairVerdict, int] = {
    "prefers rejected": -1,
    "prefers base": -1,
    "tie": 0,
    "prefers head": 1,
    "prefers chosen": 1,
}
_STAYED: dict[int, Outcome] = {-1: "known miss", 0: "tie", 1: "kept"}


def outcome_of(head: ArmScore | None, base: ArmScore | None) -> Outcome:
    """lost or won where the verdict fell or rose (as `gates.decide` counts), else what it stayed.

    Rejected, tie, chosen is the order; error when either arm could not be measured.
    """
    if head is None or base is None:
        return "error"
    after, before = _LEVEL[head.verdict], _LEVEL[base.verdict]
    if after == before:
        return _STAYED[after]
    return "lost" if after < before else "won"


def end_case(case: Case, *, on_lost: Literal["gate", "fail"], has_base: bool) -> Verdict:
    """The ending of a pair's test case (DESIGN 3).

    A lost pair fails only where the pair says `must` or the suite says `on_lost = "fail"`: one flip
    is mostly noise, and the suite's gate judges them together. Without a base spec there is
    nothing to win against, so a pair that prefers chosen simply passes; a `must` pair has to.
    """
    sentence = _sentence(case)
    match case.outcome:
        case "error":
            return Verdict(ending="error", sentence=sentence)
        case "kept":
            return Verdict(ending="passed", sentence=sentence)
        case "won" if case.head and _LEVEL.get(case.head.verdict, 0) > 0:
            return Verdict(ending="xpassed" if has_base else "passed", sentence=sentence)
        case "lost" if has_to_hold(case) or (has_base and on_lost == "fail"):
            return Verdict(ending="failed", sentence=sentence)
    if case.must and not has_base:
        return Verdict(ending="failed", sentence=f"{sentence}; the pair says must = true")
    return Verdict(ending="xfailed", sentence=sentence)


def has_to_hold(case: Case) -> bool:
    """Whether a case is lost and blocks by itself: it must hold, and no repeat spoke for it."""
    return case.must and case.outcome == "lost" and case.confirmed is not False


_WORDS: dict[Outcome, str] = {
    "kept": "prefers chosen",
    "won": "won: does better than at base",
    "lost": "lost: does worse than at base",
    "tie": "tie: the spec moves the model towards neither response",
    "known miss": "known miss: does not prefer chosen, nor did it at base",
    "error": "could not be measured",
}


_REPLIES: dict[Outcome, str] = {
    "won": "won: the reply under the head's spec was judged better",
    "lost": "lost: the reply under the head's spec was judged worse",
    "tie": "tie: neither reply was judged better",
}


def _sentence(case: Case) -> str:
    words = _WORDS[case.outcome]
    if case.head is None or case.base is None:
        return f"{words}: {case.error}"
    if case.replies is not None and case.head.terms is None and case.base.orders is None:
        return f"{_REPLIES[case.outcome]} (p = {case.head.preference:.2f})"
    if case.head.orders is not None:
        return f"{words} (p = {case.head.preference:.2f}, base {case.base.preference:.2f})"
    return f"{words} (margin {case.head.margin:+.4f} nats, base {case.base.margin:+.4f})"


def has_base(run: SuiteRun) -> bool:
    """Whether there is an earlier spec to win or lose against."""
    return bool(run.base_spec)


def blocks(verdict: GateVerdict, settings: GateSettings) -> bool:
    """Whether a gate's verdict stops a pull request."""
    return verdict in ("FAIL", "UNVERIFIABLE") or (
        verdict == "UNPROVEN" and settings.unproven == "fail"
    )


def exit_code(verdicts: Iterable[tuple[GateVerdict, GateSettings]]) -> int:
    """0 pass, 1 fail, 2 unproven where it blocks, 3 unverifiable: the first that is true of any."""
    blocking = {verdict for verdict, settings in verdicts if blocks(verdict, settings)}
    codes: tuple[tuple[GateVerdict, int], ...] = (("FAIL", 1), ("UNVERIFIABLE", 3), ("UNPROVEN", 2))
    return next((code for verdict, code in codes if verdict in blocking), 0)


def share_of(values: list[float]) -> Share:
    """A share with its 95 % Wilson interval; a tie enters as 0.5. With no values: 0 to 1."""
    from specharness.gate.stats import wilson  # noqa: PLC0415 - a stored run is shown without scipy

    if not values:
        return Share(count=0.0, n=0, low=0.0, high=1.0)
    low, high = wilson(sum(values), len(values))
    return Share(count=sum(values), n=len(values), low=low, high=high)


def preferred(scores: list[ArmScore | None]) -> Share:
    """The share of measured pairs whose chosen response is preferred; a tie counts half."""
    levels = [_LEVEL[s.verdict] for s in scores if s is not None and s.verdict in _LEVEL]
    return share_of([(level + 1) / 2 for level in levels])
