"""The first commit that lost a behaviour, found by halving the commits that touched the spec."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from specharness.effects import Effect, Measured
from specharness.errors import ModelError, RecordingMiss, UsageError
from specharness.gate.findings import Quarantined
from specharness.history.commits import Version
from specharness.panel import Panel
from specharness.readings import Readings
from specharness.records import Spec
from specharness.runfile import GateVerdict
from specharness.specdiff import Kind, diff_rules

FORMAT = 1
State = Literal["good", "bad", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One commit tried against the good one, on the same pairs; `problem` says why it was skipped.

    "bad" means that the loss is shown (or the pair lost), "good" that it is not. `told` says what
    beside the figures decided.
    """

    commit: str
    label: str
    state: State
    verdict: GateVerdict
    lost: tuple[str, ...] = ()
    effect: Effect | None = None
    problem: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisection:
    """Where a behaviour was lost between two commits.

    `first` is the first bad commit, None where the last is not bad; `before` those just before it
    that could not be measured, so that one of them may be it. `edits` say what it did to the rules
    (kind, rule's id, text before, after). `steps` are in the order in which they were tried, of
    `versions` that the spec had. Pairs `held` in quarantine at the good commit (their ids) show no
    loss. Verdicts are by log-probabilities, whatever `scorer` decides in the suite's own runs.
    """

    measured: Measured
    good: str
    bad: str
    pair: str
    versions: int
    first: Step | None
    before: tuple[str, ...]
    edits: tuple[tuple[Kind, str, str, str], ...]
    steps: tuple[Step, ...]
    format: int = FORMAT
    held: tuple[str, ...] = ()
    scorer: str = "logprob"


@dataclass(slots=True, kw_only=True, eq=False)
class _Search:
    """The versions, the first of which is good, and what is known of them."""

    panel: Panel
    versions: tuple[Version, ...]
    pair: str
    held: Sequence[Quarantined] = ()
    steps: dict[int, Step] = field(default_factory=dict)
    last: Readings | None = None

    def state(self, index: int) -> State:
        """Whether a version is good, bad or cannot be measured; each is measured once."""
        if index not in self.steps:
            self.steps[index] = self._try(self.versions[index])
        return self.steps[index].state

    def _try(self, version: Version) -> Step:
        good = self.versions[0].spec
        assert good is not None
        if version.spec is None:
            return _skipped(version, version.problem)
        try:
            readings = self.panel.read((good.shown, version.spec.shown), self.panel.reference(good))
        except RecordingMiss:
            raise
        except ModelError as error:
            return _skipped(version, error.what)
        self.last = readings
        base, head = good.shown, version.spec.shown
        found = readings.judge(base, head, self.held)
        is_bad = self.pair in found.lost if self.pair else found.verdict == "FAIL"
        return Step(
            commit=version.commit,
            label=version.label,
            state="bad" if is_bad else "good",
            verdict=found.verdict,
            lost=found.lost,
            effect=readings.effect(base, head),
            told=found.sentences,
        )


def _skipped(version: Version, problem: str) -> Step:
    return Step(
        commit=version.commit,
        label=version.label,
        state="skipped",
        verdict="UNVERIFIABLE",
        problem=problem,
    )


def find_first_bad(
    panel: Panel,
    versions: tuple[Version, ...],
    pair: str = "",
    tell: Callable[[Step], None] = lambda step: None,
    held: Sequence[Quarantined] = (),
) -> Bisection:
    """Halve the `versions` (see `list_versions`; the first is good) until the loss is found.

    A version is bad when the gate says FAIL of the edit from the good one to it, as a run does with
    pairs `held` in quarantine there, or, with a `pair`, when that pair is lost. What cannot be
    measured is skipped. As with any bisection, one change from good to bad is found; where a loss
    came and went, it need not be the first. UsageError where the good version has no spec; `tell`
    hears of each step.
    """
    if versions[0].spec is None:
        raise UsageError(versions[0].label, versions[0].problem, "name a commit that has a spec")
    search = _Search(panel=panel, versions=versions, pair=pair, held=held)
    low, high = 0, len(versions) - 1
    found = high > 0 and _told(search, high, tell) == "bad"
    while found and (middle := _next(search, low, high)) is not None:
        match _told(search, middle, tell):
            case "bad":
                high = middle
            case "good":
                low = middle
    if search.last is None:  # nothing was measured: nothing changed, or the end cannot be read
        text = versions[0].spec.shown
        search.last = panel.read((text,), panel.reference(versions[0].spec))
    return Bisection(
        measured=panel.measured(search.last),
        good=versions[0].label,
        bad=versions[-1].label,
        pair=pair,
        versions=len(versions),
        first=search.steps[high] if found else None,
        before=tuple(v.label for v in versions[low + 1 : high]) if found else (),
        edits=_edits(versions[low].spec, versions[high].spec) if found else (),
        steps=tuple(search.steps.values()),
        held=tuple(entry.id for entry in held),
        scorer=panel.suite.settings.score.scorer,
    )


def _told(search: _Search, index: int, tell: Callable[[Step], None]) -> State:
    state = search.state(index)
    tell(search.steps[index])
    return state


def _next(search: _Search, low: int, high: int) -> int | None:
    """The untried version nearest to the middle; None when none is left."""
    left = [i for i in range(low + 1, high) if i not in search.steps]
    return min(left, key=lambda i: abs(2 * i - low - high)) if left else None


def _edits(before: Spec | None, after: Spec | None) -> tuple[tuple[Kind, str, str, str], ...]:
    assert before is not None and after is not None  # both were measured
    found = []
    for change in diff_rules(before, after):
        rule = change.after or change.before
        assert rule is not None
        texts = [side.text if side else "" for side in (change.before, change.after)]
        found.append((change.kind, rule.id, texts[0], texts[1]))
    return tuple(found)


def bisection_text(found: Bisection) -> str:
    """The bisection as JSON with sorted keys."""
    return json.dumps(asdict(found), ensure_ascii=True, sort_keys=True, indent=1) + "\n"
