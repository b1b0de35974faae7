"""How a run is put into words and figures, the same in every view.

Shares are written in points or per cent, margins in nats; what was not measured is a dash.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from specharness.runfile import (
    Case,
    Gate,
    GateVerdict,
    JudgeTrust,
    Outcome,
    Run,
    Share,
    Slice,
    SuiteRun,
)

WORST_FIRST: tuple[GateVerdict, ...] = ("FAIL", "UNVERIFIABLE", "UNPROVEN", "PASS")
OUTCOMES: tuple[Outcome, ...] = ("lost", "won", "error", "tie", "known miss", "kept")
FLIPPED: tuple[Outcome, ...] = ("lost", "won")
MISSING = "–"
SURE = 0.05  # a p value, with all parts of a suite allowed for, at which one lost for sure

_PLURALS = {"error": "errors", "tie": "ties", "known miss": "known misses"}
_VERBS: dict[GateVerdict, tuple[str, str]] = {
    "FAIL": ("fails", "fail"),
    "UNVERIFIABLE": ("is unverifiable", "are unverifiable"),
    "UNPROVEN": ("is unproven", "are unproven"),
    "PASS": ("passes", "pass"),
}


def points(share: float | None) -> str:
    """A difference of shares in points, with its sign: -0.042 is "-4.2"."""
    if share is None:
        return MISSING
    written = f"{100 * share:+.1f}"
    return "0.0" if written in ("+0.0", "-0.0") else written


def percent(share: float | None) -> str:
    """A share in per cent: 0.613 is "61 %"."""
    return MISSING if share is None else f"{100 * share:.0f} %"


def nats(margin: float | None) -> str:
    """A margin with its sign and three decimals, four where three would show nothing: "+0.120"."""
    if margin is None:
        return MISSING
    written = f"{margin:+.{3 if abs(margin) >= 0.0005 else 4}f}"
    return "0.000" if written in ("+0.0000", "-0.0000") else written


def is_judged(case: Case) -> bool:
    """Whether a judge decided the pair: it then has preferences and no log-probabilities."""
    return case.head is not None and case.head.terms is None


def moved(case: Case) -> str:
    """What became of a pair from base to head: margins in nats, or preferences where judged."""
    if not is_judged(case):
        base, head = (score.margin if score else None for score in (case.base, case.head))
        return f"{nats(base)} -> {nats(head)} nats"
    assert case.head is not None
    if case.head.verdict in ("prefers head", "prefers base"):
        return f"p {case.head.preference:.2f} for the head's reply"
    base_p = case.base.preference if case.base else None
    return f"p {MISSING if base_p is None else format(base_p, '.2f')} -> {case.head.preference:.2f}"


def shading(suite: SuiteRun) -> str:
    """Of which pairs the tokens can be shaded, or why of none; "" where nobody could."""
    scored = [case for case in suite.cases if case.reference is not None]
    shaded = sum(case.moves is not None for case in suite.cases)
    if suite.scorer != "logprob" or not suite.trust.may_gate or not scored:
        return ""
    if shaded == len(scored):
        return "Open a pair to see which of its tokens the spec moved."
    if shaded:
        return (
            f"Which tokens the spec moved is there for {shaded:,} pairs: those that flipped, then "
            "those that moved most."
        )
    if suite.mode in ("live", "record"):
        return (
            "Which tokens the spec moved cannot be shown: the model does not say how it cuts a "
            "text into tokens."
        )
    return (
        "Which tokens the spec moved is not shown: these results came without the tokens' texts. "
        f"`specharness run {suite.name} --spec-mode=live` adds them, and record keeps them, with "
        "the model at hand."
    )


def judge_words(judge: JudgeTrust) -> str:
    """Why a judge may be believed, or not, in one line."""
    if not judge.admitted:
        return f"judge {judge.model}: not admitted"
    told = [f"judge {judge.model}, right on {share_words(judge.right)} pairs when it was admitted"]
    if judge.agreement is not None and judge.agreement.n:
        n = judge.agreement.n
        apart = n - judge.agreement.count
        told.append(f"orders disagree on {apart:g} of {n} ({percent(apart / n)})")
    if judge.votes:
        lost = f"{judge.unreadable:,} unreadable"
        told.append(f"{judge.votes:,} votes ({lost}), {judge.escalated:,} pairs voted on again")
    told.append("anchors drifted" if judge.drifted else f"{judge.anchors} anchors as they were")
    return "; ".join(told)


def share_words(share: Share | None) -> str:
    """Count, total and share: "36 of 59 (61 %)"."""
    if share is None or not share.n:
        return "nothing measured"
    return f"{share.count:g} of {share.n} ({percent(share.count / share.n)})"


def preferred(share: Share) -> str:
    """The share alone in per cent, or a dash when nothing was measured."""
    return percent(share.count / share.n if share.n else None)


def unmeasured(gate: Gate) -> str:
    """What stands where there is no difference: nothing was measured, or nothing is told of it."""
    told = gate.hidden and gate.verdict != "UNVERIFIABLE"
    return "hidden" if told else "not measured"


def difference(gate: Gate | Slice) -> str:
    """Head minus base in points with its interval: "-4.2 [-9.8, +1.4]"."""
    return f"{points(gate.difference)} {interval(gate)}".strip()


def interval(gate: Gate | Slice) -> str:
    """The interval of the difference in points: "[-9.8, +1.4]", "" where there is none."""
    if gate.difference is None or gate.interval is None:
        return ""
    low, high = map(points, gate.interval)
    return f"[{low}, {high}]"


def level(gate: Gate) -> str:
    """How sure the gate's interval is, 1 - 2 alpha_pass: "90 %" for the usual alpha of 0.05."""
    return f"{100 * (1 - 2 * gate.alpha_pass):.3g} %"


