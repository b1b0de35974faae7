"""Verify what was accepted and what was run: chain, lock, recordings, run.json, every verdict.

Nothing is asked of a model: verdicts are computed again from recordings.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from specharness.compilation.places import lock_path
from specharness.compile.lockfile import read_lock
from specharness.errors import SpecharnessError, UsageError
from specharness.ledger.chain import LEDGER, Entry, read_ledger
from specharness.ledger.differing import comparable, first_difference
from specharness.ledger.lines import ROUNDING, check_lines
from specharness.ledger.recorded import check_recordings, recordings_path
from specharness.ledger.replaying import Seen, replay
from specharness.records import digest
from specharness.run import Options, run_suite
from specharness.runfile import Run, SuiteRun, read_run, run_text
from specharness.score.trust import NOT_EXAMINED
from specharness.suitefile import Suite

# What a run costs and how it got its numbers, which a replay cannot have in common with it.
_NOT_REPEATED = (
    "blame", "edit_effects", "moves", "mode", "model_note", "calls", "reused", "tokens", "seconds",
)  # fmt: skip
# What has rounded numbers in it.
_TOLD = ("sentences", "spec_sentence", "sensitivity_sentence", "anchors_sentence", "sentence")
_UNRECORDED = 0.02  # nats, or points of preference: what recording rounds away, and to spare


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What verifying found: `problem` "" when it holds, else the one line that says what does not.

    `note` tells what was checked, or why something could not be, and `said` sums it up.
    """

    name: str
    problem: str = ""
    note: str = ""
    said: str = "holds"


def verify_suite(suite: Suite, last: int = 0) -> Finding:
    """Check a suite's ledger, lock and recordings, and its accepted verdicts.

    Each verdict is computed again, or the `last` so many (0: all); see `lines`.
    """
    try:
        entries = read_ledger(suite.folder / LEDGER)
        if lock_path(suite).exists():
            read_lock(lock_path(suite))
        found = _told(suite, entries, last) if entries else _first_verdict(suite)
        if not found.problem:
            check_recordings(suite)
    except SpecharnessError as error:
        return Finding(name=suite.name, problem=str(error))
    return found


def _told(suite: Suite, entries: Sequence[Entry], last: int) -> Finding:
    checked = check_lines(suite, entries, last)
    if checked.problem:
        return Finding(name=suite.name, problem=checked.problem)
    told = f"{len(entries)} accepted, the last {entries[-1].verdict}"
    if not checked.left:
        each = "each " if entries[1:] else ""
        return Finding(name=suite.name, note=f"{told}, {each}computed again from recordings")
    said = "holds in part" if checked.computed else "not computed again"
    return Finding(name=suite.name, said=said, note="; ".join((told, *checked.told())))


def _first_verdict(suite: Suite) -> Finding:
    """A suite without a ledger: what its recordings say, if there are any."""
    if not recordings_path(suite, suite.settings.model).exists():
        return Finding(name=suite.name, note="nothing accepted, nothing recorded")
    verdict = run_suite(suite, Options(mode="replay")).gate.verdict
    return Finding(name=suite.name, note=f"nothing accepted yet; recordings say {verdict}")


def read_whole_run(path: Path) -> Run:
    """The run stored at `path`; UsageError where it is not, to the byte, what was written."""
    run = read_run(path)
    text = path.read_bytes().replace(b"\r\n", b"\n")
    try:
        written = json.loads(text).get("digest")
    except ValueError:
        written = None
    if text != run_text(run).encode():
        what = "was changed after it was written" if written else "has no digest (an older version)"
        raise UsageError(path, what, "run `specharness run` again")
    return run


def verify_run(path: Path, suites: Sequence[Suite]) -> Iterator[Finding]:
    """Check a run file: its digest, then each of the `suites` in it against a replay."""
    try:
        run = read_whole_run(path)
    except SpecharnessError as error:
        yield Finding(name=str(path), problem=str(error))
        return
    known = {suite.name: suite for suite in suites}
    for found in (found for found in run.suites if found.name in known):
        try:
            problem = run_difference(known[found.name], found)
        except SpecharnessError as error:
            problem = str(error)
        said = f"{path}: suite {found.name}: {problem}" if problem else ""
        yield Finding(name=f"{path}, {found.name}", problem=said, note="computed again, the same")


def run_difference(suite: Suite, run: SuiteRun) -> str:
    """How a stored run of a suite differs from its replay, in one line ("" where it does not)."""
    if digest(run.head_spec) != suite.spec.digest:
        return f"it is of another spec; run `specharness run {suite.name}` again"
    if not recordings_path(suite, run.model).exists():
        return (
            "nothing is recorded to compute it from; "
            f"record it with `specharness run {suite.name} --spec-mode=record`"
        )
    only = None if run.selected == run.held_out else [case.id for case in run.cases]
    judge = run.trust.judge.model if run.trust.judge else ""
    seen = Seen(
        base=run.base_commit,
        anchor=run.anchor_commit,
        day=run.day,
        accepted=run.accepted,
        steps=run.steps,
    )
    again = replay(suite, run.model, seen, judge=judge, only=only)
    if again.trust.probe == NOT_EXAMINED.probe != run.trust.probe:
        return f"{again.gate.sentences[0]} Next: {again.gate.next_command or 'record it'}"
    exact = run.mode in ("replay", "record")
    left_out = _NOT_REPEATED + (() if exact else (*_TOLD, "recorded"))
    stored, repeated = (comparable(found, left_out) for found in (run, again))
    problem = first_difference(stored, repeated, ROUNDING if exact else _UNRECORDED)
    return f"{problem}; run `specharness run {suite.name}` again" if problem else ""
