"""Accept the verdict of a suite's last run: one more line in its ledger."""

from pathlib import Path

from specharness.errors import UsageError
from specharness.ledger.chain import (
    LEDGER,
    Entry,
    judged_digest,
    ledger_text,
    make_entry,
    read_ledger,
)
from specharness.ledger.recorded import made_from, recordings_path
from specharness.ledger.verifying import read_whole_run, run_difference
from specharness.records import digest
from specharness.run import held_out
from specharness.runfile import SuiteRun, write_text
from specharness.suitefile import Suite


def accept_verdict(suite: Suite, runs: Path, reason: str, *, anyway: bool = False) -> Entry:
    """Append the verdict that the run file `runs` has for a suite to its ledger; returns the line.

    The run has to be one of the whole suite with its spec and pairs of now, and where results are
    recorded they have to give the same figures again. UsageError where not, for an UNVERIFIABLE
    verdict, for a FAIL without `anyway`, and for an empty reason.
    """
    words = " ".join(reason.split())
    if not words:
        raise UsageError("--reason", "no reason", "say in a sentence why the verdict is accepted")
    run = _last_run(suite, runs)
    _refuse_stale(suite, run, runs)
    _refuse_verdict(suite, run, runs, anyway)
    ledger = suite.folder / LEDGER
    earlier = read_ledger(ledger)
    made = made_from(suite, run)
    knowingly = anyway and run.gate.verdict == "FAIL"
    entry = make_entry(run, made, earlier, words, anyway=knowingly)
    if earlier and _says_the_same(entry, earlier[-1]):
        what = f"line {len(earlier)} accepts this very verdict"
        raise UsageError(ledger, what, "there is nothing to add")
    write_text(ledger, ledger_text((*earlier, entry)))
    return entry


def _last_run(suite: Suite, path: Path) -> SuiteRun:
    runs = {run.name: run for run in read_whole_run(path).suites}
    if suite.name not in runs:
        remedy = f"run `specharness run {suite.name}` first"
        raise UsageError(path, f"the last run was not of the suite {suite.name}", remedy)
    return runs[suite.name]


def _refuse_stale(suite: Suite, run: SuiteRun, path: Path) -> None:
    again = f"run `specharness run {suite.name}` again"
    if digest(run.head_spec) != suite.spec.digest:
        raise UsageError(path, "the spec changed since this run", again)
    if run.steps:
        what = "this run looked at the pairs in steps, and a verdict is accepted of a run in one"
        raise UsageError(path, what, again)
    if run.selected != run.held_out:
        what = f"only {run.selected} of {run.held_out} pairs were run"
        raise UsageError(path, what, again)
    if run.judged != judged_digest(held_out(suite), suite.settings.gate):
        raise UsageError(path, "the pairs changed since this run", again)
    if run.accepted not in (None, len(read_ledger(suite.folder / LEDGER))):
        what = "a verdict was accepted since this run, which can end a quarantine"
        raise UsageError(path, what, again)


def _refuse_verdict(suite: Suite, run: SuiteRun, path: Path, anyway: bool) -> None:
    verdict = run.gate.verdict
    if verdict == "UNVERIFIABLE":
        remedy = f"mend what the run says and `specharness run {suite.name}` again"
        raise UsageError(path, "an UNVERIFIABLE verdict cannot be accepted", remedy)
    if verdict == "FAIL" and not anyway:
        remedy = "mend the spec, or accept the loss knowingly with --anyway"
        raise UsageError(path, f"the verdict of {suite.name} is FAIL", remedy)
    if recordings_path(suite, run.model).exists() and (problem := run_difference(suite, run)):
        remedy = f"record it: `specharness run {suite.name} --spec-mode=record`"
        raise UsageError(path, f"recordings say otherwise: {problem.partition('; ')[0]}", remedy)


def _says_the_same(entry: Entry, last: Entry) -> bool:
    varying = ("number", "reason", "previous")
    return all(
        getattr(entry, name) == getattr(last, name)
        for name in Entry.__dataclass_fields__
        if name not in varying
    )
