"""What a project's own runs say for a plan: how much an edit turns, and how pairs move together."""

import json
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from specharness.errors import UsageError
from specharness.gate.decision import count, points
from specharness.gate.findings import Churn
from specharness.gate.stats import effective_n, wilson
from specharness.keeping import REPORTS, kept_path
from specharness.runfile import SuiteRun, build_record, read_run

FORMAT = 1
_FLIPS = {"lost": -1, "won": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """An A/A run on disk: what it found, of which suite, and with how many votes a pair (0: not by
    votes). `size` is that of its groups (see `group_size`)."""

    suite: str
    votes: int
    size: float
    churn: Churn
    format: int = FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What is known of a suite, and in `told` from where; None where nothing is.

    `churn` is the share of pairs that its last edit turned (None, too, where its last run compared
    with no earlier spec), `aa` the share that turns when nothing
    changed, measured with `votes` a pair (0: not by votes). Pairs come in groups of `size`, and
    flips of one group correlate by `icc`.
    """

    told: tuple[str, ...] = ()
    churn: float | None = None
    aa: float | None = None
    size: float | None = None
    icc: float | None = None
    votes: int = 0


def group_size(groups: Sequence[Hashable]) -> float:
    """The size of the group that the average pair is in: sum(m^2) / sum(m), at least 1.

    >>> group_size(["a", "a", "b", "b"]), group_size(["a", "a", "a", "b"]), group_size([])
    (2.0, 2.5, 1.0)
    """
    sizes = Counter(groups).values()
    return sum(m * m for m in sizes) / sum(sizes) if sizes else 1.0


def intraclass(flips: Sequence[int], groups: Sequence[Hashable]) -> float:
    """The correlation of flips within groups that explains what the gate counts the pairs for.

    (deff - 1) / (size - 1), the design effect being n over `stats.effective_n`: where few pairs
    flipped it is near 1, as the gate then counts a group as one pair. 0 without groups.

    >>> intraclass([0, 0, 0, 0], ["a", "a", "b", "b"]), intraclass([-1, 0], ["a", "b"])
    (1.0, 0.0)
    """
    size = group_size(groups)
    if size <= 1:
        return 0.0
    effect = len(flips) / effective_n(flips, groups)
    return min(1.0, max(0.0, (effect - 1) / (size - 1)))


def observe(suite: str, runs: Path, repeats: Path) -> Observed:
    """What the run file `runs` and the A/A record `repeats` say of a suite.

    UsageError where neither says anything of it, or a file is broken.
    """
    stored = read_run(runs).suites if runs.is_file() else ()
    run = next((found for found in stored if found.name == suite), None)
    again = read_repeats(repeats) if repeats.is_file() else None
    if run is None and again is None:
        what = f"no run of {suite} is stored here"
        raise UsageError(runs, what, f"`specharness run {suite}` or `specharness aa {suite}` first")
    found = _of_run(run) if run else Observed()
    if again is None:
        return found
    share, low, high = (points(x) for x in (again.churn.share, again.churn.low, again.churn.high))
    told = (
        f"Its A/A run: {share} % of the verdicts turn when nothing changed (95 % interval {low} to "
        f"{high})."
    )
    return Observed(
        told=(*found.told, told),
        churn=found.churn,
        aa=again.churn.share,
        size=found.size or again.size,
        icc=found.icc,
        votes=again.votes,
    )


def _of_run(run: SuiteRun) -> Observed:
    measured = [case for case in run.cases if case.outcome != "error"]
    flips = [_FLIPS.get(case.outcome, 0) for case in measured]
    groups = [case.group for case in measured]
    size = group_size(groups)
    about = f"The last run of {run.name}, {count(len(measured), 'pair')}"
    about += f" in {count(len(set(groups)), 'group')}" if size > 1 else ""
    turned = sum(map(abs, flips))
    edited = bool(run.base_spec) and run.base_spec != run.head_spec
    if not (edited and turned):
        return Observed(told=(f"{about}: {_unedited(run, edited=edited)}.",), size=size)
    low, high = wilson(turned, len(flips))
    told = (
        f"{about}: its edit turned {points(turned / len(flips))} % of them (95 % interval "
        f"{points(low)} to {points(high)})."
    )
    return Observed(
        told=(told,),
        churn=turned / len(flips),
        size=size,
        icc=intraclass(flips, groups),
        votes=run.trust.judge.votes_each if run.trust.judge else 0,
    )


def _unedited(run: SuiteRun, *, edited: bool) -> str:
    """Why a run says nothing of what edits turn."""
    if edited:
        return "nothing turned in it"
    if run.base_spec:
        return "its spec was as at the base, so no edit was measured yet"
    return "it compared with no spec, so no edit was measured yet"


def repeats_path(suite: str) -> Path:
    """Where `specharness aa` leaves what it found."""
    return kept_path(REPORTS, "aa", suite)


def repeats_text(found: Repeats) -> str:
    """An A/A run as JSON with sorted keys."""
    return json.dumps(asdict(found), ensure_ascii=True, sort_keys=True, indent=1) + "\n"


def read_repeats(path: Path) -> Repeats:
    """What `repeats_text` wrote; UsageError for anything else."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = build_record(Repeats, data)
        if data["format"] != FORMAT or not 0 <= found.churn.share <= 1 or found.size < 1:
            raise ValueError(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        remedy = "write it again with `specharness aa SUITE`, or delete it"
        raise UsageError(path, "no A/A run", remedy) from None
    assert isinstance(found, Repeats)
    return found