def shared_level(suites: Iterable[SuiteRun]) -> str:
    """The level of all these suites' intervals; "" where they differ (or there is none)."""
    levels = {level(suite.gate) for suite in suites}
    return levels.pop() if len(levels) == 1 else ""


def seconds(value: float) -> str:
    """A duration: "0.4 s", "95 s" or "12 min"."""
    if value < 120:
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
    return f"{value / 60:.0f} min"


def headline(run: Run) -> str:
    """The run in one sentence: "2 of 5 suites fail, 1 is unproven." """
    if not run.suites:
        return "No suite ran."
    total, counts = len(run.suites), Counter(suite.gate.verdict for suite in run.suites)
    found = [v for v in WORST_FIRST if counts[v] and (v != "PASS" or len(counts) == 1)]
    parts = [f"{counts[v]} {_VERBS[v][counts[v] > 1]}" for v in found]
    of = f"{counts[found[0]]} of {total} suites" if total > 1 else "The suite"
    if len(counts) == 1 and total > 1:
        of = f"All {total} suites"
    return ", ".join([f"{of} {_VERBS[found[0]][counts[found[0]] > 1]}", *parts[1:]]) + "."


def ruling(suite: SuiteRun) -> str:
    """What the verdict means, in a few words that come before any number."""
    gate, base = suite.gate, "the spec before it" if suite.base_spec else "no spec at all"
    if gate.verdict == "FAIL" and must_was_lost(suite):
        return "A pair that must hold was lost."
    if anchor_decides(suite) and gate.verdict in _ADDED_UP:
        return _ADDED_UP[gate.verdict]
    if gate.verdict == "PASS" and suite.base_spec == suite.head_spec:
        return "The spec is as it was."
    return {
        "FAIL": f"Shown to be worse than {base}.",
        "UNVERIFIABLE": "Nothing can be concluded.",
        "UNPROVEN": f"Not settled: it may or may not be worse than {base}.",
        "PASS": f"Not worse than {base}, within the margin of {100 * gate.margin:g} points.",
    }[gate.verdict]


