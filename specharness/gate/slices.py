"""Where an edit loses: each tag, rule and length on its own, with all of them allowed for.

With twenty slices one of them looks bad at 5 % by chance. Holm's correction keeps the chance that
any harmless slice is named at `alpha`, however the slices overlap.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

import numpy as np

from specharness.gate.decision import Decision, count, points, signed
from specharness.gate.findings import Slice
from specharness.gate.gates import decide
from specharness.runfile import Case
from specharness.settings import GateSettings

LEAST = 5  # pairs of a slice that is tested: fewer can hardly show anything
_DEFAULTS = GateSettings()
_ALIKE = 0.1  # lengths within a tenth of each other are alike
_SHORT, _LONG = 50, 200  # words of the longer response

Name = tuple[str, str]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values in the order given: those at most alpha are rejected at family level alpha.

    p_(i) times (m - i + 1), made to rise, at most 1. Source: Holm (1979), Scandinavian Journal of
    Statistics 6:65.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, float)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(values.size, 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(x) for x in adjusted]


def slice_cases(
    cases: Sequence[Case],
    *,
    rules: Mapping[str, Collection[str]] | None = None,
    settings: GateSettings = _DEFAULTS,
    least: int = LEAST,
) -> tuple[Slice, ...]:
    """Every slice of the measured cases: those that lost most surely first, then by kind and name.

    Slices are tags, the lengths of the longer response, which side is longer, and `rules` (name ->
    ids of the pairs that exercise it; `coverage` knows). One that holds all cases is none. Each is
    tested for a loss as the gate is (`Decision.loss_p`: cluster-level sign flips, or flips counted
    by cluster); slices under `least` pairs are told and not tested, so that their number does not
    cost the others.
    """
    measured = [case for case in cases if case.head is not None and case.base is not None]
    members = _members(measured, rules or {})
    found = {
        name: _decide(inside, settings)
        for name, inside in members.items()
        if len(inside) < len(measured)
    }
    tested = [name for name, decision in found.items() if decision.n >= least]
    adjusted = dict(zip(tested, holm([found[name].loss_p for name in tested]), strict=True))
    slices = [_slice(name, found[name], adjusted.get(name)) for name in found]
    return tuple(sorted(slices, key=_rank))


def explain_slices(slices: Sequence[Slice], alpha: float = _DEFAULTS.alpha_fail) -> tuple[str, ...]:
    """The slices that lost for sure, in words; one sentence where none did, () where there is none.

    A slice is told here whatever the gate's verdict is: a suite can pass and lose one tag.
    """
    lost = [s for s in slices if s.p_holm is not None and s.p_holm <= alpha]
    tested = sum(s.p_holm is not None for s in slices)
    if not tested:
        return ()
    if not lost:
        return (f"No one part of the suite lost for sure ({count(tested, 'part')} looked at).",)
    return tuple(
        f"Lost in {_WORDS[s.kind].format(s.name)}: {s.lost} of {count(s.n, 'pair')} lost and "
        f"{s.won} won ({signed(s.difference)} points, {points(s.interval[0])} to "
        f"{points(s.interval[1])}); allowing for all {count(tested, 'part')} looked at, chance "
        f"does this {_chance(s.p_holm)}."
        for s in lost
    )


_WORDS = {
    "tag": "pairs tagged {!r}",
    "rule": "pairs about the rule {!r}",
    "length": "{} responses",
    "sides": "pairs where {}",
}


def _chance(p: float | None) -> str:
    return "less than 1 time in 1,000" if p is None or p < 0.001 else f"{100 * p:.1f} times in 100"


def _members(
    cases: Iterable[Case], rules: Mapping[str, Collection[str]]
) -> dict[Name, dict[str, Case]]:
    """Slices by kind and name, each with its cases by id."""
    members: defaultdict[Name, dict[str, Case]] = defaultdict(dict)
    for case in cases:
        names = [("tag", tag) for tag in case.tags]
        names += [("rule", rule) for rule, ids in rules.items() if case.id in ids]
        for name in (*names, *_lengths(case)):
            members[name][case.id] = case
    return dict(sorted(members.items()))


def _lengths(case: Case) -> tuple[Name, Name]:
    chosen, rejected = len(case.chosen.split()), len(case.rejected.split())
    longer = max(chosen, rejected)
    length = "short" if longer < _SHORT else "long" if longer > _LONG else "medium"
    if abs(chosen - rejected) <= _ALIKE * longer:
        sides = "both are about as long"
    else:
        sides = f"the chosen one is {'longer' if chosen > rejected else 'shorter'}"
    return ("length", length), ("sides", sides)


def _decide(cases: Mapping[str, Case], settings: GateSettings) -> Decision:
    groups: list[Hashable] = [case.group for case in cases.values()]
    return decide(
        [case.base.preference for case in cases.values() if case.base],
        [case.head.preference for case in cases.values() if case.head],
        groups=groups,
        margin=settings.margin,
        alpha_fail=settings.alpha_fail,
        alpha_pass=settings.alpha_pass,
        seed=settings.seed,
    )


def _slice(name: Name, found: Decision, adjusted: float | None) -> Slice:
    return Slice(
        kind=name[0],
        name=name[1],
        n=found.n,
        clusters=found.clusters,
        lost=found.lost,
        won=found.won,
        difference=found.difference,
        interval=found.interval,
        p=None if adjusted is None else found.loss_p,
        p_holm=adjusted,
    )


def _rank(found: Slice) -> tuple[float, float, str, str]:
    sure = 2.0 if found.p_holm is None or found.p is None else found.p_holm
    return sure, found.difference, found.kind, found.name
