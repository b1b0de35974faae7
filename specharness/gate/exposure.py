"""The looks at a suite's gate pairs, counted from its ledger, its looks file and git."""

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from specharness import git
from specharness.errors import UsageError
from specharness.gate.holdout import Exposure, expose
from specharness.gate.lookfile import (
    LOOKED,
    Looks,
    Marks,
    Seen,
    count_unknown,
    looks_text,
    mark,
    most_looked,
    read_looks,
)
from specharness.gate.stats import cluster_sums
from specharness.ledger.chain import LEDGER, judged_digest, read_ledger
from specharness.ledger.commits import ask
from specharness.records import Pair, digest
from specharness.run import held_out
from specharness.runfile import read_run, write_text
from specharness.settings import SuiteSettings
from specharness.settingsfile import read_settings
from specharness.split import split_pairs
from specharness.suitefile import SETTINGS, Suite
from specharness.suitepairs import read_suite_pairs

_COMMITS = 500  # the newest that changed the pairs or the settings: each is read


def suite_exposure(suite: Suite, *, hidden: bool) -> Exposure:
    """How worn the suite's gate pairs are; groups count, since pairs of one move together.

    The pairs that were looked at most decide.
    """
    pairs, gate = held_out(suite), suite.settings.gate
    looks = _known(suite, pairs)
    groups = cluster_sums([1.0] * len(pairs), [pair.group for pair in pairs]).size
    found = [
        replace(expose(seen, refused, groups, gate, hidden=hidden), pairs=held)
        for seen, refused, held in most_looked(looks, [mark(pair) for pair in pairs])
    ] or [expose(0, 0, 0, gate, hidden=hidden)]
    worst = max(found, key=lambda one: (one.needs, one.looks))
    return replace(worst, total=len(pairs), unknown=count_unknown(looks))


def _known(suite: Suite, pairs: tuple[Pair, ...]) -> Looks:
    """Every look there is a trace of, and which pairs each showed as far as anything says."""
    counted = read_looks(suite.folder / LOOKED)
    accepted = [
        Seen(pairs=entry.pairs, spec=entry.spec, verdict=entry.verdict)
        for entry in read_ledger(suite.folder / LEDGER)
    ]
    seen = (*accepted, *counted.seen)
    marks = {**counted.marks, judged_digest(pairs, suite.settings.gate): _marks(pairs)}
    return Looks(seen=seen, marks=marks | _committed(suite, {s.pairs for s in seen} - set(marks)))


def _marks(pairs: tuple[Pair, ...]) -> Marks:
    return frozenset(mark(pair) for pair in pairs)


def _committed(suite: Suite, wanted: set[str]) -> dict[str, Marks]:
    """The gate pairs with these digests, as far as a commit has them."""
    root, found = git.project_root(suite.folder), dict[str, Marks]()
    if root is None:
        return found
    for commit in _changes(root, suite) if wanted else ():
        pairs, settings = _pairs_at(root, commit, suite)
        name = judged_digest(pairs, settings.gate)
        if name in wanted:
            found[name] = _marks(pairs)
        if len(found) == len(wanted):
            break
    return found


def _pairs_at(root: Path, commit: str, suite: Suite) -> tuple[tuple[Pair, ...], SuiteSettings]:
    """The pairs that gated at a commit, by its own settings; none where they cannot be read."""
    settings = SuiteSettings()
    with TemporaryDirectory() as there:
        try:
            file = git.export(root, commit, suite.folder.absolute() / SETTINGS, Path(there))
            settings = read_settings(file)[0] if file else settings
            path = suite.folder.absolute() / settings.pairs
            data = git.export(root, commit, path, Path(there))
            if data is None:
                return (), settings
            read = read_suite_pairs(data, settings.read).pairs
        except UsageError:
            return (), settings
        return split_pairs(read, settings.split).gate, settings


def _changes(root: Path, suite: Suite) -> list[str]:
    """The commits that changed the suite's settings or pairs, newest first."""
    files = (suite.folder / SETTINGS, suite.pairs_path)
    paths = [os.path.relpath(os.path.realpath(file), root.resolve()) for file in files]
    plain = ("log", f"-{_COMMITS}", "--format=%H", "--no-show-signature")
    return ask(root, *plain, "--", *paths).split()


def count_run(suite: Suite, path: Path) -> Path:
    """Add the verdict of the run file `path` to the suite's looks; returns their file.

    UsageError where the file has no run of the whole suite, or one of other pairs.
    """
    run = next((run for run in read_run(path).suites if run.name == suite.name), None)
    if run is None or run.selected != run.held_out:
        what = f"no run of all of {suite.name}"
        raise UsageError(path, what, f"run `specharness run {suite.name}` first")
    pairs = held_out(suite)
    name = judged_digest(pairs, suite.settings.gate)
    if run.judged and run.judged != name:
        what = f"the pairs of {suite.name} are not those it is of any more"
        raise UsageError(path, what, f"run `specharness run {suite.name}` again")
    look = Seen(pairs=name, spec=digest(run.head_spec), verdict=run.gate.verdict)
    file = suite.folder / LOOKED
    known = read_looks(file)
    whole = Looks(seen=(*known.seen, look), marks={**known.marks, name: _marks(pairs)})
    write_text(file, looks_text(whole))
    return file