_ADDED_UP: dict[GateVerdict, str] = {
    "FAIL": "Small losses since the anchor have added up.",
    "UNPROVEN": "Not settled: losses since the anchor may or may not exceed the budget.",
}


def must_was_lost(suite: SuiteRun) -> bool:
    """Whether a pair that must hold was lost, and not only the first time it was measured."""
    return any(c.must and c.outcome == "lost" and c.confirmed is not False for c in suite.cases)


def anchor_decides(suite: SuiteRun) -> bool:
    """Whether the verdict is the one against the anchor, as that against the base is better."""
    return suite.against_base is not None and suite.against_base.verdict != suite.gate.verdict


def since_words(suite: SuiteRun) -> str:
    """The comparison with the anchor in figures where it decided; "" else, or where none is told.

    "since the anchor -3.3 [-5.3, -2.1], 12 lost, 0 won".
    """
    found = suite.anchor
    if found is None or found.difference is None or not anchor_decides(suite):
        return ""
    return f"since the anchor {difference(found)}, {found.lost:,} lost, {found.won:,} won"


def lost_slices(suite: SuiteRun) -> list[Slice]:
    """The parts of a suite that lost for sure, with all parts allowed for (Holm)."""
    return [part for part in suite.slices if part.p_holm is not None and part.p_holm <= SURE]


def slice_name(part: Slice) -> str:
    """What a part of a suite is: "tag refusal", "long responses", "the chosen one is longer"."""
    return {"length": f"{part.name} responses", "sides": part.name}.get(
        part.kind, f"{part.kind} {part.name}"
    )


def slices_words(suite: SuiteRun) -> str:
    """The parts that lost for sure, in a line: the surest and how many more; "" for none."""
    lost = lost_slices(suite)
    if not lost:
        return ""
    first, left = lost[0], len(lost) - 1
    told = f"{slice_name(first)}: lost {first.lost:,}, won {first.won:,} of {first.n:,}"
    more = f"; {left} more {'part' if left == 1 else 'parts'} lost too" if left else ""
    return f"{told} ({difference(first)}){more}"


def worst(run: Run) -> GateVerdict | None:
    """The verdict to show for the whole run; None when no suite ran."""
    verdicts = [suite.gate.verdict for suite in run.suites]
    return min(verdicts, key=WORST_FIRST.index, default=None)


def worst_first(run: Run) -> list[SuiteRun]:
    """The suites, those that block before those that do not, else in their order."""
    return sorted(run.suites, key=lambda suite: WORST_FIRST.index(suite.gate.verdict))


def outcome_counts(cases: Iterable[Case]) -> dict[Outcome, int]:
    """How many cases ended how, in reading order, without the outcomes nobody had."""
    counts = Counter(case.outcome for case in cases)
    return {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}


def outcome_words(cases: Iterable[Case]) -> str:
    """`outcome_counts` as words: "2 lost, 1 won, 3 known misses, 53 kept"."""
    counts = outcome_counts(cases).items()
    return ", ".join(f"{n} {_PLURALS.get(o, o) if n > 1 else o}" for o, n in counts)


def change(case: Case) -> float | None:
    """How far the pair's margin moved from base to head (nats); None when one is missing."""
    return None if case.head is None or case.base is None else case.head.margin - case.base.margin


def reading_order(cases: Iterable[Case]) -> list[Case]:
    """Flipped pairs first (lost, won; `must` and the largest changes before others), kept last."""
    return sorted(cases, key=_reading_key)


def with_outcome(cases: Sequence[Case], outcome: Outcome) -> list[Case]:
    """The cases that ended so, in reading order."""
    return reading_order(case for case in cases if case.outcome == outcome)


def _reading_key(case: Case) -> tuple[int, bool, float]:
    moved = abs(change(case) or 0.0) if case.outcome in FLIPPED else 0.0
    return OUTCOMES.index(case.outcome), not case.must, -moved
