"""Verify what was accepted and what was run: chain, lock, recordings, run.json, every verdict.

Nothing is asked of a model: verdicts are computed again from recordings.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from specharness.choice import choose_model
from specharness.compilation.places import lock_path
from specharness.compile.lockfile import read_lock
from specharness.errors import IntegrityError, ModelError, SpecharnessError, UsageError
from specharness.gate.until import run_until_decided
from specharness.ledger.chain import (
    LEDGER,
    Entry,
    file_digest,
    judged_digest,
    make_entry,
    read_ledger,
    settings_digest,
)
from specharness.ledger.differing import comparable, first_difference
from specharness.ledger.recorded import judge_path, made_from, recordings_digest, recordings_path
from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.recordings import read_recordings
from specharness.records import digest
from specharness.run import Options, held_out, run_suite
from specharness.runfile import Run, SuiteRun, read_run, run_text
from specharness.score.trust import NOT_EXAMINED
from specharness.seating import take_seats
from specharness.suitefile import Suite, project_root

# What a run costs and how it got its numbers, which a replay cannot have in common with it.
_NOT_REPEATED = (
    "blame", "edit_effects", "moves", "mode", "model_note", "calls", "reused", "tokens", "seconds",
)  # fmt: skip
# What has rounded numbers in it.
_TOLD = ("sentences", "spec_sentence", "sensitivity_sentence", "anchors_sentence", "sentence")
_ROUNDING = 1e-6
_UNRECORDED = 0.02  # nats, or points of preference: what recording rounds away, and to spare


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What verifying found: `problem` "" when it holds, else the one line that says what does not.

    `note` tells what was checked, or why something could not be.
    """

    name: str
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A model that nobody can ask: its recordings answer for it."""

    identity: Identity

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        raise ModelError(self.identity.name, "only recordings are here", "record what is missing")

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        raise ModelError(self.identity.name, "only recordings are here", "record what is missing")


def verify_suite(suite: Suite) -> Finding:
    """Check a suite's ledger, lock and recordings, and its last accepted verdict."""
    try:
        entries = read_ledger(suite.folder / LEDGER)
        if lock_path(suite).exists():
            read_lock(lock_path(suite))
        if not entries:
            return _first_verdict(suite)
        return _against(suite, entries)
    except SpecharnessError as error:
        return Finding(name=suite.name, problem=str(error))


def _against(suite: Suite, entries: Sequence[Entry]) -> Finding:
    """What is on disk against the last line of a ledger that holds in itself."""
    last, where = entries[-1], f"{suite.folder / LEDGER}:{len(entries)}"
    path = recordings_path(suite, last.model)
    recorded = recordings_digest(suite, last.model, last.judge)
    checked = ((lock_path(suite), last.lock), (path, last.recordings))
    for file, named in checked:
        found = recorded if file == path else file_digest(file)
        if found != named:
            return Finding(name=suite.name, problem=_not_accepted(suite, file, named, where))
    told = f"{len(entries)} accepted, the last {last.verdict}"
    changed = changed_since(suite, last)
    if changed:
        note = f"{told}; since then {' and '.join(changed)} changed, so it is not computed again"
        return Finding(name=suite.name, note=note)
    if not last.recordings:
        note = f"{told}; not computed again: nothing is recorded"
        return Finding(name=suite.name, note=note)
    before = len(entries) - 1  # what was in quarantine then
    seen = Seen(base=last.base, anchor=last.anchor, day=last.day, accepted=before)
    run = replay(suite, last.model, seen, judge=last.judge)
    if run.trust.probe == NOT_EXAMINED.probe:
        return Finding(name=suite.name, problem=f"{where}: {run.gate.sentences[0]} {_AGAIN}")
    again = make_entry(run, made_from(suite, run), entries[:-1], last.reason, anyway=last.anyway)
    problem = first_difference(asdict(last), asdict(again), _ROUNDING)
    if problem:
        return Finding(name=suite.name, problem=f"{where}: {problem}; {_AGAIN}")
    return Finding(name=suite.name, note=f"{told}, computed again from recordings")


