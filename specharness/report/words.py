"""How a run is put into words and figures, the same in every view.

Shares are written in points or per cent, margins in nats; what was not measured is a dash.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from specharness.runfile import Case, Gate, GateVerdict, Outcome, Run, Share, SuiteRun

WORST_FIRST: tuple[GateVerdict, ...] = ("FAIL", "UNVERIFIABLE", "UNPROVEN", "PASS")
OUTCOMES: tuple[Outcome, ...] = ("lost", "won", "error", "tie", "known miss", "kept")
FLIPPED: tuple[Outcome, ...] = ("lost", "won")
MISSING = "–"

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


def share_words(share: Share) -> str:
    """Count, total and share: "36 of 59 (61 %)"."""
    if not share.n:
        return "nothing measured"
    return f"{share.count:g} of {share.n} ({percent(share.count / share.n)})"


def preferred(share: Share) -> str:
    """The share alone in per cent, or a dash when nothing was measured."""
    return percent(share.count / share.n if share.n else None)


def difference(gate: Gate) -> str:
    """Head minus base in points with its interval: "-4.2 [-9.8, +1.4]"."""
    return f"{points(gate.difference)} {interval(gate)}".strip()


def interval(gate: Gate) -> str:
    """The interval of the difference in points: "[-9.8, +1.4]", "" where there is none."""
    if gate.difference is None or gate.interval is None:
        return ""
    low, high = map(points, gate.interval)
    return f"[{low}, {high}]"


def level(gate: Gate) -> str:
    """How sure the gate's interval is, 1 - 2 alpha_pass: "90 %" for the usual alpha of 0.05."""
    return f"{100 * (1 - 2 * gate.alpha_pass):g} %"


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
    if gate.verdict == "FAIL" and any(c.must and c.outcome == "lost" for c in suite.cases):
        return "A pair that must hold was lost."
    if gate.verdict == "PASS" and suite.base_spec == suite.head_spec:
        return "The spec is as it was."
    return {
        "FAIL": f"Shown to be worse than {base}.",
        "UNVERIFIABLE": "Nothing can be concluded.",
        "UNPROVEN": f"Not settled: it may or may not be worse than {base}.",
        "PASS": f"Not worse than {base}, within the margin of {100 * gate.margin:g} points.",
    }[gate.verdict]


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
