"""Preference over the versions of a spec, on today's gate pairs, with verdicts and the ledger."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from specharness.effects import Effect, Measured, mean_interval
from specharness.gate.findings import Quarantined
from specharness.gate.stats import Floats
from specharness.gate.verdicts import share_of
from specharness.history.commits import Version
from specharness.ledger.chain import LEDGER, Entry, read_ledger
from specharness.panel import Panel
from specharness.readings import Readings, levels
from specharness.runfile import GateVerdict, Share
from specharness.sparing import held_at

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A line of the ledger about a version's spec."""

    number: int
    verdict: GateVerdict
    reason: str
    anyway: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One version of the spec on the pairs.

    `preferred` is the share of pairs that it moves towards chosen (a tie counts half),
    `preference` the mean in [0, 1] with a 95 % interval. `verdict`, `change`, `lost` and `won`
    compare it with the version before (None and 0 for the first), `since` with the first of all. A
    version with a `problem` has no figures.
    """

    commit: str
    label: str
    date: str
    rules: int = 0
    words: int = 0
    preferred: Share | None = None
    preference: float | None = None
    interval: tuple[float, float] | None = None
    verdict: GateVerdict | None = None
    change: Effect | None = None
    lost: int = 0
    won: int = 0
    since: GateVerdict | None = None
    accepted: tuple[Accepted, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All versions of a suite's spec, oldest first, read with one model and one temperature.

    Pairs `held` in quarantine at a version (the ids of all such) show no loss of an edit from it.
    Verdicts are by log-probabilities, whatever `scorer` decides in the suite's own runs.
    """

    measured: Measured
    points: tuple[Point, ...]
    format: int = FORMAT
    held: tuple[str, ...] = ()
    scorer: str = "logprob"


def read_timeline(panel: Panel, versions: Sequence[Version], today: date | None = None) -> Timeline:
    """Weigh the gate pairs under every version, in one batch, and gate each as a run would.

    Margins are measured from what today's spec is measured from; where the suite says "base", from
    no system text. `today` ends quarantines (None: no day does). The errors are those of
    `Panel.read`, and UsageError for a quarantine at some commit that cannot be read.
    """
    specs = [version.spec for version in versions if version.spec]
    reference = panel.reference(panel.suite.spec) or ""
    readings = panel.read([spec.shown for spec in specs], reference)
    texts = list(dict.fromkeys(spec.shown for spec in specs))
    _, *columns = readings.preferences(reference, *texts)
    read = dict(zip(texts, columns, strict=True))
    entries = read_ledger(panel.suite.folder / LEDGER)
    points: list[Point] = []
    before: list[_Before] = []
    for version in versions:
        points.append(_point(version, readings, read, before, entries))
        if version.spec:
            held = held_at(panel.suite, version.commit, today)
            before.append(_Before(text=version.spec.shown, held=held))
    return Timeline(
        measured=panel.measured(readings),
        points=tuple(points),
        held=tuple(sorted({entry.id for one in before[:-1] for entry in one.held})),
        scorer=panel.suite.settings.score.scorer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """A version to compare with, and what was in quarantine there."""

    text: str
    held: tuple[Quarantined, ...]


def _point(
    version: Version,
    readings: Readings,
    read: dict[str, Floats],
    before: Sequence[_Before],
    entries: Sequence[Entry],
) -> Point:
    about: dict[str, Any] = {"commit": version.commit, "label": version.label, "date": version.date}
    if version.spec is None:
        return Point(**about, problem=version.problem)
    values = read[version.spec.shown]
    low, high = mean_interval(values, readings.groups)
    return Point(
        **about,
        **_compared(readings, before, version.spec.shown),
        rules=len(version.spec.rules),
        words=len(version.spec.shown.split()),
        preferred=share_of([float(level + 1) / 2 for level in levels(values)]),
        preference=float(np.mean(values)),
        interval=(max(0.0, low), min(1.0, high)),
        accepted=tuple(_accepted(entry) for entry in entries if entry.spec == version.spec.digest),
    )


def _compared(readings: Readings, before: Sequence[_Before], text: str) -> dict[str, Any]:
    if not before:
        return {}
    first, last = before[0], before[-1]
    found = readings.judge(last.text, text, last.held)
    return {
        "verdict": found.verdict,
        "change": readings.effect(last.text, text),
        "lost": found.decision.lost,
        "won": found.decision.won,
        "since": readings.judge(first.text, text, first.held).verdict,
    }


def _accepted(entry: Entry) -> Accepted:
    return Accepted(
        number=entry.number, verdict=entry.verdict, reason=entry.reason, anyway=entry.anyway
    )


def timeline_text(found: Timeline) -> str:
    """The timeline as JSON with sorted keys."""
    return json.dumps(asdict(found), ensure_ascii=True, sort_keys=True, indent=1) + "\n"