_AGAIN = "restore what changed from git, or run the suite and accept its verdict"


def _not_accepted(suite: Suite, file: Path, named: str, where: str) -> str:
    what = "is not there" if named and not file.exists() else "is not what was accepted"
    again = f"`specharness run {suite.name}` and `specharness accept {suite.name} --reason ...`"
    return f"{file}: {what} ({where}); restore it from git, or {again}"


def _first_verdict(suite: Suite) -> Finding:
    """A suite without a ledger: what its recordings say, if there are any."""
    if not recordings_path(suite, suite.settings.model).exists():
        return Finding(name=suite.name, note="nothing accepted, nothing recorded")
    verdict = run_suite(suite, Options(mode="replay")).gate.verdict
    return Finding(name=suite.name, note=f"nothing accepted yet; recordings say {verdict}")


def changed_since(suite: Suite, entry: Entry) -> tuple[str, ...]:
    """What judges or is judged and is no longer what a line accepted, in words."""
    now = {
        "the spec": (suite.spec.digest, entry.spec),
        "the pairs": (judged_digest(held_out(suite), suite.settings.gate), entry.pairs),
        "the settings": (settings_digest(suite.settings), entry.settings),
        "the admission of the judge": (_admission_digest(suite, entry), entry.admission),
    }
    return tuple(name for name, (found, accepted) in now.items() if found != accepted)


def _admission_digest(suite: Suite, entry: Entry) -> str:
    """The digest of the judge's admission as it is on disk; "" for a line without a judge."""
    if not entry.judge:
        return ""
    model, judge = _stand_ins(suite, entry.model, entry.judge)
    root = project_root(suite.folder)
    chosen = choose_model(suite, "replay", root, model)
    path = take_seats(suite, "replay", chosen, judge).decided_by
    return file_digest(path) if path else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a run saw of the world: base and anchor commits ("" for none), the day ("": none that
    mattered) and how many lines the ledger had (None: as many as it has); in which `steps`."""

    base: str
    anchor: str
    day: str = ""
    accepted: int | None = None
    steps: str = ""


def replay(
    suite: Suite, model: str, seen: Seen, *, judge: str = "", only: Sequence[str] | None = None
) -> SuiteRun:
    """A suite's run from recordings alone, as of then: today may have ended a quarantine."""
    options = Options(
        mode="replay",
        base=seen.base or "empty",
        anchor=seen.anchor or "none",
        today=_day(seen.day),
        accepted=seen.accepted,
    )
    own, judging = _stand_ins(suite, model, judge)
    try:
        if seen.steps:
            planned = seen.steps == "planned"
            return run_until_decided(suite, options, own, judging, planned=planned)
        return run_suite(suite, options, only=only, model=own, judge=judging)
    except ValueError:  # such as responses of other lengths under two specs
        path = recordings_path(suite, model)
        remedy = f"restore it, or delete it and `specharness run {suite.name} --spec-mode=record`"
        raise IntegrityError(path, "its results do not belong together", remedy) from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise IntegrityError("day", f"{text!r} is none", "run the suite again") from None


def _stand_ins(suite: Suite, model: str, judge: str) -> tuple[_Recorded | None, _Recorded | None]:
    """Stand-ins for a model and a judge that came from fixtures; their recordings know them."""
    settings, own, judging = suite.settings, None, None
    by_judge = settings.score.scorer == "judge"  # then it is the model of the run
    if not by_judge and model != settings.model:
        own = _Recorded(read_recordings(recordings_path(suite, model)).identity)
    if judge and judge not in (settings.judge.model or settings.model, model if own else ""):
        path = recordings_path(suite, judge) if by_judge else judge_path(suite, model, judge)
        judging = _Recorded(read_recordings(path).identity)
    return own, judging


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
    problem = first_difference(stored, repeated, _ROUNDING if exact else _UNRECORDED)
    return f"{problem}; run `specharness run {suite.name}` again" if problem else ""
