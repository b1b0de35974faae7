"""The looks at a suite's gate pairs, counted from its ledger and its looks file."""

from pathlib import Path

from specharness.errors import UsageError
from specharness.gate.findings import Exposure
from specharness.gate.holdout import (
    LOOKED,
    Seen,
    count_looks,
    expose,
    looks_text,
    read_looks,
)
from specharness.gate.stats import cluster_sums
from specharness.ledger.chain import LEDGER, judged_digest, read_ledger
from specharness.records import digest
from specharness.run import held_out
from specharness.runfile import read_run, write_text
from specharness.suitefile import Suite


def suite_exposure(suite: Suite, *, hidden: bool) -> Exposure:
    """How worn the suite's gate pairs are; groups count, since pairs of one move together."""
    pairs = held_out(suite)
    accepted = (
        Seen(pairs=entry.pairs, spec=entry.spec, verdict=entry.verdict)
        for entry in read_ledger(suite.folder / LEDGER)
    )
    seen = (*accepted, *read_looks(suite.folder / LOOKED))
    looks, refused = count_looks(seen, judged_digest(pairs, suite.settings.gate))
    groups = cluster_sums([1.0] * len(pairs), [pair.group for pair in pairs]).size
    return expose(looks, refused, groups, suite.settings.gate, hidden=hidden)


def count_run(suite: Suite, path: Path) -> Path:
    """Add the verdict of the run file `path` to the suite's looks; returns their file.

    UsageError where the file has no run of the whole suite.
    """
    run = next((run for run in read_run(path).suites if run.name == suite.name), None)
    if run is None or run.selected != run.held_out:
        what = f"no run of all of {suite.name}"
        raise UsageError(path, what, f"run `specharness run {suite.name}` first")
    look = Seen(
        pairs=judged_digest(held_out(suite), suite.settings.gate),
        spec=digest(run.head_spec),
        verdict=run.gate.verdict,
    )
    file = suite.folder / LOOKED
    write_text(file, looks_text((*read_looks(file), look)))
    return file
